"""The wire shapes of agreement and reliability."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.cases.serializers import RaterSerializer
from backend.common.stored_wire import StoredSerializer
from backend.progress.keeping.serializers import WithAsOfSerializer
from backend.progress.raters.reports import Agreement, Estimate


class EstimateSerializer(StoredSerializer):
    model = Estimate


class AgreementSerializer(StoredSerializer):
    model = Agreement


class AgreementQuery(serializers.Serializer[Any]):
    """Matters only where there are more pairs of raters than one answer holds."""

    rater = serializers.UUIDField(required=False, default=None, help_text="Only pairs with this rater")
    group = serializers.UUIDField(
        required=False, default=None, help_text="Only pairs of whom both are in this group"
    )
    measure = serializers.ChoiceField(
        choices=("dice", "hd95_mm", "kappa"),
        required=False,
        default=None,
        help_text="By which the least alike come first; left out: Dice, or kappa where nobody has drawn",
    )
    page = serializers.IntegerField(min_value=1, max_value=100_000, default=1)


class ConfusionSerializer(serializers.Serializer[Any]):
    items = serializers.IntegerField(help_text="Vertebrae that others graded too")
    table = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        allow_null=True,
        help_text="Rows: the likely grade 0-3; columns: share of the rater's answers 0-3",
    )
    reason = serializers.ChoiceField(
        choices=("", "closed", "too_few", "nobody_to_compare"), help_text="Why there is no table"
    )


class ReliabilityPointSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    case = serializers.CharField()
    vertebrae = serializers.IntegerField()
    minutes_per_vertebra = serializers.FloatField(allow_null=True)
    sensitivity = serializers.FloatField(allow_null=True)
    specificity = serializers.FloatField(allow_null=True)
    expected_dice = serializers.FloatField(allow_null=True)
    final_dice = serializers.FloatField(allow_null=True)
    kept_share = serializers.FloatField(allow_null=True)


class ExercisePointSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    dice = serializers.FloatField(allow_null=True)
    grades_exact = serializers.FloatField(allow_null=True)


class ExercisesSerializer(serializers.Serializer[Any]):
    """Gold cases against their answer, or repeats against the rater's own first work."""

    count = serializers.IntegerField(help_text="On one's own line in whole blocks of five")
    dice = EstimateSerializer()
    grades_exact = EstimateSerializer(help_text="Share of vertebrae with the very same grade")
    history = ExercisePointSerializer(many=True)


class WarningSerializer(serializers.Serializer[Any]):
    """A mask that cannot be meant."""

    at = serializers.DateTimeField()
    case = serializers.CharField()
    code = serializers.CharField(help_text="empty, elsewhere, shifted_level or disagrees")
    text = serializers.CharField()
    judged_by = serializers.CharField(help_text="others (raters of the case) or gold (a known answer)")


class RaterReliabilitySerializer(serializers.Serializer[Any]):
    user = RaterSerializer()
    submissions = serializers.IntegerField()
    vertebrae = serializers.IntegerField()
    active_minutes = serializers.FloatField()
    cases_shown = serializers.IntegerField(help_text="Hand-ins whose figures blinding allows")
    sensitivity = EstimateSerializer(help_text="Against STAPLE's truth, mean over cases")
    specificity = EstimateSerializer()
    expected_dice = EstimateSerializer(help_text="Expected Dice with STAPLE's truth, mean over cases")
    final_dice = EstimateSerializer(help_text="With the accepted mask")
    kept_share = EstimateSerializer(help_text="Share of edited voxels that the accepted mask has as drawn")
    minutes_per_vertebra = EstimateSerializer()
    came_back = EstimateSerializer(
        help_text="Share of submissions that a review sent back; null where none can be, or names are hidden"
    )
    confusion = ConfusionSerializer()
    history = ReliabilityPointSerializer(many=True)
    gold = ExercisesSerializer()
    repeats = ExercisesSerializer()
    warnings = WarningSerializer(many=True)


class ReliabilitySerializer(WithAsOfSerializer):
    """One page of raters, by name; of many raters their newest submissions only."""

    everybody = serializers.BooleanField(help_text="Whether all raters are shown, or only oneself")
    count = serializers.IntegerField(help_text="Raters on all pages")
    page_size = serializers.IntegerField()
    raters = RaterReliabilitySerializer(many=True)


class OfGroupQuery(serializers.Serializer[Any]):
    group = serializers.UUIDField(
        required=False, default=None, help_text="Only raters in this group (managers)"
    )


class ReliabilityQuery(OfGroupQuery):
    page = serializers.IntegerField(min_value=1, max_value=100_000, default=1)


class BiasGroupSerializer(serializers.Serializer[Any]):
    submissions = serializers.IntegerField()
    cases = serializers.IntegerField()
    patients = serializers.IntegerField()
    final_dice = EstimateSerializer(help_text="With the accepted mask")
    volume_difference_ml = EstimateSerializer(help_text="Volume less that of the accepted mask")
    minutes_per_vertebra = EstimateSerializer()


class BiasDifferenceSerializer(serializers.Serializer[Any]):
    final_dice = EstimateSerializer()
    volume_difference_ml = EstimateSerializer()
    minutes_per_vertebra = EstimateSerializer()


class BiasFiguresSerializer(serializers.Serializer[Any]):
    """Results that began from the engine's mask beside those that began blank."""

    engine = BiasGroupSerializer()
    blank = BiasGroupSerializer()
    difference = BiasDifferenceSerializer(help_text="Blank less engine's")


class AutomationBiasSerializer(WithAsOfSerializer, BiasFiguresSerializer):
    """The same, of a time."""


class WeightSerializer(serializers.Serializer[Any]):
    user = RaterSerializer()
    weight = serializers.FloatField()
    why = serializers.CharField(help_text="Why the rater is left out; empty for one who counts")
    evidence = serializers.FloatField(allow_null=True, help_text="The figure the weight came from")
    cases = serializers.IntegerField(help_text="Cases behind that figure")


class StoredWeightsSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    chosen_at = serializers.DateTimeField()
    chosen_by = serializers.CharField()
    basis = serializers.CharField(help_text="gold, final, staple or manual")
    note = serializers.CharField()
    current = serializers.BooleanField()
    rows = WeightSerializer(many=True)


class WeightProposalSerializer(serializers.Serializer[Any]):
    basis = serializers.CharField(help_text="gold, final or staple")
    rows = WeightSerializer(many=True)


class RaterWeightsSerializer(WithAsOfSerializer):
    """The choices, and what the reliability of that time proposes."""

    stored = StoredWeightsSerializer(many=True, help_text="The standing choice first")
    proposals = WeightProposalSerializer(many=True)


class WeightInput(serializers.Serializer[Any]):
    user_id = serializers.UUIDField()
    weight = serializers.FloatField(min_value=0)
    why = serializers.CharField(allow_blank=True, default="", max_length=500)


class WeightsInput(serializers.Serializer[Any]):
    basis = serializers.CharField(help_text="gold, final, staple or manual")
    note = serializers.CharField(allow_blank=True, default="", max_length=1000)
    rows = WeightInput(many=True)
