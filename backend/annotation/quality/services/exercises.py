"""Copies of cases that train or measure a rater: flagged, made ahead of time, and mixed into the work.

Each copy is a case, task and assignment of one person, so that everything a rater does works on it as on any
other. It never moves along the protocol, and `Case.objects` does not have it. A gold case or a repeat carries
nothing that tells it from work: another alias, another volume, and for a repeat other voxels.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.selectors.balance import draw
from backend.annotation.cases.services.cases import ALIAS_DIGITS, prepare_start
from backend.annotation.errors import CaseExcluded
from backend.annotation.models import (
    AnswerKey,
    Assignment,
    AssignmentState,
    Case,
    CasePurpose,
    CaseState,
    Exercise,
    NamingState,
    Submission,
    Task,
    TaskKind,
    TaskState,
)
from backend.annotation.quality.selectors.exercises import ready_exercises, training_in_hand
from backend.annotation.quality.selectors.training import turn_of
from backend.annotation.selectors import BLINDED_KINDS, latest_submissions
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict, Invalid
from backend.imaging.copies import PreparedCopy, add_copy, prepare_copy
from backend.imaging.selectors import geometry_of
from backend.masks.models import MaskVersion
from backend.masks.services import add_version, load_mask
from backend.pipeline.runs.naming_doubt import names_of
from backend.projects.models import Project, Role
from backend.projects.protocols import Protocol, Stage
from backend.projects.selectors import has_role, protocol_of
from backend.science.disguise import Disguise, shifted

GradesOf = Callable[[Case], list[dict[str, Any]]]

_grades_of: list[GradesOf] = []

NO_DISGUISE = Disguise()

CARRIED = ("engine", "version", "engine_version", "device")  # what a rater may read of a mask's origin


def register_agreed_grades(grades_of: GradesOf) -> None:
    """Let the layer above say which grades stand for a case."""
    if grades_of not in _grades_of:
        _grades_of.append(grades_of)


@transaction.atomic
def set_answer_key(
    *, case: Case, purpose: str, actor: User, mask: MaskVersion | None = None, exclude: bool = False
) -> AnswerKey:
    """Use a case for training or as a gold case; its answer is ``mask`` with the grades that stand.

    Without a mask the accepted one is the answer. With ``exclude`` the case itself is no work any more.

    Raises
    ------
    Invalid
        ``no_answer``: no mask is known to be right. ``other_volume``: the mask is of another CT.
    CaseExcluded
        Somebody took it out of the data for good.
    """
    if case.exclusions.filter(put_back_at__isnull=True).exists():
        raise CaseExcluded
    answer = mask or case.accepted_mask
    if answer is None or case.start_mask is None:
        raise Invalid("no_answer", "This case has no accepted mask yet: accept it first, or name a mask.")
    if answer.volume_id != case.volume_id:
        raise Invalid("other_volume", "The mask belongs to another CT.")
    grades = [row for grades_of in _grades_of for row in grades_of(case)]
    key, _ = AnswerKey.objects.select_for_update().get_or_create(
        case=case, purpose=purpose, defaults={"mask": answer, "grades": grades, "created_by": actor}
    )
    if key.mask_id != answer.pk and key.exercises.exists():
        raise Conflict("answer_in_use", "Raters were measured by another mask of this case already.")
    key.mask, key.grades, key.active = answer, grades, True
    key.save(update_fields=["mask", "grades", "active", "updated_at"])
    if exclude and case.state == CaseState.IN_PROGRESS:
        _exclude(case)
    audit.record(
        actor=actor,
        act=case_acts.AnswerKeySet(purpose=purpose, mask=answer.pk),
        subject=case,
        project_id=case.project_id,
    )
    return key


def _exclude(case: Case) -> None:
    case.tasks.filter(state=TaskState.OPEN).update(state=TaskState.CANCELLED)
    Assignment.objects.filter(task__case=case).exclude(state=AssignmentState.SUBMITTED).update(
        state=AssignmentState.CANCELLED
    )
    case.state = CaseState.EXCLUDED
    case.save(update_fields=["state", "updated_at"])


@transaction.atomic
def drop_answer_key(*, key: AnswerKey, actor: User) -> None:
    """No new copies of this case. What was made of it before stays."""
    key.active = False
    key.save(update_fields=["active", "updated_at"])
    audit.record(
        actor=actor,
        act=case_acts.AnswerKeyDropped(purpose=key.purpose),
        subject=key.case,
        project_id=key.case.project_id,
    )


# ---- what is due -----------------------------------------------------------------------------------------


def exercise_due(*, user: User, project: Project, stage_keys: list[str]) -> Exercise | None:
    """A hidden exercise that this person should do now, from those made ready for them.

    Their share is kept over time: the drawn number makes the moment unforeseeable, the count makes the share
    right. The same state of the database gives the same answer. Managers get none: they choose the gold cases
    and read the list of series, which tells a copy.
    """
    quality = protocol_of(project).quality
    wanted = {CasePurpose.GOLD: quality.gold_share, CasePurpose.REPEAT: quality.repeat_share}
    if not any(wanted.values()) or has_role(user, project, Role.MANAGER):
        return None
    held = Assignment.objects.filter(
        task__case__project=project, rater=user, task__kind__in=BLINDED_KINDS
    ).exclude(state=AssignmentState.CANCELLED)
    total = held.exclude(task__case__purpose=CasePurpose.TRAINING).count()
    for purpose, share in wanted.items():
        given = held.filter(task__case__purpose=purpose).count()
        if given + draw(project, "due", user.pk, purpose, total) >= share * (total + 1):
            continue
        ready = ready_exercises(user, project).filter(case__purpose=purpose, stage_key__in=stage_keys).first()
        if ready is not None:
            return ready
    return None


def give_exercise(*, exercise: Exercise, like: Task | None, blank_start: bool) -> Assignment:
    """Put a copy into its person's hands, as urgent as the work they would have got instead."""
    task = exercise.case.tasks.get()
    if like is not None:
        case = exercise.case
        case.priority, case.due_on = like.case.priority, like.case.due_on
        case.save(update_fields=["priority", "due_on", "updated_at"])
    assignment = Assignment.objects.create(
        task=task,
        rater=exercise.rater,
        slot=0,
        due_on=exercise.case.due_on,
        blank_start=blank_start,
    )
    prepare_start(assignment)
    return assignment


# ---- making copies ---------------------------------------------------------------------------------------


def prepare_for(*, user: User, project: Project, stage_keys: list[str]) -> int:
    """Have one gold case and one repeat ready for this person, where the protocol mixes them in."""
    if has_role(user, project, Role.MANAGER):
        return 0
    protocol = protocol_of(project)
    ready = set(ready_exercises(user, project).values_list("case__purpose", flat=True))
    stages = [stage for key in stage_keys if _takes_gold(stage := protocol.stage(key))]
    made = 0
    if protocol.quality.gold_share and CasePurpose.GOLD not in ready and stages:
        made += _first_made(_gold_for(user, project, stages[0]))
    if protocol.quality.repeat_share and CasePurpose.REPEAT not in ready:
        made += _first_made(_repeats_for(user, project, protocol, stage_keys))
    return made


def _takes_gold(stage: Stage) -> bool:
    """A correction that begins from a colleague's mask cannot be copied from a case that nobody did here."""
    return stage.kind == "grade" or (stage.kind == "correct" and stage.start != "previous")


def prepare_training(*, user: User, project: Project, stage: Stage) -> Exercise | None:
    """The training case that this person does next; made when there is none in hand. None: all are done."""
    keys = AnswerKey.objects.filter(case__project=project, purpose=CasePurpose.TRAINING, active=True)
    turn = turn_of(project, user)
    done = Exercise.objects.filter(rater=user, key=OuterRef("pk"), turn=turn)
    in_hand = training_in_hand(user=user, project=project)
    if in_hand is not None:
        return in_hand
    waiting = keys.filter(~Exists(done)).select_related("case__volume__series", "case__start_mask", "mask")
    for key in sorted(waiting, key=lambda key: draw(project, "training", user.pk, key.pk)):
        made = _make(_Plan(key.case, user, CasePurpose.TRAINING, stage, key=key, turn=turn))
        if made is not None:
            return made
    return None


@dataclass(frozen=True)
class _Plan:
    source: Case
    user: User
    purpose: CasePurpose
    stage: Stage
    key: AnswerKey | None = None
    former: Submission | None = None
    disguise: Disguise = NO_DISGUISE
    turn: int = 0


def _first_made(plans: Iterator[_Plan]) -> int:
    for plan in plans:
        if _make(plan) is not None:
            return 1
    return 0


def _gold_for(user: User, project: Project, stage: Stage) -> Iterator[_Plan]:
    """Gold cases that this person has never seen, in the order of the project's draw."""
    seen = Assignment.objects.filter(task__case=OuterRef("case"), rater=user)
    copied = Exercise.objects.filter(source=OuterRef("case"), rater=user)
    keys = AnswerKey.objects.filter(
        ~Exists(seen), ~Exists(copied), case__project=project, purpose=CasePurpose.GOLD, active=True
    ).select_related("case__volume__series", "case__start_mask", "mask")
    for key in sorted(keys, key=lambda key: draw(project, "gold", user.pk, key.pk)):
        yield _Plan(key.case, user, CasePurpose.GOLD, stage, key=key)


def _repeats_for(user: User, project: Project, protocol: Protocol, stage_keys: list[str]) -> Iterator[_Plan]:
    """What this person did long enough ago, not repeated yet, in the order of the project's draw."""
    before = timezone.now() - timedelta(days=protocol.quality.repeat_after_days)
    tasks = Task.objects.filter(
        case__in=Case.objects.filter(project=project).exclude(state=CaseState.EXCLUDED),
        stage_key__in=stage_keys,
        kind__in=BLINDED_KINDS,
        assignments__rater=user,
        assignments__state=AssignmentState.SUBMITTED,
        assignments__submitted_at__lte=before,
        state=TaskState.COMPLETE,
    ).select_related("case__volume__series", "case__start_mask")
    copied = set(Exercise.objects.filter(rater=user).values_list("source_id", flat=True))
    fresh = [task for task in tasks if task.case_id not in copied]
    for task in sorted(fresh, key=lambda task: draw(project, "repeat", user.pk, task.pk)):
        former = latest_submissions(task).filter(assignment__rater=user).first()
        if former is None:
            continue
        seed = int(draw(project, "disguise", former.pk) * 2**32)
        if protocol.quality.repeat_disguise == "mirror":
            disguise = Disguise(mirror=True)
        else:
            start = task.start_mask or task.case.start_mask
            drawn = former.mask or start
            if drawn is None:
                continue
            disguise = shifted(load_mask(drawn).array, seed)
        yield _Plan(
            task.case,
            user,
            CasePurpose.REPEAT,
            protocol.stage(task.stage_key),
            former=former,
            disguise=disguise,
        )


def _make(plan: _Plan) -> Exercise | None:
    """Store the copy's files, then its rows; None where another process was faster."""
    start = plan.source.start_mask
    if plan.former is not None:
        start = plan.former.assignment.task.start_mask or start
    elif plan.key is not None and plan.stage.kind == "grade" and plan.stage.start == "previous":
        start = plan.key.mask  # readers of grades get a corrected mask, here as in any case
    if start is None:
        return None
    array = plan.disguise.mask(load_mask(start).array)
    prepared = prepare_copy(volume=plan.source.volume, disguise=plan.disguise, mask=array)
    try:
        return _write(plan, prepared, start, array)
    except IntegrityError:
        return None


@transaction.atomic
def _write(plan: _Plan, prepared: PreparedCopy, start: MaskVersion, array: Any) -> Exercise:
    volume = add_copy(prepared=prepared)
    copied = add_version(
        volume=volume,
        mask=array,
        source=_usual_source(plan, start),
        provenance={name: start.provenance[name] for name in CARRIED if name in start.provenance}
        | _names_carried(start, plan.disguise),
    )
    case = Case.every.create(
        project=plan.source.project,
        volume=volume,
        alias=_free_alias(plan.source.project_id),
        state=CaseState.IN_PROGRESS,
        stage_key=plan.stage.key,
        purpose=plan.purpose,
        start_mask=copied,
        difficulty=plan.source.difficulty,
        # asked as in any other case, or that nobody asks would tell the copy
        naming_doubt=plan.source.naming_doubt,
        naming_state=NamingState.OPEN if plan.source.naming_doubt else NamingState.SURE,
    )
    Task.objects.create(
        case=case,
        stage_key=plan.stage.key,
        kind=TaskKind(plan.stage.kind),
        overlap=1,
        start_mask=copied,
        asks_grades=plan.stage.grade,
        required_labels=plan.former.assignment.task.required_labels if plan.former is not None else None,
    )
    exercise = Exercise.objects.create(
        case=case,
        source=plan.source,
        rater=plan.user,
        key=plan.key,
        turn=plan.turn,
        former=plan.former,
        stage_key=plan.stage.key,
        transform=plan.disguise.to_json(),
    )
    audit.record(
        actor=None,
        act=case_acts.ExerciseMade(purpose=str(plan.purpose), source=plan.source.pk, rater=plan.user.pk),
        subject=exercise,
        project_id=case.project_id,
    )
    return exercise


def _names_carried(start: MaskVersion, disguise: Disguise) -> dict[str, Any]:
    """What the engine says of the names, with its places where the copy has them: a copy without would be
    told from work."""
    told = names_of(start)
    if told is None:
        return {}
    geometry = geometry_of(start.volume)
    evidence = []
    for seen in told.evidence:
        place = tuple(seen.place_ras_mm)
        if len(place) == len(geometry.shape):
            x, y, z = (float(v) for v in geometry.ras_mm_to_voxel(place))
            moved = geometry.voxel_to_ras_mm(disguise.place((x, y, z), geometry.shape[0]))
            place = tuple(round(float(mm), 1) for mm in moved)
        evidence.append(seen.model_copy(update={"place_ras_mm": place}))
    naming = told.model_copy(update={"evidence": tuple(evidence)})
    return {"report": {"naming": naming.kept()}}


def _usual_source(plan: _Plan, start: MaskVersion) -> str:
    """What a rater reads of the start mask's origin: that of the stage's work, whoever made the answer.

    A grade's gold case starts from the answer; "the adjudicated mask" over it would tell it from work.
    """
    if plan.key is None or plan.purpose == CasePurpose.TRAINING or start.pk != plan.key.mask_id:
        return str(start.source)
    work = Task.objects.filter(
        case__in=Case.objects.filter(project=plan.source.project),
        stage_key=plan.stage.key,
        start_mask__isnull=False,
    )
    usual = work.order_by("-created_at").values_list("start_mask__source", flat=True).first()
    return usual or str(start.source)


def _free_alias(project_id: UUID) -> str:
    """Looks like the alias of any case (`open_case`)."""
    while True:
        alias = f"case-{secrets.randbelow(10**ALIAS_DIGITS):0{ALIAS_DIGITS}d}"
        if not Case.every.filter(project_id=project_id, alias=alias).exists():
            return alias
