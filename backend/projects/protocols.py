"""A project's protocol: its workflow as data. Two ship with the product; others are edited copies.

The JSON in ``Project.protocol`` is always one that `parse` has accepted, so every other layer reads it
through the `Protocol` data class and never meets a malformed stage.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast, get_args

from backend.common.errors import Invalid
from backend.projects.models import Role

StageKind = Literal["correct", "grade", "fuse", "adjudicate", "review"]
StartFrom = Literal["engine", "previous", "blank"]
FusionMethod = Literal["majority", "staple", "sba", "weighted"]
Disguise = Literal["shift", "mirror"]
GradeMethod = Literal["median", "majority", "dawid_skene"]
NextTask = Literal["begun_first", "uncertain_first"]
CutVertebrae = Literal["keep", "leave_out"]
MAX_OVERLAP = 9
MAX_HIDDEN_SHARE = 0.5  # of a person's tasks: the other half at the least is work that counts


class ProtocolInvalid(Invalid):
    code = "protocol_invalid"
    message = "The protocol is not valid."


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When raters differ enough that an expert must look at a vertebra."""

    dice_below: float = 0.95
    hd95_mm_above: float = 3.0
    grade_disagreement: bool = True
    grades: GradeMethod = "median"  # how answers that no expert sees become one; ties go to the expert


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the protocol. ``overlap`` people do it without seeing each other."""

    key: str
    kind: StageKind
    title: str
    overlap: int = 1
    roles: tuple[str, ...] = ()
    start: StartFrom = "engine"
    grade: bool = False
    blank_share: float = 0.0  # 0..1 of the cases start without the engine's mask, against automation bias
    method: FusionMethod = "majority"
    also: tuple[str, ...] = ()  # further fusion methods made for comparison
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def is_human(self) -> bool:
        """Whether people do it (fusing is the machine's)."""
        return self.kind != "fuse"


@dataclass(frozen=True, slots=True)
class Quality:
    """How raters are trained before real work, and measured during it.

    Shares are of a person's tasks. A repeat is a case that the person did at least ``repeat_after_days``
    ago, disguised by a shift of some voxels or by mirroring left and right.
    """

    training_cases: int = 0  # to be handed in before real work; 0 for none
    training_dice: float = 0.85  # mean over all vertebrae that one of the two masks has
    training_grades: float = 0.6  # share of grades that are exactly right
    gold_share: float = 0.0
    repeat_share: float = 0.0
    repeat_after_days: int = 14
    repeat_disguise: Disguise = "shift"


@dataclass(frozen=True, slots=True)
class Protocol:
    """The stages in order, and what raters may see after their own submission."""

    key: str
    name: str
    version: int
    description: str
    stages: tuple[Stage, ...]
    open_after_submission: bool = False
    engine: str = "auto"  # auto: the imported mask where there is one, else the built-in engine
    double_blind: bool = False  # who compares, adjudicates or reviews sees "Rater A", no name
    next_task: NextTask = "begun_first"
    cut_vertebrae: CutVertebrae = "keep"  # what the engine does with vertebrae that the image's border cuts
    quality: Quality = field(default_factory=Quality)

    def stage(self, key: str) -> Stage:
        """The stage of that key; `KeyError` where there is none."""
        for stage in self.stages:
            if stage.key == key:
                return stage
        raise KeyError(key)

    def find(self, key: str) -> Stage | None:
        """The same, but None where the protocol has no such stage (any more)."""
        return next((stage for stage in self.stages if stage.key == key), None)

    def after(self, key: str) -> Stage | None:
        """The stage that follows, or None after the last."""
        keys = [stage.key for stage in self.stages]
        position = keys.index(key) + 1
        return self.stages[position] if position < len(keys) else None

    def to_json(self) -> dict[str, Any]:
        """The form that is stored and sent."""
        raw = asdict(self)
        for stage in raw["stages"]:
            stage["roles"] = list(stage["roles"])
            stage["also"] = list(stage["also"])
        raw["stages"] = list(raw["stages"])
        return raw


def _require(ok: bool, message: str) -> None:
    if not ok:
        raise ProtocolInvalid(message=message)


def _number(value: Any, what: str, low: float, high: float) -> float:
    _require(isinstance(value, int | float) and not isinstance(value, bool), f"{what} must be a number.")
    _require(low <= value <= high, f"{what} must lie between {low:g} and {high:g}.")
    return float(value)


def _word(value: Any, what: str, allowed: tuple[str, ...]) -> str:
    _require(value in allowed, f"{what} must be one of {', '.join(allowed)}, not {value!r}.")
    return cast("str", value)


def _known_keys(raw: Any, what: str, allowed: type) -> dict[str, Any]:
    _require(isinstance(raw, dict), f"{what} must be an object.")
    unknown = set(raw) - set(allowed.__dataclass_fields__)  # type: ignore[attr-defined]
    _require(not unknown, f"{what} has unknown keys: {', '.join(sorted(unknown))}.")
    return cast("dict[str, Any]", raw)


def _parse_thresholds(raw: Any, where: str) -> Thresholds:
    raw = _known_keys(raw, f"{where}: thresholds", Thresholds)
    default = Thresholds()
    disagreement = raw.get("grade_disagreement", default.grade_disagreement)
    _require(isinstance(disagreement, bool), f"{where}: grade_disagreement must be true or false.")
    return Thresholds(
        dice_below=_number(raw.get("dice_below", default.dice_below), f"{where}: dice_below", 0, 1),
        hd95_mm_above=_number(
            raw.get("hd95_mm_above", default.hd95_mm_above), f"{where}: hd95_mm_above", 0, 1000
        ),
        grade_disagreement=disagreement,
        grades=cast(
            "GradeMethod",
            _word(raw.get("grades", default.grades), f"{where}: grades", get_args(GradeMethod)),
        ),
    )


def _count(value: Any, what: str, low: int, high: int) -> int:
    _require(isinstance(value, int) and not isinstance(value, bool), f"{what} must be a whole number.")
    _require(low <= value <= high, f"{what} must lie between {low} and {high}.")
    return cast("int", value)


def _parse_quality(raw: Any) -> Quality:
    raw = _known_keys(raw, "Quality control", Quality)
    known = {**asdict(Quality()), **raw}
    found = Quality(
        training_cases=_count(known["training_cases"], "Quality control: training_cases", 0, 50),
        training_dice=_number(known["training_dice"], "Quality control: training_dice", 0, 1),
        training_grades=_number(known["training_grades"], "Quality control: training_grades", 0, 1),
        gold_share=_number(known["gold_share"], "Quality control: gold_share", 0, MAX_HIDDEN_SHARE),
        repeat_share=_number(known["repeat_share"], "Quality control: repeat_share", 0, MAX_HIDDEN_SHARE),
        repeat_after_days=_count(known["repeat_after_days"], "Quality control: repeat_after_days", 0, 730),
        repeat_disguise=cast(
            "Disguise",
            _word(known["repeat_disguise"], "Quality control: repeat_disguise", get_args(Disguise)),
        ),
    )
    _require(
        found.gold_share + found.repeat_share <= MAX_HIDDEN_SHARE,
        f"Quality control: gold_share and repeat_share are {MAX_HIDDEN_SHARE:g} together at the most.",
    )
    return found


def _parse_stage(raw: Any, position: int) -> Stage:
    where = f"Stage {position + 1}"
    raw = _known_keys(raw, where, Stage)
    key, title = raw.get("key"), raw.get("title")
    _require(isinstance(key, str) and 0 < len(key) <= 40 and key.replace("_", "").isalnum(), f"{where}: key")
    _require(isinstance(title, str) and 0 < len(title) <= 80, f"{where} needs a title.")
    kind = cast("StageKind", _word(raw.get("kind"), f"{where}: kind", get_args(StageKind)))
    overlap = raw.get("overlap", 1)
    _require(
        isinstance(overlap, int) and not isinstance(overlap, bool) and 1 <= overlap <= MAX_OVERLAP,
        f"{where}: overlap must be a whole number from 1 to {MAX_OVERLAP}.",
    )
    roles = raw.get("roles", [])
    _require(isinstance(roles, list | tuple), f"{where}: roles must be a list.")
    for role in roles:
        _word(role, f"{where}: role", tuple(Role.values))
    _require(bool(roles) or kind == "fuse", f"{where} needs at least one role.")
    _require(kind in ("correct", "grade") or overlap == 1, f"{where}: only correcting and grading overlap.")
    also = raw.get("also", [])
    _require(isinstance(also, list | tuple), f"{where}: also must be a list.")
    grade = raw.get("grade", False)
    _require(isinstance(grade, bool), f"{where}: grade must be true or false.")
    return Stage(
        key=cast("str", key),
        kind=kind,
        title=cast("str", title),
        overlap=overlap,
        roles=tuple(roles),
        start=cast("StartFrom", _word(raw.get("start", "engine"), f"{where}: start", get_args(StartFrom))),
        grade=grade or kind == "grade",
        blank_share=_number(raw.get("blank_share", 0.0), f"{where}: blank_share", 0, 1),
        method=cast(
            "FusionMethod", _word(raw.get("method", "majority"), f"{where}: method", get_args(FusionMethod))
        ),
        also=tuple(_word(item, f"{where}: also", get_args(FusionMethod)) for item in also),
        thresholds=_parse_thresholds(raw.get("thresholds", {}), where),
    )


def _check_order(stages: tuple[Stage, ...]) -> None:
    kinds = [stage.kind for stage in stages]
    keys = [stage.key for stage in stages]
    _require(len(set(keys)) == len(keys), "Two stages have the same key.")
    _require(kinds[0] in ("correct", "grade"), "The first stage must be correcting or grading.")
    _require(kinds[-1] == "review", "The last stage must be a review.")
    for position, kind in enumerate(kinds):
        if kind == "adjudicate":
            _require("fuse" in kinds[:position], "Adjudication needs a fusion before it.")
        if kind == "fuse":
            _require(
                position > 0 and kinds[position - 1] in ("correct", "grade"),
                "A fusion must follow a stage of correcting or grading.",
            )


def parse(raw: Any) -> Protocol:
    """Read and check a protocol.

    Raises
    ------
    ProtocolInvalid
        with one sentence that names the stage and the key at fault.
    """
    raw = _known_keys(raw, "The protocol", Protocol)
    for name, longest in (("key", 40), ("name", 80)):
        text = raw.get(name)
        _require(isinstance(text, str) and 0 < len(text) <= longest, f"The protocol needs a {name}.")
    stages_raw = raw.get("stages")
    _require(isinstance(stages_raw, list | tuple) and 0 < len(stages_raw) <= 12, "1 to 12 stages are needed.")
    stages = tuple(_parse_stage(stage, n) for n, stage in enumerate(cast("list[Any]", stages_raw)))
    _check_order(stages)
    version, opens, engine = raw.get("version", 1), raw.get("open_after_submission", False), raw.get("engine")
    _require(isinstance(version, int) and version >= 1, "The version must be a whole number from 1.")
    _require(isinstance(opens, bool), "open_after_submission must be true or false.")
    _require(engine is None or isinstance(engine, str), "The engine must be a name.")
    double_blind = raw.get("double_blind", False)
    _require(isinstance(double_blind, bool), "double_blind must be true or false.")
    return Protocol(
        key=raw["key"],
        name=raw["name"],
        version=version,
        description=str(raw.get("description", "")),
        stages=stages,
        open_after_submission=opens,
        engine=engine or "auto",
        double_blind=double_blind,
        next_task=cast(
            "NextTask", _word(raw.get("next_task", "begun_first"), "next_task", get_args(NextTask))
        ),
        cut_vertebrae=cast(
            "CutVertebrae",
            _word(raw.get("cut_vertebrae", "keep"), "cut_vertebrae", get_args(CutVertebrae)),
        ),
        quality=_parse_quality(raw.get("quality", {})),
    )


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
                Stage("rate", "correct", "Rating", overlap=3, roles=("rater",), grade=True),
                Stage("fuse", "fuse", "Fusion", method="majority", also=("staple",)),
                Stage("adjudicate", "adjudicate", "Adjudication", roles=("radiologist",), start="previous"),
                Stage("review", "review", "Review", roles=("radiologist",), start="previous"),
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
                Stage("student", "correct", "Correction", roles=("rater",)),
                Stage("radiologist", "correct", "Refinement", roles=("radiologist",), start="previous"),
                Stage(
                    "read",
                    "grade",
                    "Grading",
                    overlap=2,
                    roles=("radiologist",),
                    start="previous",
                    grade=True,
                ),
                Stage("fuse", "fuse", "Agreement of grades", start="previous"),
                Stage(
                    "adjudicate", "adjudicate", "Consensus reading", roles=("radiologist",), start="previous"
                ),
                Stage("review", "review", "Review", roles=("radiologist",), start="previous"),
            ),
        ),
    )
}
