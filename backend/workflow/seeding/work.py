"""Cases, tasks, assignments, hand-ins and gradings of a seeded project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from backend.accounts.models import User
from backend.annotation.models import (
    Assignment,
    AssignmentState,
    Case,
    CaseState,
    Grading,
    Submission,
    Task,
    TaskKind,
    TaskState,
    vertebrae_of,
)
from backend.imaging.models import Volume
from backend.masks.models import MaskSource, MaskVersion
from backend.projects.models import Role
from backend.science.labels import THORACOLUMBAR
from backend.workflow.seeding.plan import Dice, Plan, as_stored, columns_of, put, put_plain
from backend.workflow.seeding.site import LABELS, Site, new_mask

OVERLAP = 3
GRADED = tuple(label for label in LABELS if label in THORACOLUMBAR)
TYPES = ("wedge", "biconcave", "crush")
STAGES = ("rate", "adjudicate", "review")
KINDS = {"rate": TaskKind.CORRECT, "adjudicate": TaskKind.ADJUDICATE, "review": TaskKind.REVIEW}


@dataclass
class Work:
    """All that was done, in the order in which it was."""

    cases: list[Case] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    masks: list[MaskVersion] = field(default_factory=list)

    def write(self) -> None:
        put(MaskVersion, self.masks)
        put(Case, self.cases)
        put(Task, self.tasks)
        put(Assignment, self.assignments)
        put(Submission, self.submissions)


def do_work(site: Site, plan: Plan, dice: Dice) -> Work:
    """Bring every case to where the plan's shares put it."""
    work = Work()
    for number, (volume, day, state) in enumerate(zip(site.volumes, site.days, site.states, strict=True)):
        _Hand(site, dice, work, volume, day).bring(number, state)
    work.write()
    return work


class _Hand:
    """One case on its way."""

    def __init__(self, site: Site, dice: Dice, work: Work, volume: Volume, day: float) -> None:
        self.site, self.dice, self.work, self.volume, self.day = site, dice, work, volume, day
        self.numbers = iter(range(2, 100))
        self.case = Case()

    def bring(self, number: int, state: str) -> None:
        at = self.dice.moment(self.day + 0.2)
        begun = state in ("rate", "free", *STAGES)
        self.case = Case(
            id=self.dice.key(),
            project=self.site.project,
            volume=self.volume,
            alias=f"{number:05d}",
            state=CaseState.IN_PROGRESS if begun else CaseState(state),
            stage_key="rate" if state == "free" else (state if begun else ""),
            priority=self.dice.draw.choices((0, 1, 5), (0.9, 0.08, 0.02))[0],
            start_mask=self.site.masks.get(self.volume.pk),
            created_at=at,
            updated_at=at,
        )
        self.work.cases.append(self.case)
        if state in ("waiting", "excluded"):
            return
        reached = STAGES.index("rate" if state == "free" else state if state in STAGES else "review")
        for stage in STAGES[: reached + 1]:
            over = state == "accepted" or STAGES.index(stage) < reached
            if stage == "adjudicate" and over and self.dice.draw.random() > 0.35:
                continue  # nobody differed
            self._stage(stage, over=over, free=state == "free")
        if state == "accepted":
            self._accept()

    def _stage(self, stage: str, *, over: bool, free: bool) -> None:
        self.day += self.dice.draw.uniform(0.5, 12)
        overlap = OVERLAP if stage == "rate" else 1
        at = self.dice.moment(self.day)
        task = Task(
            id=self.dice.key(),
            case=self.case,
            stage_key=stage,
            kind=KINDS[stage],
            overlap=overlap,
            state=TaskState.COMPLETE if over else TaskState.OPEN,
            start_mask=self.case.start_mask,
            completed_at=at if over else None,
            asks_grades=True,
            created_at=at - timedelta(hours=8),
            updated_at=at,
        )
        self.work.tasks.append(task)
        group = self.site.people[Role.RATER if stage == "rate" else Role.RADIOLOGIST]
        taken = overlap if over else 0 if free else self.dice.draw.randint(1, overlap)
        for slot, rater in enumerate(self.dice.draw.sample(group, min(taken, len(group)))):
            state = self._state(over)
            self._assign(task, rater, slot, state)

    def _state(self, over: bool) -> AssignmentState:
        if over:
            return AssignmentState.SUBMITTED
        states = (AssignmentState.OPEN, AssignmentState.SUBMITTED, AssignmentState.RETURNED)
        return self.dice.draw.choices(states, (0.6, 0.35, 0.05))[0]

    def _assign(self, task: Task, rater: User, slot: int, state: AssignmentState) -> None:
        at = self.dice.moment(self.day + self.dice.draw.uniform(0, 0.4))
        done = state == AssignmentState.SUBMITTED
        seconds = int(self.dice.near(900, 400, 60, 4000))
        assignment = Assignment(
            id=self.dice.key(),
            task=task,
            rater=rater,
            slot=slot,
            state=state,
            blank_start=self.dice.draw.random() < 0.1,
            opened_at=at - timedelta(hours=2),
            submitted_at=at if done else None,
            active_seconds=seconds,
            created_at=at - timedelta(hours=3),
            updated_at=at,
        )
        self.work.assignments.append(assignment)
        if done:
            self._hand_in(assignment, seconds, at)

    def _hand_in(self, assignment: Assignment, seconds: int, at: Any) -> None:
        source = {"rate": MaskSource.RATER, "adjudicate": MaskSource.ADJUDICATION}
        mask = new_mask(
            self.site,
            self.volume,
            source.get(assignment.task.stage_key, MaskSource.REVIEW),
            at,
            self.dice,
            number=next(self.numbers),
            author=assignment.rater,
            parent=self.site.masks[self.volume.pk],
        )
        self.work.masks.append(mask)
        key = self.dice.key()
        gradings = _answers(self.dice) if assignment.task.stage_key == "rate" else []
        self.work.submissions.append(
            Submission(
                id=key,
                assignment=assignment,
                mask=mask,
                gradings=gradings,
                vertebrae=vertebrae_of(mask, gradings),
                active_seconds=seconds,
                edited_voxels=self.dice.draw.randrange(200, 20_000),
                created_at=at,
                updated_at=at,
            )
        )

    def _accept(self) -> None:
        self.case.accepted_mask = self.work.masks[-1]
        self.case.accepted_at = self.dice.moment(self.day + 0.5)
        self.case.updated_at = self.case.accepted_at


def _answers(dice: Dice) -> list[dict[str, Any]]:
    grades = dice.draw.choices((0, 1, 2, 3), (0.86, 0.07, 0.05, 0.02), k=len(GRADED))
    return [
        {"label": label, "grade": grade, "fracture_type": dice.draw.choice(TYPES) if grade else ""}
        for label, grade in zip(GRADED, grades, strict=True)
    ]


def put_gradings(work: Work, plan: Plan, dice: Dice) -> int:
    """Each answer with the revisions before it, as many as make up the number that is asked for."""
    columns, _ = columns_of(Grading)
    return put_plain(Grading, columns, _gradings(work, plan, dice, columns))


def _gradings(work: Work, plan: Plan, dice: Dice, columns: list[str]) -> Iterator[list[Any]]:
    given = [one for one in work.submissions if one.gradings]
    revisions = _shares(plan.gradings, sum(len(one.gradings) for one in given))
    own, revised, stands = (columns.index(name) for name in ("id", "revision", "current"))
    for submission in given:
        at = submission.created_at
        usual = as_stored(Grading(assignment=submission.assignment, label=0, created_at=at, updated_at=at))
        for answer in submission.gradings:
            for name, value in answer.items():
                usual[columns.index(name)] = value
            last = next(revisions)
            for revision in range(1, last + 1):
                row = list(usual)
                row[own], row[revised], row[stands] = dice.stored_key(), revision, revision == last
                yield row


def _shares(total: int, parts: int) -> Iterator[int]:
    """``total`` over so many parts, each at least one."""
    for number in range(parts):
        yield max(1, total * (number + 1) // parts - total * number // parts)


def rated(work: Work) -> dict[Any, Sequence[Submission]]:
    """The hand-ins of each finished rating, by slot."""
    found: dict[Any, list[Submission]] = {}
    for submission in work.submissions:
        task = submission.assignment.task
        if task.stage_key == "rate" and task.state == TaskState.COMPLETE:
            found.setdefault(task, []).append(submission)
    return {task: sorted(rows, key=lambda one: one.assignment.slot) for task, rows in found.items()}
