"""What people are called: by name, or in a double-blind project by letter until somebody asks for the names.

Double blind concerns everybody who looks at a case, its manager included. Who needs a name says why; that is
recorded in the audit chain and on the case, where all who follow it read it.
"""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState, Case, SightKind, TaskKind, Unblinding
from backend.annotation.selectors import BLINDED_KINDS
from backend.annotation.services.sightings import note_sighting
from backend.audit import services as audit
from backend.common.errors import Conflict, Invalid
from backend.projects.selectors import protocol_of

LETTERS = 26
ROLE_WORDS: dict[str, str] = {TaskKind.ADJUDICATE: "Adjudicator", TaskKind.REVIEW: "Reviewer"}


def names_hidden(user: User, case: Case) -> bool:
    """Whether this person sees letters instead of the names behind the case."""
    if not protocol_of(case.project).double_blind:
        return False
    return not Unblinding.objects.filter(case=case, user=user).exists()


class PeopleNames:
    """The people of one case, as one reader may know them; two queries, however many people."""

    def __init__(self, reader: User, case: Case) -> None:
        self._reader = reader
        self.hidden = names_hidden(reader, case)
        self._words = _words(case) if self.hidden else {}

    def name_of(self, person: User) -> str:
        """The name, "You", or a word that names nobody."""
        if not self.hidden:
            return person.name
        if person.pk == self._reader.pk:
            return "You"
        return self._words.get(person.pk, person.name)  # who has no part in the case is no secret

    def id_of(self, person_id: UUID) -> UUID | None:
        """The account, for those who may know it."""
        return person_id if not self.hidden or person_id == self._reader.pk else None


def _words(case: Case) -> dict[UUID, str]:
    """Letters for raters (those of the slots where one stage did the work), duties for the rest."""
    rows = (
        Assignment.objects.filter(task__case=case)
        .order_by("task__created_at", "slot")
        .values_list("rater_id", "slot", "task__kind", "state")
    )
    words: dict[UUID, str] = {}
    for rater_id, slot, kind, state in rows:
        if kind in BLINDED_KINDS and state != AssignmentState.CANCELLED:
            words.setdefault(rater_id, f"Rater {chr(ord('A') + slot % LETTERS)}")
    for rater_id, _, kind, _ in rows:  # who gave a task back is no letter, and no name either
        words.setdefault(rater_id, ROLE_WORDS.get(kind, "A rater"))
    return words


@transaction.atomic
def unblind(*, case: Case, actor: User, reason: str) -> Unblinding:
    """Show this person the names behind one case, for a reason that everybody can read.

    Raises
    ------
    Invalid
        No reason given. `Conflict`: nothing is hidden from this person.
    """
    if not reason.strip():
        raise Invalid("reason_missing", "Say why you need the names; it is kept on record.")
    if not names_hidden(actor, case):
        raise Conflict("not_blinded", "The names of this case are not hidden from you.")
    try:
        with transaction.atomic():
            row = Unblinding.objects.create(case=case, user=actor, reason=reason.strip())
    except IntegrityError as error:
        raise Conflict("not_blinded", "The names of this case are not hidden from you.") from error
    note_sighting(case=case, user=actor, kind=SightKind.NAMES)
    audit.record(
        actor=actor,
        verb="case.unblinded",
        subject=case,
        project_id=case.project_id,
        reason=row.reason,
    )
    return row
