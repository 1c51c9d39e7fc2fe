"""A case on its way through the protocol, driven through the services as people drive it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import numpy as np

from backend.accounts.models import User
from backend.annotation.cases.services.cases import take_doubt
from backend.annotation.models import AnswerKey, Assignment, Case, NamingAnswer, Submission
from backend.annotation.quality.services import exercises
from backend.annotation.selectors import assignments_visible_to
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services import gradings, naming_answers, submitting, taking
from backend.annotation.work.services.working import Edit, edit, open_assignment
from backend.common.events import publish
from backend.common.models import Job, JobState
from backend.common.storage import put_blob
from backend.imaging.events import VolumeReady
from backend.masks.models import MaskSource, MaskVersion
from backend.masks.selectors import load_mask
from backend.pipeline.models import Run
from backend.projects.models import Project, Role
from backend.science import edits
from backend.science.labels import THORACOLUMBAR
from backend.science.volume import MaskArray, label_voxels
from tests.backend import factories
from tests.support.replay import replayable


@dataclass
class Team:
    """A project with everybody in it."""

    project: Project
    manager: User
    raters: list[User] = field(default_factory=list)
    radiologists: list[User] = field(default_factory=list)
    researcher: User | None = None


@replayable
def make_team(protocol_key: str = "multi_rater", *, raters: int = 3, radiologists: int = 2) -> Team:
    manager = factories.make_user("manager")
    project = factories.make_project(manager, protocol_key=protocol_key)
    team = Team(project, manager)
    team.raters = [factories.make_member(project, Role.RATER) for _ in range(raters)]
    team.radiologists = [factories.make_member(project, Role.RADIOLOGIST) for _ in range(radiologists)]
    team.researcher = factories.make_member(project, Role.RESEARCHER)
    return team


@replayable
def start_case(project: Project, mask: MaskArray | None = None) -> Case:
    """A case whose engine has run: the mask came with the CT."""
    mask = factories.block_mask() if mask is None else mask
    volume = factories.make_volume(project, shape=mask.shape, mask=mask)
    publish(VolumeReady(volume.pk))
    return Case.objects.get(volume=volume)


def known_case(team: Team, mask: MaskArray | None = None) -> AnswerKey:
    """A gold case that nobody has worked on: its answer came with it."""
    case = start_case(team.project, mask)
    return exercises.set_answer_key(
        case=case, purpose="gold", actor=team.manager, mask=case.start_mask, exclude=True
    )


def made_by_engine(case: Case, entropy: MaskArray) -> None:
    """Let the case's start mask be an engine's, which told its doubt."""
    mask = case.start_mask
    assert mask is not None
    MaskVersion.objects.filter(pk=mask.pk).update(source=MaskSource.ENGINE)
    Run.objects.create(
        volume=case.volume,
        job=Job.objects.create(kind="pipeline.run"),
        engine="an engine",
        state=JobState.SUCCEEDED,
        result=mask,
        entropy=put_blob(data=zlib.compress(entropy.tobytes(order="F")), media_type="application/zlib"),
    )


SACRUM = 26
LAST_RIB = [4.0, 6.0, 6.0]  # RAS mm
GUESS = "L1 to L2: the naming is a guess, since neither the sacrum, the last rib nor C2 is in view."


def doubt_names(case: Case) -> None:
    """Let the engine have called the names of the case's start mask a guess."""
    mask = case.start_mask
    assert mask is not None
    levels = [label for label in sorted(label_voxels(load_mask(mask).array)) if label != SACRUM]
    naming = {
        "statement": GUESS,
        "doubt": True,
        "anchors": [],
        "confidence": 0.4,
        "evidence": [{"name": "last rib", "certainty": 0.3, "place_ras_mm": LAST_RIB}],
        "levels": {str(label): 0.4 for label in levels},
        "alternatives": [
            {"labels": [label + 1 for label in levels], "probability": 0.35},
            {"labels": [label - 1 for label in levels], "probability": 0.2},
        ],
    }
    mask.provenance = {**mask.provenance, "report": {"naming": naming}}
    mask.save(update_fields=["provenance"])
    take_doubt(case, mask)
    case.save(update_fields=["naming_state", "naming_doubt"])


def say(assignment: Assignment, answer: str) -> NamingAnswer:
    """Answer whether the names are right."""
    return naming_answers.answer_naming(assignment_id=assignment.pk, actor=assignment.rater, answer=answer)


def paint(assignment: Assignment, change: Callable[[MaskArray], None]) -> None:
    """Edit the mask of an opened assignment as the browser does: one delta of the slices that changed."""
    assignment = reload(assignment)
    assert assignment.session is not None
    before = mask_state(assignment).array
    after = before.copy(order="F")
    change(after)
    ks = edits.changed_slices(before, after)
    if not ks:
        return
    edit(
        assignment_id=assignment.pk,
        edit=Edit(
            operation_id=uuid4(),
            base_revision=assignment.session.revision,
            payload=edits.encode_slices(after, ks),
            kind="brush",
        ),
    )


def reload(assignment: Assignment) -> Assignment:
    return assignments_visible_to(assignment.rater).get(pk=assignment.pk)


def hand_in(
    assignment: Assignment,
    *,
    change: Callable[[MaskArray], None] | None = None,
    grades: dict[int, int] | None = None,
    names: str | None = None,
    seconds: int = 60,
    seen: tuple[int, ...] | None = None,
) -> Submission:
    """Open, paint, grade (0 where nothing else is said), answer for the names where told so, and submit."""
    open_assignment(assignment_id=assignment.pk, actor=assignment.rater)
    if change is not None:
        paint(assignment, change)
    grade_all(assignment, grades or {})
    if names is not None:
        say(assignment, names)
    state = mask_state(reload(assignment))
    return submitting.submit(
        assignment_id=assignment.pk,
        actor=assignment.rater,
        hand_in=submitting.HandIn(digest=state.digest, active_seconds=seconds, seen=seen),
    )


def grade_all(assignment: Assignment, grades: dict[int, int]) -> None:
    """These grades, and 0 for every other vertebra of the mask."""
    labels = [label for label in label_voxels(mask_state(reload(assignment)).array) if label in THORACOLUMBAR]
    for label, grade in grades.items():
        answer = gradings.Answer(grade=grade, fracture_type="wedge" if grade else "")
        gradings.grade(assignment_id=assignment.pk, label=label, answer=answer)
    gradings.grade_rest_normal(assignment_id=assignment.pk, labels=labels)


def take(user: User, project: Project) -> Assignment:
    assignment = taking.next_assignment(user=user, project=project)
    assert assignment is not None, f"nothing waits for {user.email}"
    return assignment


@replayable
def rate(
    team: Team,
    *,
    changes: list[Callable[[MaskArray], None] | None] | None = None,
    grades: list[dict[int, int]] | None = None,
    names: list[str] | None = None,
) -> list[Submission]:
    """All raters take the next case and hand it in."""
    submissions = []
    for number, rater in enumerate(team.raters):
        assignment = take(rater, team.project)
        change = changes[number] if changes else None
        submissions.append(
            hand_in(
                assignment,
                change=change,
                grades=grades[number] if grades else None,
                names=names[number] if names else None,
            )
        )
    return submissions


@dataclass(frozen=True)
class erase:
    """Take away a share of a vertebra, from its first axis' end."""

    label: int
    share: float = 0.5

    def __call__(self, mask: MaskArray) -> None:
        where = np.argwhere(mask == self.label)
        gone = where[np.argsort(where[:, 0], kind="stable")][: int(len(where) * self.share)]
        mask[tuple(gone.T)] = 0


def latest_masks(case: Case) -> dict[str, MaskVersion]:
    """The raters' masks of a case by letter."""
    rows = Submission.objects.filter(assignment__task__case=case, assignment__task__kind="correct")
    return {
        chr(ord("A") + row.assignment.slot): row.mask
        for row in rows.order_by("created_at")
        if row.mask is not None
    }
