"""The next cases under a protocol, tried before it is saved: who does what, how long, and what overlap buys.

Each of `FUTURES` futures lets `CASES` cases go through the stages. A place goes to whoever has the role, no
part in the case yet, and least to do in proportion to their week; its minutes are drawn from what the stage
took so far. Whoever has most to do for their week says when all is done: cases do not wait for each other,
and a review sends none back. The draw follows from the seed alone: the same question has the same answer.

What overlap buys is told by the formula of Spearman and Brown (Brit. J. Psychol. 3 (1910) 271-322): where two
single raters agree to ``d``, what k raters make together agrees with what another k make to
``k d / (1 + (k - 1) d)``. Dice stands for the reliability in it, as kappa does, of which it is the limit
where little of the image is marked (Zijdenbos et al., IEEE Trans. Med. Imaging 13 (1994) 716-724).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from heapq import nsmallest
from random import Random
from statistics import fmean
from typing import Literal
from uuid import UUID

from backend.progress.managing.selectors.observed import Observed, Worker
from backend.projects.protocols import Protocol, Stage

CASES = 100
FUTURES = 60
EARLY, LATE = 0.1, 0.9
MOST_OVERLAP = 5  # in the table of what it costs and buys
JUDGING = ("adjudicate", "review")

Basis = Literal["observed", "same_kind", "none"]


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """What a stage takes for all cases; minutes are None where nothing was ever handed in."""

    key: str
    title: str
    kind: str
    overlap: int
    basis: Basis
    hand_ins: int  # that the minutes were drawn from
    tasks: float
    minutes: float | None
    minutes_each: float | None
    people: int  # who may do it
    unfilled: float  # places that nobody may take


@dataclass(frozen=True, slots=True)
class PersonOutcome:
    """What a person gets of it, on average over the futures."""

    id: UUID
    name: str
    tasks: float
    minutes: float
    weekly_minutes: float | None
    weeks: float | None
    observed: bool


@dataclass(frozen=True, slots=True)
class OverlapOutcome:
    """What a number of raters costs a case, and the agreement to expect of what they make together."""

    overlap: int
    minutes_per_case: float | None
    agreement: float | None
    current: bool


@dataclass(frozen=True, slots=True)
class Simulated:
    cases: int
    futures: int
    minutes: float | None  # of all; None where some stage has none
    unknown: list[str]  # titles of stages without minutes, which are in no sum
    weeks_early: float | None
    weeks_median: float | None
    weeks_late: float | None
    stages: list[StageOutcome]
    people: list[PersonOutcome]
    overlaps: list[OverlapOutcome]
    pair_dice: float | None
    compared: int
    adjudicated: float | None


class _Tally:
    """What all futures came to."""

    def __init__(self) -> None:
        self.tasks: Counter[str] = Counter()
        self.minutes: dict[str, float] = defaultdict(float)
        self.unfilled: Counter[str] = Counter()
        self.person_tasks: Counter[UUID] = Counter()
        self.person_minutes: dict[UUID, float] = defaultdict(float)
        self.weeks: list[float] = []


def simulate(protocol: Protocol, seen: Observed, *, seed: str) -> Simulated:
    """Let the next cases go through a protocol, from what was seen so far."""
    draws = {stage.key: _draw_from(stage, seen) for stage in protocol.stages if stage.is_human}
    fits = {stage.key: _who_may(stage, seen) for stage in protocol.stages if stage.is_human}
    tally = _Tally()
    for future in range(FUTURES):
        digest = sha256(f"{seed}:{future}".encode()).hexdigest()
        _future(protocol, seen, draws, fits, Random(int(digest[:16], 16)), tally)
    stages = [
        _stage_outcome(stage, seen, *draws[stage.key], tally) for stage in protocol.stages if stage.is_human
    ]
    unknown = [row.title for row in stages if row.minutes is None]
    weeks = sorted(tally.weeks)
    return Simulated(
        cases=CASES,
        futures=FUTURES,
        minutes=sum(row.minutes or 0 for row in stages) if len(unknown) < len(stages) else None,
        unknown=unknown,
        weeks_early=_at(weeks, EARLY),
        weeks_median=_at(weeks, 0.5),
        weeks_late=_at(weeks, LATE),
        stages=stages,
        people=[_person_outcome(worker, tally) for worker in seen.workers if worker.id in tally.person_tasks],
        overlaps=overlaps(protocol, seen),
        pair_dice=seen.pair_dice,
        compared=seen.compared,
        adjudicated=seen.adjudicated,
    )


def _draw_from(stage: Stage, seen: Observed) -> tuple[Sequence[float], Basis]:
    """The minutes that a stage's are drawn from: its own, else those of stages of its kind."""
    own = seen.minutes.get(stage.key, ())
    if own:
        return own, "observed"
    alike = seen.kinds.get(stage.kind, ())
    return (alike, "same_kind") if alike else ((), "none")


def _future(
    protocol: Protocol,
    seen: Observed,
    draws: dict[str, tuple[Sequence[float], Basis]],
    fits: dict[str, list[Worker]],
    rng: Random,
    tally: _Tally,
) -> None:
    load = {worker.id: 0.0 for worker in seen.workers}
    for _ in range(CASES):
        part: set[UUID] = set()
        for stage in protocol.stages:
            if not stage.is_human:
                continue
            if stage.kind == "adjudicate" and rng.random() >= _share(seen):
                continue
            minutes, _basis = draws[stage.key]
            chosen = _who(stage, fits[stage.key], part, load, rng)
            for worker in chosen:
                spent = rng.choice(minutes) if minutes else 0.0
                load[worker.id] += spent
                part.add(worker.id)
                tally.person_tasks[worker.id] += 1
                tally.person_minutes[worker.id] += spent
                tally.tasks[stage.key] += 1
                tally.minutes[stage.key] += spent
            tally.unfilled[stage.key] += stage.overlap - len(chosen)
    weeks = [load[worker.id] / worker.weekly_minutes for worker in seen.workers if worker.weekly_minutes]
    if any(weeks):
        tally.weeks.append(max(weeks))


def _share(seen: Observed) -> float:
    """Of the cases, those that come to an expert; all where none was ever compared."""
    return 1.0 if seen.adjudicated is None else seen.adjudicated


def _who_may(stage: Stage, seen: Observed) -> list[Worker]:
    """Who may take a stage, and has any time for it."""
    return [one for one in seen.workers if stage.is_for(one.roles, one.groups) and one.weekly_minutes != 0]


def _who(
    stage: Stage, fit: list[Worker], part: set[UUID], load: dict[UUID, float], rng: Random
) -> list[Worker]:
    """Who gets the places of a stage of one case."""
    if stage.kind in JUDGING:
        fit = [worker for worker in fit if worker.id not in part]
    return nsmallest(
        stage.overlap,
        fit,
        key=lambda worker: (load[worker.id] / (worker.weekly_minutes or 1.0), rng.random()),
    )


def _stage_outcome(
    stage: Stage, seen: Observed, minutes: Sequence[float], basis: Basis, tally: _Tally
) -> StageOutcome:
    return StageOutcome(
        key=stage.key,
        title=stage.title,
        kind=stage.kind,
        overlap=stage.overlap,
        basis=basis,
        hand_ins=len(minutes),
        tasks=tally.tasks[stage.key] / FUTURES,
        minutes=tally.minutes[stage.key] / FUTURES if minutes else None,
        minutes_each=fmean(minutes) if minutes else None,
        people=sum(stage.is_for(worker.roles, worker.groups) for worker in seen.workers),
        unfilled=tally.unfilled[stage.key] / FUTURES,
    )


def _person_outcome(worker: Worker, tally: _Tally) -> PersonOutcome:
    minutes = tally.person_minutes[worker.id] / FUTURES
    return PersonOutcome(
        id=worker.id,
        name=worker.name,
        tasks=tally.person_tasks[worker.id] / FUTURES,
        minutes=minutes,
        weekly_minutes=worker.weekly_minutes,
        weeks=minutes / worker.weekly_minutes if worker.weekly_minutes else None,
        observed=worker.observed,
    )


def _at(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that so many of the futures do not pass."""
    if not ordered:
        return None
    place = max(0, -int(-share * len(ordered) // 1) - 1)  # the ceiling, counted from 0
    return ordered[place]


def overlaps(protocol: Protocol, seen: Observed) -> list[OverlapOutcome]:
    """What one to five raters cost and buy in the first stage that several people may do."""
    stage = next(
        (one for one in protocol.stages if one.kind in ("correct", "grade") and one.overlap > 1), None
    )
    stage = stage or protocol.stages[0]
    minutes, _basis = _draw_from(stage, seen)
    each = fmean(minutes) if minutes else None
    return [
        OverlapOutcome(
            overlap=count,
            minutes_per_case=None if each is None else count * each,
            agreement=None if seen.pair_dice is None else together(seen.pair_dice, count),
            current=count == stage.overlap,
        )
        for count in range(1, max(MOST_OVERLAP, stage.overlap) + 1)
    ]


def together(single: float, raters: int) -> float:
    """Agreement of what that many raters make together, from that of two single ones."""
    return raters * single / (1 + (raters - 1) * single)
