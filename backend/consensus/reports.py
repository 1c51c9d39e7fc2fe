"""What comparing and fusing found, as stored, sent and shown; formulas stand in science.

Raters are numbers in the order of ``mask_slots``, or letters (``slots``); no person is named. Lengths in mm,
volumes in ml; null where not defined.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationInfo, ValidatorFunctionWrapHandler, field_validator, model_validator

from backend.common.errors import Invalid
from backend.common.stored import Listed, Report, Stored
from backend.masks.reports import FusionSettings

Number = float | None


class ShapeAgreement(Report):
    """Two outlines of one vertebra; formulas in science/agreement/pair.py."""

    dice: Number = None
    jaccard: Number = None
    hd95_mm: Number = None
    hausdorff_mm: Number = None
    assd_mm: Number = None
    nsd_1mm: Number = None
    nsd_2mm: Number = None
    volume_a_ml: Number = None
    volume_b_ml: Number = None
    volume_difference_ml: Number = None
    centroid_distance_mm: Number = None


class PairShape(ShapeAgreement):
    """The same, with the numbers of the two raters."""

    raters: Listed[int]


class InstanceAgreement(Report):
    """All raters on one vertebra. ``names``: what each called it, 0 where not drawn."""

    label: int
    names: Listed[int]
    missing: Listed[int] = ()
    naming_disputed: bool = False
    mean_dice: Number = None
    minimum_dice: Number = None
    hd95_mm: Number = None
    assd_mm: Number = None
    nsd_1mm: Number = None
    conformity_index: Number = None
    pairs: Listed[PairShape] = ()


class LabelAgreement(InstanceAgreement):
    """The best drawn vertebra of a name, and the others that have it ``also``."""

    also: Listed[InstanceAgreement] = ()

    @property
    def instances(self) -> tuple[InstanceAgreement, ...]:
        """All of that name."""
        return (self, *self.also)


class PairNaming(ShapeAgreement):
    """One vertebra that two raters call by two names."""

    label_a: int
    label_b: int


class PairAgreement(Report):
    """Two raters' masks, name by name."""

    raters: Listed[int]
    labels: dict[str, ShapeAgreement] = {}
    only_in_a: Listed[int] = ()
    only_in_b: Listed[int] = ()
    naming_disputes: Listed[PairNaming] = ()
    mean_dice: Number = None


class DisputedName(Report):
    """A vertebra that the raters call by more than one name."""

    label: int
    names: Listed[int]


class GradeAgreement(Report):
    """Each reader's grade by label, and the shares of pairs of answers; see consensus/grades.py."""

    labels: dict[str, Listed[int | None]] = {}
    pairs: int = 0
    exact: Number = None
    within_one: Number = None
    disputed: Listed[int] = ()


class SuspectMask(Report):
    """A rater whose mask cannot be meant, and why in a sentence."""

    slot: str
    code: str
    text: str


class ComparisonReport(Report):
    """All submissions of a task held against each other; before that is done everything is empty."""

    what = "The report of a comparison"

    slots: Listed[str] = ()
    mask_slots: Listed[str] = ()  # the letters of those who handed in a mask
    raters: int = 0  # whose masks were compared
    empty_raters: Listed[int] = ()
    dice_matrix: Listed[Listed[Number]] = ()
    labels: dict[str, LabelAgreement] = {}
    pairs: Listed[PairAgreement] = ()
    naming_disputes: Listed[DisputedName] = ()
    grades: GradeAgreement = GradeAgreement()
    suspects: Listed[SuspectMask] | None = None  # null: nobody looked for them then
    spots_total: int | None = None  # null: not counted then

    @model_validator(mode="before")
    @classmethod
    def _all_handed_in_masks(cls, raw: Any) -> Any:
        """Before some could hand in grades alone, no letters of masks were kept."""
        if isinstance(raw, dict) and "mask_slots" not in raw:
            return {**raw, "mask_slots": raw.get("slots", ())}
        return raw


class BadParameters(Invalid):
    code = "bad_parameters"
    message = "The fusion's parameters cannot be used."


class FusionAsked(Stored):
    """What a manager may set of a fusion; what is left out is as science has it."""

    what = "The fusion's parameters"
    refused = BadParameters

    weights: Listed[float] | None = None
    minimum_iou: Number = None
    staple_prior: Number = None
    staple_iterations: int | None = None
    clean: bool | None = None

    def given(self) -> dict[str, Any]:
        """What was set, as it is stored."""
        return self.model_dump(mode="json", exclude_none=True)


class FusedRater(Report):
    """What a fusion saw of one rater. ``excluded``: why the votes were left out, empty where they counted."""

    rater: int
    labels: int = 0
    matched: int = 0
    name_shift: int | None = None
    excluded: str = ""
    share: Number = None
    capped: bool = False
    left_out: Listed[int] = ()


class FusedInstance(Report):
    """One vertebra of a fused mask; label 0 for one that did not get in. See science/fusion/model.py."""

    label: int
    names: Listed[int] = ()
    rater_voxels: Listed[int] = ()
    voxels: int = 0
    majority_voxels: int = 0
    staple_voxels: int | None = None
    sba_voxels: int | None = None
    disputed_voxels: int = 0
    undecided_voxels: int = 0
    islands_removed: int = 0
    holes_filled: int = 0
    sensitivity: Listed[Number] = ()
    specificity: Listed[Number] = ()
    expected_dice: Listed[Number] = ()
    staple_iterations: int | None = None
    staple_converged: bool | None = None
    left_out: Listed[int] = ()
    uncertainty_mm3: Number = None
    flags: Listed[str] = ()


class FusionReport(Report):
    """What a fusion did, by vertebra and by rater."""

    what = "The report of a fusion"

    method: str = ""
    parameters: FusionSettings = FusionSettings()
    slots: Listed[str] = ()
    raters: Listed[FusedRater] = ()
    instances: Listed[FusedInstance] = ()
    labels: dict[str, FusedInstance] = {}
    adjudicate: Listed[int] = ()
    dropped: Listed[Listed[int]] = ()


class ReaderAnswer(Report):
    """One reader's own answer on a vertebra, before any consensus. ``slot``: A, B, C, never a name."""

    slot: str = ""
    grade: int | None = None
    fracture_type: str = ""
    foreign_material: str = "none"
    not_gradable_reason: str = ""
    deformity: str = ""
    osteoporotic: bool | None = None
    transitional: bool = False
    comment: str = ""

    @field_validator("*", mode="wrap")
    @classmethod
    def _unasked(cls, told: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """Answers from before a field was asked have null there."""
        default = cls.model_fields[str(info.field_name)].default
        return default if told is None else handler(told)


class FinalReport(Report):
    """A rater's mask held against the accepted one: Dice by label, and what became of the rater's edits."""

    what = "The report of a final agreement"

    labels: dict[str, float] = {}
    mean_dice: Number = None
    edited_voxels: int = 0
    kept_voxels: int = 0
    kept_share: Number = None
