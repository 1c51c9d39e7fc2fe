"""The acts of a project as its managers may read them: who did what, who saw what.

Two things are held back. A manager who rates a case at this moment reads nothing that was done on it: not
that it was done, when, nor how often. And copies made to train or to measure are no part of the list for
anybody: it would tell who works on which. In a double-blind project acts on a case are under letters, until
somebody has asked for the names of that case; nor can they be found by a name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from backend.accounts.models import User
from backend.annotation.cases.selectors.people import NO_NAME, words_for
from backend.annotation.models import Case, CasePurpose, Qualification, Unblinding
from backend.annotation.selectors import cases_open_to, cases_rated_now_by
from backend.audit.acts.sentences import sentence
from backend.audit.acts.verb import Verb
from backend.audit.checking import is_under_way, last_checks
from backend.audit.models import Record
from backend.audit.selectors import SEEING, between_q, records_of, said_q
from backend.common.errors import Invalid, NotFound
from backend.common.fields import TextOfUuid
from backend.masks.models import MaskVersion
from backend.measurements.models import Adjustment, Ruler
from backend.pipeline.jobs.subjects import job_subjects
from backend.progress.cases.selectors.cards import stage_titles
from backend.projects.models import Invitation, Membership, Project
from backend.projects.selectors import people_in, protocol_of

# Things that are part of a case, with the way from them to it. Their rows are never deleted.
CASE_OF: dict[str, tuple[type[Model], str]] = {
    "annotation.case": (Case, "pk"),
    "masks.maskversion": (MaskVersion, "volume__case"),
    "measurements.adjustment": (Adjustment, "volume__case"),
    "measurements.ruler": (Ruler, "volume__case"),
}
# Things that belong to the project as a whole, or that its managers alone make. What stands in neither table
# (exercises are the ones) is shown to nobody.
OF_THE_PROJECT = (
    "annotation.qualification",
    "annotation.raterweights",
    "challenge.challenge",
    "challenge.submission",
    "challenge.team",
    "imaging.heldmask",
    "imaging.patient",
    "imaging.samescan",
    "imaging.series",
    "imaging.upload",
    "imaging.uploadbatch",
    "measurements.calibrationrecord",
    "notices.webhook",
    "pipeline.modelversion",
    "pipeline.run",
    "pipeline.training",
    "projects.invitation",
    "projects.membership",
    "projects.project",
    "releases.release",
)
SHOWN = (*CASE_OF, *OF_THE_PROJECT)


class UnknownPlace(Invalid):
    code = "unknown_entry"
    message = "There is no entry of that name to go on from. Read the list from its beginning."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody looks for; everything that is said has to fit."""

    person: UUID | None = None
    verb: str = ""
    case: str = ""  # its name in the project
    since: date | None = None
    until: date | None = None
    said: str = ""
    seen: bool = False  # only who saw or took away what others made


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act was done upon, where that has a name."""

    kind: str  # case, release or person
    id: UUID | None
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One act in words. ``entry`` names it for good, and tells nothing of how many others there are."""

    entry: str
    at: datetime
    actor_id: UUID | None
    actor: str | None  # null: the site itself
    verb: str
    text: str
    subject: Subject | None


def is_rating(user: User, project: Project) -> bool:
    """Whether some case of the project is closed to this person for now."""
    return cases_rated_now_by(user).filter(project=project).exists()


def records_visible_to(user: User, project: Project) -> QuerySet[Record]:
    """The acts that a manager of the project may know of, newest first."""
    closed = Case.every.filter(project=project).filter(
        ~Q(purpose=CasePurpose.WORK) | Q(pk__in=cases_rated_now_by(user).values("pk"))
    )
    records = records_of(project.pk, SHOWN)
    for kind in CASE_OF:
        records = records.exclude(subject_kind=kind, subject_id__in=_subjects(kind, closed))
    return records


def _subjects(kind: str, cases: QuerySet[Case]) -> QuerySet[Any, Any]:
    """Ids, as the chain has them, of things of one kind that are part of these cases."""
    model, way = CASE_OF[kind]
    rows: QuerySet[Any] = model._default_manager.all() if model is not Case else Case.every.all()
    return rows.filter(**{f"{way}__in": cases.values("pk")}).order_by().values_list(TextOfUuid("pk"))


def case_named(user: User, project: Project, alias: str) -> Case:
    """The case of that name, where all of its acts are open to this person.

    Raises
    ------
    NotFound
        ``no_such_case``: there is none, or it is closed to them.
    """
    case = cases_open_to(user).filter(project=project, alias=alias).select_related("project").first()
    if case is None:
        raise NotFound("no_such_case", f"There is no case {alias} in this project that is open to you.")
    return case


def found(user: User, project: Project, asked: Asked) -> QuerySet[Record]:
    """The visible acts that fit what is asked."""
    records = records_visible_to(user, project).filter(between_q(asked.since, asked.until))
    if asked.verb:
        records = records.filter(verb=asked.verb)
    if asked.seen:
        records = records.filter(verb__in=SEEING)
    if asked.said.strip():
        records = records.filter(said_q(asked.said))
    if asked.case:
        only = Case.objects.filter(pk=case_named(user, project, asked.case).pk)
        of_case = Q()
        for kind in CASE_OF:
            of_case |= Q(subject_kind=kind, subject_id__in=_subjects(kind, only))
        records = records.filter(of_case)
    if asked.person is not None:
        records = records.filter(actor_id=asked.person)
        if asked.person != user.pk and protocol_of(project).double_blind:
            records = _found_by_name(records, user, project)
    return records


def _found_by_name(records: QuerySet[Record], user: User, project: Project) -> QuerySet[Record]:
    """Without acts that this person reads under letters."""
    asked = Unblinding.objects.filter(user=user, case__project=project).values("case")
    lettered = Case.objects.filter(project=project).exclude(pk__in=asked)
    for kind in CASE_OF:
        hidden = Q(subject_kind=kind, subject_id__in=_subjects(kind, lettered))
        records = records.exclude(hidden & ~Q(verb=Verb.CASE_UNBLINDED))
    return records


def older_than(records: QuerySet[Record], entry: str) -> QuerySet[Record]:
    """The acts before the one of that name."""
    last = records.filter(digest=entry).values_list("sequence", flat=True).first()
    if last is None:
        raise UnknownPlace
    return records.filter(sequence__lt=last)


def page_of(records: QuerySet[Record], size: int) -> tuple[list[Record], bool]:
    """The first of these acts, and whether there are more."""
    rows = list(records.select_related("actor")[: size + 1])
    return rows[:size], len(rows) > size


def entries(rows: list[Record], user: User, project: Project) -> list[Entry]:
    """These acts in words, in a number of queries that does not grow with them."""
    cases = _cases_of(rows)
    names = _Names(user, project, {case_id for case_id, _ in cases.values()})
    subjects = _subjects_of(rows, cases)
    titles = stage_titles(project)
    return [
        Entry(
            entry=row.digest,
            at=row.at,
            actor_id=names.id_of(row, cases),
            actor=names.name_of(row, cases),
            verb=row.verb,
            text=sentence(row.verb, row.detail, titles),
            subject=subjects.get((row.subject_kind, row.subject_id)),
        )
        for row in rows
    ]


def last_check(user: User, project: Project) -> dict[str, Any]:
    """What the last look at the whole chain has shown, and whether another is under way."""
    asked, ended = last_checks()
    job = asked.job if asked is not None and asked.checked_at is None else None
    state = "never"
    if ended is not None:
        state = "broken" if ended.broken_at is not None else "unbroken"
    if is_under_way(asked):
        state = "checking"
    elif job is not None:
        state = "failed"
    counts = ended is not None and not is_rating(user, project)
    return {
        "state": state,
        "progress": job.progress if state == "checking" and job is not None else 1.0,
        "error": (job.error or "It was stopped.") if state == "failed" and job is not None else "",
        "checked_at": ended.checked_at if ended is not None else None,
        "length": ended.length if ended is not None and counts else None,
        "broken_at": ended.broken_at if ended is not None else None,
        "reason": ended.reason if ended is not None else "",
    }


def people_to_choose(project: Project) -> list[dict[str, Any]]:
    """Everybody who has or had a part in the project, by name."""
    people = sorted(people_in(project), key=lambda person: person.name.lower())
    return [{"id": person.pk, "name": person.name} for person in people]


Cases = Mapping[str, tuple[UUID, str]]  # id and name of the case, by the subject's id


def _ids(rows: Iterable[Record], kind: str) -> set[str]:
    return {row.subject_id for row in rows if row.subject_kind == kind}


def _cases_of(rows: list[Record]) -> dict[str, tuple[UUID, str]]:
    """The cases that these acts are part of."""
    found: dict[str, tuple[UUID, str]] = {}
    for kind, (model, way) in CASE_OF.items():
        ids = _ids(rows, kind)
        if ids:
            prefix = "" if way == "pk" else f"{way}__"
            parts = model._default_manager.filter(pk__in=ids).order_by()
            for pk, case_id, alias in parts.values_list("pk", f"{prefix}pk", f"{prefix}alias"):
                if case_id is not None:
                    found[str(pk)] = (case_id, alias)
    return found


class _Names:
    """What the people behind acts are called to one reader."""

    def __init__(self, reader: User, project: Project, case_ids: Collection[UUID]) -> None:
        self._reader = reader
        self._words: dict[UUID, dict[UUID, str]] = {}
        self._hides = protocol_of(project).double_blind
        if self._hides and case_ids:
            asked = Unblinding.objects.filter(user=reader, case__in=case_ids)
            known = set(asked.values_list("case_id", flat=True))
            self._words = words_for([pk for pk in case_ids if pk not in known])

    def _word(self, row: Record, cases: Cases) -> str | None:
        """What stands for the name of whoever acted; None where the name itself does."""
        if not self._hides or row.actor is None or row.subject_kind not in CASE_OF:
            return None
        if row.verb == Verb.CASE_UNBLINDED:
            return None
        case_id, _ = cases.get(row.subject_id, (None, ""))
        if case_id is not None and case_id not in self._words:
            return None
        if row.actor.pk == self._reader.pk:
            return "You"
        return NO_NAME if case_id is None else self._words[case_id].get(row.actor.pk)

    def name_of(self, row: Record, cases: Cases) -> str | None:
        if row.actor is None:
            return None
        return self._word(row, cases) or row.actor.name

    def id_of(self, row: Record, cases: Cases) -> UUID | None:
        if row.actor is None or (row.actor.pk != self._reader.pk and self._word(row, cases) is not None):
            return None
        return row.actor.pk


def _members(ids: set[str]) -> dict[str, Subject]:
    rows = Membership.objects.filter(pk__in=ids).select_related("user")
    return {str(row.pk): Subject("person", row.user_id, row.user.name) for row in rows}


def _invited(ids: set[str]) -> dict[str, Subject]:
    rows = Invitation.objects.filter(pk__in=ids)
    return {str(row.pk): Subject("person", None, row.email) for row in rows}


def _qualified(ids: set[str]) -> dict[str, Subject]:
    rows = Qualification.objects.filter(pk__in=ids).select_related("user")
    return {str(row.pk): Subject("person", row.user_id, row.user.name) for row in rows}


def _released(ids: set[str]) -> dict[str, Subject]:
    rows = job_subjects({UUID(pk) for pk in ids})
    return {str(row["id"]): Subject(row["kind"], row["id"], row["name"]) for row in rows.values()}


_NAMED_BY: dict[str, Callable[[set[str]], dict[str, Subject]]] = {
    "projects.membership": _members,
    "projects.invitation": _invited,
    "annotation.qualification": _qualified,
    "releases.release": _released,
}


def _subjects_of(rows: list[Record], cases: Cases) -> dict[tuple[str, str], Subject]:
    found = {
        (row.subject_kind, row.subject_id): Subject("case", *cases[row.subject_id])
        for row in rows
        if row.subject_kind in CASE_OF and row.subject_id in cases
    }
    for kind, named in _NAMED_BY.items():
        ids = _ids(rows, kind)
        if ids:
            found |= {(kind, pk): subject for pk, subject in named(ids).items()}
    return found
