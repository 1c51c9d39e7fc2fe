"""The wire shapes of agreement and reliability."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.serializers import RaterSerializer


class EstimateSerializer(serializers.Serializer[Any]):
    """A figure with its 95 % interval over patients; null where not defined."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class AgreementNumbersSerializer(serializers.Serializer[Any]):
    pairs = serializers.IntegerField(help_text="Vertebrae times pairs of raters")
    patients = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="Pairs of which one did not draw the vertebra")
    dice = EstimateSerializer()
    hd95_mm = EstimateSerializer()
    assd_mm = EstimateSerializer()
    nsd_1mm = EstimateSerializer()
    nsd_2mm = EstimateSerializer()


class AgreementLevelSerializer(AgreementNumbersSerializer):
    label = serializers.IntegerField()  # type: ignore[assignment]


class AgreementPairSerializer(AgreementNumbersSerializer):
    first = serializers.UUIDField()
    second = serializers.UUIDField()
    cases = serializers.IntegerField()
    graded = serializers.IntegerField(help_text="Vertebrae that both graded")
    kappa = EstimateSerializer(allow_null=True, help_text="Cohen's, quadratic weights")


class AgreementGradesSerializer(serializers.Serializer[Any]):
    vertebrae = serializers.IntegerField()
    patients = serializers.IntegerField()
    differing = serializers.IntegerField()
    fleiss = EstimateSerializer()
    alpha = EstimateSerializer(help_text="Krippendorff's, ordinal")
    ac2 = EstimateSerializer(help_text="Gwet's, quadratic weights")


class VolumePointSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    mean_ml = serializers.FloatField()
    difference_ml = serializers.FloatField()


class AgreementVolumesSerializer(serializers.Serializer[Any]):
    pairs = serializers.IntegerField()
    bias_ml = EstimateSerializer()
    lower_ml = serializers.FloatField(allow_null=True)
    upper_ml = serializers.FloatField(allow_null=True)
    points = VolumePointSerializer(many=True)


class GivenNameSerializer(serializers.Serializer[Any]):
    slot = serializers.CharField()
    label = serializers.IntegerField(help_text="0: not drawn")  # type: ignore[assignment]


class NamingDisputeSerializer(serializers.Serializer[Any]):
    case_id = serializers.UUIDField()
    alias = serializers.CharField()
    label = serializers.IntegerField()  # type: ignore[assignment]
    names = GivenNameSerializer(many=True)


class AgreementSerializer(serializers.Serializer[Any]):
    comparisons = serializers.IntegerField()
    cases = serializers.IntegerField()
    patients = serializers.IntegerField()
    raters = RaterSerializer(many=True)
    overall = AgreementNumbersSerializer()
    levels = AgreementLevelSerializer(many=True)
    pairs = AgreementPairSerializer(many=True)
    volumes = AgreementVolumesSerializer()
    grades = AgreementGradesSerializer()
    naming = NamingDisputeSerializer(many=True)


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
    final_dice = serializers.FloatField(allow_null=True)
    kept_share = serializers.FloatField(allow_null=True)


class RaterReliabilitySerializer(serializers.Serializer[Any]):
    user = RaterSerializer()
    submissions = serializers.IntegerField()
    vertebrae = serializers.IntegerField()
    active_minutes = serializers.FloatField()
    cases_shown = serializers.IntegerField(help_text="Hand-ins whose figures blinding allows")
    sensitivity = EstimateSerializer(help_text="Against STAPLE's truth, mean over cases")
    specificity = EstimateSerializer()
    final_dice = EstimateSerializer(help_text="With the accepted mask")
    kept_share = EstimateSerializer(help_text="Share of edited voxels that the accepted mask has as drawn")
    minutes_per_vertebra = EstimateSerializer()
    confusion = ConfusionSerializer()
    history = ReliabilityPointSerializer(many=True)


class ReliabilitySerializer(serializers.Serializer[Any]):
    everybody = serializers.BooleanField(help_text="Whether all raters are shown, or only oneself")
    raters = RaterReliabilitySerializer(many=True)
