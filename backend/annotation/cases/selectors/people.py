"""What people are called: by name, or in a double-blind project by letter until somebody asks for the names.

Double blind concerns everybody who looks at a case, its manager included. Who needs a name says why; that is
recorded in the audit chain and on the case, where all who follow it read it.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState, Case, TaskKind, Unblinding
from backend.annotation.selectors import BLINDED_KINDS
from backend.projects.selectors import protocol_of

LETTERS = 26

NO_NAME = "A rater"
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
        self._words = words_for([case.pk])[case.pk] if self.hidden else {}

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


def words_for(case_ids: Collection[UUID]) -> dict[UUID, dict[UUID, str]]:
    """By case and person what stands for a name: letters for raters, each of one person, duties for the rest.

    The letters are those of the slots; who worked in a later stage, which counts its slots anew, gets the
    next one that is free. One query, however many cases.
    """
    rows = (
        Assignment.objects.filter(task__case__in=case_ids)
        .order_by("task__created_at", "slot")
        .values_list("task__case_id", "rater_id", "slot", "task__kind", "state")
    )
    by_case: dict[UUID, list[_Part]] = {pk: [] for pk in case_ids}
    for case_id, rater_id, slot, kind, state in rows:
        by_case[case_id].append(_Part(rater_id, slot, kind, state))
    return {pk: _words(parts) for pk, parts in by_case.items()}


class _Part(NamedTuple):
    """One person's part in a case."""

    rater_id: UUID
    slot: int
    kind: str
    state: str


def _words(parts: list[_Part]) -> dict[UUID, str]:
    words: dict[UUID, str] = {}
    taken: set[int] = set()
    for rater_id, slot, kind, state in parts:
        if kind in BLINDED_KINDS and state != AssignmentState.CANCELLED and rater_id not in words:
            place = next(free for free in itertools.count(slot) if free not in taken)
            taken.add(place)
            words[rater_id] = f"Rater {_letter(place)}"
    for rater_id, _, kind, _ in parts:  # who gave a task back is no letter, and no name either
        words.setdefault(rater_id, ROLE_WORDS.get(kind, NO_NAME))
    return words


def _letter(place: int) -> str:
    """A to Z, then A2 to Z2, and so on."""
    turn, letter = divmod(place, LETTERS)
    return chr(ord("A") + letter) + (str(turn + 1) if turn else "")
