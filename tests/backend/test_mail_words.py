"""The mail on what is new speaks the language of the account that it goes to."""

from __future__ import annotations

import string
from dataclasses import asdict

import pytest

from backend.accounts.models import Language, User
from backend.notices.digests.selectors import Fresh
from backend.notices.digests.services import text_of
from backend.notices.digests.words import WORDS, words_for
from backend.projects.models import Project

FRESH = Fresh(Project(name="Spines"), given=1, returned=2, due_moved=2, due_soon=1)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "",
            [
                "Hello Ada,",
                "  1 new task",
                "  2 tasks came back to you",
                "  2 tasks have other due dates",
                "  1 task is due within two days",
            ],
        ),
        (
            "de",
            [
                "Guten Tag Ada,",
                "  1 neue Aufgabe",
                "  2 Aufgaben wurden Ihnen zurückgegeben",
                "  2 Aufgaben haben neue Fristen",
                "  1 Aufgabe wird in den nächsten zwei Tagen fällig",
            ],
        ),
    ],
)
def test_the_mail_is_in_the_language_of_the_account(language: str, lines: list[str]) -> None:
    said = text_of(User(display_name="Ada", email="a@x.test", language=language), [FRESH]).splitlines()
    assert [line for line in said if line in lines] == lines


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", Language)
def test_every_language_has_every_word_with_the_same_places(language: Language) -> None:
    said, english = asdict(words_for(language)), asdict(WORDS[Language.ENGLISH])
    for name, text in english.items():
        if isinstance(text, str):
            assert places(said[name]) == places(text), name
        assert all(said[name]), name
