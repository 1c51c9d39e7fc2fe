"""The wire shapes of assignments, edits and gradings."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.annotation.models import (
    AssignmentState,
    ForeignMaterial,
    FractureType,
    NamingChoice,
    TaskKind,
)
from backend.measurements.api import GradingSchemaSerializer


class ProjectRefSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class AssignmentSummarySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=TaskKind.choices)
    state = serializers.ChoiceField(choices=AssignmentState.choices)
    round = serializers.IntegerField()
    project = ProjectRefSerializer()
    case_alias = serializers.CharField()
    naming_doubt = serializers.BooleanField(help_text="The engine called the names of this case a guess")
    training = serializers.BooleanField(help_text="Scored with feedback; no real work")
    stage_title = serializers.CharField()
    thumbnail_url = serializers.CharField(allow_null=True)
    priority = serializers.IntegerField()
    due_on = serializers.DateField(allow_null=True)
    return_comment = serializers.CharField()
    opened_at = serializers.DateTimeField(allow_null=True)
    submitted_at = serializers.DateTimeField(allow_null=True)
    active_seconds = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class AssignmentVolumeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    shape = serializers.ListField(child=serializers.IntegerField())
    spacing_mm = serializers.ListField(child=serializers.FloatField())
    affine_ras_mm = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    index_url = serializers.CharField()


class SessionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    revision = serializers.IntegerField()
    digest = serializers.CharField()
    saved_at = serializers.DateTimeField(allow_null=True)


class StartSerializer(serializers.Serializer[Any]):
    source = serializers.ChoiceField(choices=["engine", "import", "empty", "blank", "previous", "fused"])  # type: ignore[assignment]
    engine = serializers.CharField(allow_null=True)
    text = serializers.CharField()


class LevelSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    voxels = serializers.IntegerField()
    centroid_ras_mm = serializers.ListField(child=serializers.FloatField())


class AdjudicationSourceSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()


class SlotAnswerSerializer(serializers.Serializer[Any]):
    slot = serializers.CharField(help_text="A, B, C: never a name")
    grade = serializers.IntegerField(allow_null=True)
    fracture_type = serializers.CharField(allow_blank=True)
    foreign_material = serializers.CharField()
    not_gradable_reason = serializers.CharField(allow_blank=True)
    deformity = serializers.CharField(allow_blank=True)
    osteoporotic = serializers.BooleanField(allow_null=True)
    transitional = serializers.BooleanField()
    comment = serializers.CharField(allow_blank=True)


class ItemDecisionSerializer(serializers.Serializer[Any]):
    choice = serializers.CharField()
    slot = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)


class AdjudicationItemSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    reason = serializers.CharField(
        help_text="Codes joined by commas: dice, hd95, grade, naming, unconfirmed, missing"
    )
    dice = serializers.FloatField(allow_null=True)
    hd95_mm = serializers.FloatField(allow_null=True)
    grades = SlotAnswerSerializer(many=True)
    names = serializers.DictField(
        child=serializers.IntegerField(), help_text="What each source calls it; 0 where it is not drawn"
    )
    decision = ItemDecisionSerializer(allow_null=True)


class NamedInstanceSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    names = serializers.DictField(child=serializers.IntegerField())


class NameCandidateSerializer(serializers.Serializer[Any]):
    labels = serializers.ListField(child=serializers.IntegerField())
    sources = serializers.ListField(child=serializers.CharField())


class NamingSerializer(serializers.Serializer[Any]):
    instances = NamedInstanceSerializer(many=True, help_text="From the head down")
    candidates = NameCandidateSerializer(many=True, help_text="Sequences that somebody gave")
    chosen = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    reason = serializers.CharField()


class AdjudicationSpotSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    label = serializers.IntegerField()  # type: ignore[assignment]
    voxel = serializers.ListField(child=serializers.IntegerField())
    volume_mm3 = serializers.FloatField()
    max_distance_mm = serializers.FloatField()
    kind = serializers.CharField()


class AdjudicationSerializer(serializers.Serializer[Any]):
    sources = AdjudicationSourceSerializer(many=True)
    items = AdjudicationItemSerializer(many=True)
    naming = NamingSerializer(allow_null=True)
    spots = AdjudicationSpotSerializer(many=True)
    spots_total = serializers.IntegerField(help_text="Of which `spots` has the largest")


class NamingOfOtherSerializer(serializers.Serializer[Any]):
    slot = serializers.CharField(help_text="A, B, C: never a name")
    stage_title = serializers.CharField()
    round = serializers.IntegerField()
    answer = serializers.ChoiceField(choices=NamingChoice.choices)
    note = serializers.CharField(allow_blank=True)


class NamingAnswerInput(serializers.Serializer[Any]):
    answer = serializers.ChoiceField(
        choices=NamingChoice.choices,
        help_text="confirmed: right as they are; renamed: were wrong, are right now; unknown: cannot be told",
    )
    note = serializers.CharField(allow_blank=True, default="", max_length=1000)


class NamingQuestionSerializer(serializers.Serializer[Any]):
    """Names that an engine called a guess, and what this person says of them."""

    statement = serializers.CharField(help_text="The engine's sentence on its naming")
    asked = serializers.BooleanField(help_text="Not to be handed in, or accepted, without an answer")
    answer = serializers.ChoiceField(choices=NamingChoice.choices, allow_null=True)
    note = serializers.CharField(allow_blank=True)
    outdated = serializers.BooleanField(help_text="Names were changed since: to be answered again")
    others = NamingOfOtherSerializer(many=True, help_text="For who adjudicates or reviews; empty for raters")


class AssignmentSerializer(AssignmentSummarySerializer):
    volume = AssignmentVolumeSerializer()
    session = SessionSerializer(allow_null=True)
    start = StartSerializer()
    gradable = serializers.ListField(child=serializers.IntegerField())
    needs_grades = serializers.BooleanField()
    can_edit = serializers.BooleanField()
    guidelines = serializers.CharField()
    grading_schema = GradingSchemaSerializer()
    levels = LevelSerializer(many=True)
    adjudication = AdjudicationSerializer(allow_null=True)
    naming_question = NamingQuestionSerializer(allow_null=True)


class AssignmentQuerySerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["open", "submitted", "all"], default="open")


class OperationSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    operation_id = serializers.UUIDField()
    kind = serializers.CharField()
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    payload_b64 = serializers.CharField()


class OperationsQuerySerializer(serializers.Serializer[Any]):
    after = serializers.IntegerField(min_value=0, default=0)


class EditHeadersSerializer(serializers.Serializer[Any]):
    operation_id = serializers.UUIDField()
    base_revision = serializers.IntegerField(min_value=0)
    kind = serializers.CharField(max_length=40)
    label = serializers.IntegerField(min_value=0, max_value=255, allow_null=True, default=None)  # type: ignore[assignment]


class SavedSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    digest = serializers.CharField()
    saved_at = serializers.DateTimeField(allow_null=True)


class AnswerSerializer(serializers.Serializer[Any]):
    grade = serializers.IntegerField(min_value=0, max_value=3, allow_null=True)
    fracture_type = serializers.ChoiceField(choices=FractureType.choices, allow_blank=True, default="")
    foreign_material = serializers.ChoiceField(choices=ForeignMaterial.choices, default=ForeignMaterial.NONE)
    not_gradable_reason = serializers.CharField(max_length=60, allow_blank=True, default="")
    deformity = serializers.CharField(max_length=60, allow_blank=True, default="")
    osteoporotic = serializers.BooleanField(allow_null=True, default=None)
    transitional = serializers.BooleanField(default=False)
    comment = serializers.CharField(allow_blank=True, default="", max_length=4000)


class GradingSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    revision = serializers.IntegerField()
    grade = serializers.IntegerField(allow_null=True)
    fracture_type = serializers.CharField()
    foreign_material = serializers.CharField()
    not_gradable_reason = serializers.CharField()
    deformity = serializers.CharField()
    osteoporotic = serializers.BooleanField(allow_null=True)
    transitional = serializers.BooleanField()
    comment = serializers.CharField()
    created_at = serializers.DateTimeField()


class NormalRestSerializer(serializers.Serializer[Any]):
    labels = serializers.ListField(child=serializers.IntegerField(), max_length=64)


class FindingSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=["info", "warning", "error"])
    message = serializers.CharField()
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    voxels = serializers.IntegerField(allow_null=True)
    voxel = serializers.ListField(
        child=serializers.IntegerField(), allow_null=True, help_text="A place to jump to"
    )
    rule = serializers.ChoiceField(
        choices=["warn", "block"], help_text="block: mend it or answer it before handing in"
    )
    answer = serializers.CharField(help_text="The reason given when the mask was handed in; empty: none")


class FindingAnswerSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=40)
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    reason = serializers.CharField(max_length=1000)


MAX_INCREMENT_S = 3600


class ActiveTimeInput(serializers.Serializer[Any]):
    seconds = serializers.IntegerField(min_value=1, max_value=MAX_INCREMENT_S)


class ActiveTimeSerializer(serializers.Serializer[Any]):
    active_seconds = serializers.IntegerField(help_text="Of the whole assignment so far")


class SubmitSerializer(serializers.Serializer[Any]):
    digest = serializers.CharField(max_length=64, allow_blank=True, default="")
    active_seconds = serializers.IntegerField(
        min_value=0,
        max_value=86400 * 30,
        default=0,
        help_text="Time that was not reported to active-time before",
    )
    comment = serializers.CharField(allow_blank=True, default="", max_length=4000)
    answers = FindingAnswerSerializer(many=True, required=False)
    seen = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=255),
        required=False,
        allow_null=True,
        max_length=255,
        help_text="Levels that a visible pane has shown while the case was open; left out: not looked for",
    )


class SubmissionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    digest = serializers.CharField(allow_null=True)
    edited_voxels = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class AssignSerializer(serializers.Serializer[Any]):
    user_id = serializers.UUIDField()


class RaterSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class CasePersonSerializer(serializers.Serializer[Any]):
    """Somebody who works on a case; in a double-blind project a letter, and no account."""

    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()


class PaceSerializer(serializers.Serializer[Any]):
    """How long somebody looked at each vertebra, against what is usual in the project."""

    seconds = serializers.FloatField(help_text="Active, never more than the time since it was opened")
    vertebrae = serializers.IntegerField()
    seconds_per_vertebra = serializers.FloatField()
    median = serializers.FloatField(allow_null=True, help_text="Of earlier work; null: too little of it")
    of = serializers.IntegerField(help_text="How much earlier work there was")
    floor = serializers.FloatField(help_text="Below this many seconds nobody has looked")
    fast = serializers.BooleanField()
    why = serializers.ChoiceField(choices=["floor", "median"], allow_blank=True)


class TaskAssignmentSerializer(serializers.Serializer[Any]):
    """An assignment as managers see it."""

    id = serializers.UUIDField()
    slot = serializers.IntegerField()
    rater = RaterSerializer(allow_null=True)
    state = serializers.ChoiceField(choices=AssignmentState.choices)
    submitted_at = serializers.DateTimeField(allow_null=True)
    active_seconds = serializers.IntegerField()
    pace = PaceSerializer(allow_null=True)
    never_in_view = serializers.ListField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="Levels of the mask handed in that no visible pane has shown; null: not known",
    )


class MeasurementQuerySerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField(  # type: ignore[assignment]
        required=False, help_text="Measure this vertebra anew, on the mask as it stands"
    )


class SuggestionSerializer(serializers.Serializer[Any]):
    """What the heights suggest. Shown to a person who has answered for this vertebra, to nobody before."""

    grade = serializers.IntegerField(allow_null=True, help_text="null where a reader must decide")
    fracture_type = serializers.CharField(allow_blank=True)
    loss_percent = serializers.FloatField(allow_null=True, help_text="against its own largest height")
    expected_mm = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="anterior, middle, posterior, from intact neighbours",
    )
    expected_loss_percent = serializers.FloatField(
        allow_null=True, help_text="the largest loss of a site against what neighbours let expect"
    )
    uncertainty_percent = serializers.FloatField(allow_null=True, help_text="one standard deviation")
    flags = serializers.ListField(child=serializers.CharField())


def _points(help_text: str) -> serializers.ListField:
    """Points in RAS+ mm."""
    return serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), help_text=help_text
    )


def _lines() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.FloatField())),
        help_text="the three lines (anterior, middle, posterior), each from its lower to its upper end",
    )


class AxesSerializer(serializers.Serializer[Any]):
    """A vertebra's own axes: unit vectors in RAS from a centre in RAS mm."""

    centre = serializers.ListField(child=serializers.FloatField())
    front = serializers.ListField(child=serializers.FloatField())
    left = serializers.ListField(child=serializers.FloatField())
    up = serializers.ListField(child=serializers.FloatField())


class OwnLinesSerializer(serializers.Serializer[Any]):
    """Height lines as this person has set them, and what they come to."""

    anterior_mm = serializers.FloatField()
    middle_mm = serializers.FloatField()
    posterior_mm = serializers.FloatField()
    lines_ras_mm = _lines()
    suggestion = SuggestionSerializer(allow_null=True)
    outdated = serializers.BooleanField(help_text="the mask has changed since")
    adjusted_at = serializers.DateTimeField()


class OwnRegionSerializer(serializers.Serializer[Any]):
    """The region of interest as this person has set it, and the HU within."""

    hu_mean = serializers.FloatField()
    hu_sd = serializers.FloatField(allow_null=True)
    hu_voxels = serializers.IntegerField()
    region_ras_mm = _points("its outline on the sagittal plane")
    shift_ras_mm = serializers.ListField(child=serializers.FloatField())
    scale = serializers.FloatField()
    outdated = serializers.BooleanField(help_text="the mask has changed since")
    adjusted_at = serializers.DateTimeField()


class MeasurementSerializer(serializers.Serializer[Any]):
    """What was measured of one vertebra of one's own mask."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    volume_ml = serializers.FloatField(allow_null=True)
    anterior_mm = serializers.FloatField(allow_null=True)
    middle_mm = serializers.FloatField(allow_null=True)
    posterior_mm = serializers.FloatField(allow_null=True)
    depth_mm = serializers.FloatField(allow_null=True)
    spread_mm = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="standard deviation over slices, per height",
    )
    range_mm = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        allow_null=True,
        help_text="smallest and largest over slices, per height",
    )
    lines_ras_mm = _lines()
    outline_ras_mm = _points("the body's outline on its sagittal plane: lower endplate, then the upper one")
    axes_ras = AxesSerializer(allow_null=True)
    hu_mean = serializers.FloatField(allow_null=True, help_text="of the trabecular region")
    hu_sd = serializers.FloatField(allow_null=True)
    hu_voxels = serializers.IntegerField(allow_null=True)
    hu_excluded = serializers.CharField(allow_blank=True, help_text="why its density must not be used")
    region_ras_mm = _points("the region's outline on its sagittal plane")
    flags = serializers.ListField(child=serializers.CharField())
    suggestion = SuggestionSerializer(allow_null=True, help_text="null until this vertebra is answered")
    own_lines = OwnLinesSerializer(allow_null=True)
    own_region = OwnRegionSerializer(allow_null=True)


class SurfacesQuerySerializer(serializers.Serializer[Any]):
    labels = serializers.CharField(required=False, help_text="20,21: these alone")
    have = serializers.CharField(
        required=False, help_text="20:0123456789abcdef,21:...: left out where the digest is still the same"
    )

    def validate_labels(self, value: str) -> list[int]:
        try:
            return [int(part) for part in value.split(",")]
        except ValueError:
            raise serializers.ValidationError("Numbers with commas between them.") from None

    def validate_have(self, value: str) -> dict[int, str]:
        try:
            return {int(label): digest for label, digest in (part.split(":") for part in value.split(","))}
        except ValueError:
            raise serializers.ValidationError("label:digest, with commas between them.") from None
