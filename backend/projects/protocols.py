"""A project's protocol: its workflow as data. Two ship with the product; others are edited copies.

The JSON in ``Project.protocol`` is always one that `parse` has accepted, so every other layer reads it
through the `Protocol` model and never meets a malformed stage. The model is the one definition: of what is
stored, of the schema and with it of the browser's types.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Literal, Self, get_args
from uuid import UUID

from drf_spectacular.plumbing import list_hash
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from backend.common.errors import Invalid
from backend.common.stored import Listed, Share, Stored, listed
from backend.projects.models import Role

FusionMethod = Literal["majority", "staple", "sba", "weighted"]
FUSION_METHODS = get_args(FusionMethod)
GradeMethod = Literal["median", "majority", "dawid_skene"]
MAX_OVERLAP = 9
MAX_HIDDEN_SHARE = 0.5  # of a person's tasks: the other half at the least is work that counts


class ProtocolInvalid(Invalid):
    code = "protocol_invalid"
    message = "The protocol is not valid."


def _require(ok: bool, message: str) -> None:
    if not ok:
        raise ValueError(message)


def _is_role(value: str) -> str:
    _require(value in Role.values, f"there is no role {value!r}, only {', '.join(Role.values)}.")
    return value


def _is_key(value: str) -> str:
    _require(value.replace("_", "").isalnum(), f"{value!r} is no key (letters, digits and _).")
    return value


def _is_group(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError as exc:
        raise ValueError(f"{value!r} is no id of a group of people.") from exc


_ROLE_SCHEMA = {"type": "string", "enum": Role.values, "x-spec-enum-id": list_hash(Role.choices)}
RoleName = Annotated[str, AfterValidator(_is_role), WithJsonSchema(_ROLE_SCHEMA)]
Key = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_is_key)]
GroupId = Annotated[str, AfterValidator(_is_group), WithJsonSchema({"type": "string", "format": "uuid"})]
Title = Annotated[str, Field(min_length=1, max_length=80)]
HiddenShare = Annotated[float, Field(ge=0, le=MAX_HIDDEN_SHARE)]


class Thresholds(Stored):
    """When raters differ enough that an expert must look at a vertebra."""

    dice_below: Share = 0.95
    hd95_mm_above: Annotated[float, Field(ge=0, le=1000)] = 3.0
    grade_disagreement: bool = True
    grades: GradeMethod = "median"  # how answers that no expert sees become one; ties go to the expert


class Stage(Stored):
    """One step of a protocol. ``overlap`` people do it without seeing each other.

    Where it is for a ``group`` of the project's people, nobody else is offered its tasks.
    """

    key: Key
    kind: Literal["correct", "grade", "fuse", "adjudicate", "review"]
    title: Title
    overlap: Annotated[int, Field(ge=1, le=MAX_OVERLAP)] = 1
    roles: Listed[RoleName] = ()
    group: GroupId | None = None
    start: Literal["engine", "previous", "blank"] = "engine"
    grade: bool = False
    blank_share: Share = 0.0  # of the cases start without the engine's mask, against automation bias
    method: FusionMethod = "majority"
    also: Listed[FusionMethod] = ()  # further fusions made for comparison
    thresholds: Thresholds = Thresholds()

    @model_validator(mode="before")
    @classmethod
    def _grading_grades(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and raw.get("kind") == "grade" and raw.get("grade", False) is False:
            return {**raw, "grade": True}
        return raw

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _require(bool(self.roles) or self.kind == "fuse", "at least one role is needed.")
        _require(self.group is None or self.is_human, "a fusion is for no group: the machine does it.")
        _require(
            self.kind in ("correct", "grade") or self.overlap == 1, "only correcting and grading overlap."
        )
        return self

    @property
    def is_human(self) -> bool:
        """Whether people do it (fusing is the machine's)."""
        return self.kind != "fuse"

    def is_for(self, roles: Collection[str], groups: Collection[str]) -> bool:
        """Whether somebody who has these roles, and is in these groups (by id), may do it."""
        return not set(self.roles).isdisjoint(roles) and (self.group is None or self.group in groups)


class Quality(Stored):
    """How raters are trained before real work, and measured during it.

    Shares are of a person's tasks. A repeat is a case that the person did at least ``repeat_after_days``
    ago, disguised by a shift of some voxels or by mirroring left and right.
    """

    training_cases: Annotated[int, Field(ge=0, le=50)] = 0  # to be handed in before real work; 0 for none
    training_dice: Share = 0.85  # mean over all vertebrae that one of the two masks has
    training_grades: Share = 0.6  # share of grades that are exactly right
    gold_share: HiddenShare = 0.0
    repeat_share: HiddenShare = 0.0
    repeat_after_days: Annotated[int, Field(ge=0, le=730)] = 14
    repeat_disguise: Literal["shift", "mirror"] = "shift"

    @model_validator(mode="after")
    def _leaves_work_that_counts(self) -> Self:
        together = f"gold_share and repeat_share are {MAX_HIDDEN_SHARE:g} together at the most."
        _require(self.gold_share + self.repeat_share <= MAX_HIDDEN_SHARE, together)
        return self


class Protocol(Stored):
    """A project's workflow: the stages in order, and what raters may see after their own submission."""

    what = "The protocol"
    words = {"quality": "Quality control"}
    items = {"stages": "Stage", "roles": "role"}
    refused = ProtocolInvalid

    key: Annotated[str, Field(min_length=1, max_length=40)]
    name: Title
    version: Annotated[int, Field(ge=1)] = 1
    description: str = ""
    stages: Annotated[tuple[Stage, ...], listed(1, 12)]
    open_after_submission: bool = False
    # auto: the imported mask where there is one, else the built-in engine
    engine: Annotated[str, BeforeValidator(lambda value: value or "auto")] = "auto"
    heights_after_answer: bool = False  # a reader sees what was measured of a vertebra once it is answered
    double_blind: bool = False  # who compares, adjudicates or reviews sees "Rater A", no name
    next_task: Literal["begun_first", "uncertain_first"] = "begun_first"
    # what the engine does with vertebrae that the image's border cuts
    cut_vertebrae: Literal["keep", "leave_out"] = "keep"
    processor_only: bool = False  # runs of the engine stay off the site's graphics cards
    quality: Quality = Quality()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        kinds = [stage.kind for stage in self.stages]
        _require(len({stage.key for stage in self.stages}) == len(kinds), "Two stages have the same key.")
        _require(kinds[0] in ("correct", "grade"), "The first stage must be correcting or grading.")
        _require(kinds[-1] == "review", "The last stage must be a review.")
        for position, kind in enumerate(kinds):
            if kind == "adjudicate":
                _require("fuse" in kinds[:position], "Adjudication needs a fusion before it.")
            if kind == "fuse":
                follows = position > 0 and kinds[position - 1] in ("correct", "grade")
                _require(follows, "A fusion must follow a stage of correcting or grading.")
        return self

    def stage(self, key: str) -> Stage:
        """The stage of that key; `KeyError` where there is none."""
        for stage in self.stages:
            if stage.key == key:
                return stage
        raise KeyError(key)

    def find(self, key: str) -> Stage | None:
        """The same, but None where the protocol has no such stage (any more)."""
        return next((stage for stage in self.stages if stage.key == key), None)

    @property
    def groups(self) -> set[str]:
        """Ids of the groups that its stages are for."""
        return {stage.group for stage in self.stages if stage.group is not None}

    def without_groups(self) -> Self:
        """The same for everybody with the roles: as it is told to who does not manage, or goes elsewhere."""
        stages = tuple(stage.model_copy(update={"group": None}) for stage in self.stages)
        return self.model_copy(update={"stages": stages})

    def sent_back_to(self, review_key: str) -> Stage | None:
        """The stage that a review returns a case to: the adjudication where there is one, else the rating."""
        keys = [stage.key for stage in self.stages]
        # a review of a stage that is no more reviewed all that is there
        before = self.stages[: keys.index(review_key) if review_key in keys else None]
        for kind in ("adjudicate", "correct", "grade"):
            for stage in reversed(before):
                if stage.kind == kind:
                    return stage
        return None

    def after(self, key: str) -> Stage | None:
        """The stage that follows, or None after the last."""
        keys = [stage.key for stage in self.stages]
        position = keys.index(key) + 1
        return self.stages[position] if position < len(keys) else None


def parse(raw: Any) -> Protocol:
    """Read and check a protocol.

    Raises
    ------
    ProtocolInvalid
        with one sentence that names the stage and the key at fault.
    """
    return Protocol.read(raw)


PROTOCOLS: dict[str, Protocol] = {
    protocol.key: protocol
    for protocol in (
        Protocol(
            key="multi_rater",
            name="Multi-rater",
            version=1,
            description=(
                "Three raters correct and grade without seeing each other; their masks are fused, an expert "
                "settles the vertebrae on which they differ, a radiologist accepts the case."
            ),
            stages=(
                Stage(key="rate", kind="correct", title="Rating", overlap=3, roles=("rater",), grade=True),
                Stage(key="fuse", kind="fuse", title="Fusion", method="majority", also=("staple",)),
                Stage(
                    key="adjudicate",
                    kind="adjudicate",
                    title="Adjudication",
                    roles=("radiologist",),
                    start="previous",
                ),
                Stage(key="review", kind="review", title="Review", roles=("radiologist",), start="previous"),
            ),
        ),
        Protocol(
            key="verse_2019",
            name="VerSe 2019",
            version=1,
            description=(
                "A trained student corrects the automatic mask, a radiologist refines it, two radiologists "
                "grade fractures independently and settle their differences in a consensus reading."
            ),
            stages=(
                Stage(key="student", kind="correct", title="Correction", roles=("rater",)),
                Stage(
                    key="radiologist",
                    kind="correct",
                    title="Refinement",
                    roles=("radiologist",),
                    start="previous",
                ),
                Stage(
                    key="read",
                    kind="grade",
                    title="Grading",
                    overlap=2,
                    roles=("radiologist",),
                    start="previous",
                    grade=True,
                ),
                Stage(key="fuse", kind="fuse", title="Agreement of grades", start="previous"),
                Stage(
                    key="adjudicate",
                    kind="adjudicate",
                    title="Consensus reading",
                    roles=("radiologist",),
                    start="previous",
                ),
                Stage(key="review", kind="review", title="Review", roles=("radiologist",), start="previous"),
            ),
        ),
    )
}
