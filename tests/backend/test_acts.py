"""The verbs of the audit chain: each has its type and its sentence, and nothing else is ever written."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from pathlib import Path
from pkgutil import iter_modules
from string import Formatter
from uuid import UUID

import pytest

import backend
from backend.accounts.services import create_user
from backend.annotation.models import CasePurpose, NamingState
from backend.audit import acts
from backend.audit.acts.act import ACTS, Act
from backend.audit.acts.people_acts import MemberChanged
from backend.audit.acts.scan_acts import SeriesIngested
from backend.audit.acts.sentences import MODULES, sentence
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.audit.services import record, verify_chain
from backend.consensus.services.adjudicating import CHOICES
from backend.imaging.models import RuleState, SameScanAnswer
from backend.measurements.models import ContrastPhase
from backend.science.fusion.model import METHODS
from backend.science.morphometry.rulers import RULER_KINDS

BACKEND = Path(backend.__path__[0])
AUDIT = BACKEND / "audit"


def keys_of(act: type[Act]) -> set[str]:
    return {field.name for field in fields(act)}  # type: ignore[arg-type]  # each is made one as it is defined


def test_every_verb_has_its_type() -> None:
    assert set(ACTS) == set(Verb)
    assert {module.__name__.rpartition(".")[2] for module in MODULES} == {
        module.name for module in iter_modules(acts.__path__) if module.name.endswith("_acts")
    }


def test_a_verb_has_one_type() -> None:
    with pytest.raises(TypeError, match=r"case\.opened is CaseOpened already"):

        class Again(Act, verb=Verb.CASE_OPENED, sentence="Again"):
            pass

    assert ACTS[Verb.CASE_OPENED].__name__ == "CaseOpened"


@pytest.mark.parametrize("verb", Verb)
def test_a_sentence_tells_what_the_type_has(verb: Verb) -> None:
    act = ACTS[verb]
    named = {name for _, name, _, _ in Formatter().parse(act.sentence) if name is not None}
    assert named <= keys_of(act)
    told = {name: f"<{name}>" for name in keys_of(act)}
    said = sentence(verb, told, {"<stage>": "Rating"})
    assert said != verb
    assert "{" not in said
    for name in named - {"stage"}:
        assert f"<{name}>" in said
    assert "<stage>" not in said


@pytest.mark.parametrize("verb", Verb)
def test_a_record_of_an_earlier_version_may_tell_less(verb: Verb) -> None:
    assert sentence(verb, {}, {})


def test_sentences_are_in_a_readers_words() -> None:
    assert sentence("case.moved", {"stage": "rate"}, {"rate": "Rating"}) == "Moved to Rating"
    decided = {"label": 28, "choice": "rater", "slot": "B"}
    assert sentence("vertebra.decided", decided, {}) == "Decided vertebra T13: as rater B drew it"
    assert sentence("fusion.chosen", {"method": "sba"}, {}) == "Chose the mask fused by shape-based averaging"
    assert (
        sentence("project.changed", {"fields": ["name", "protocol"]}, {}) == "Project changed: name, protocol"
    )
    assert sentence("account.project_right", {"allowed": False}, {}) == "May make projects: no"
    assert sentence("ruler.drawn", {"kind": None}, {}) == "Measured by hand: "
    assert sentence("case.reviewed", {"accepted": True}, {}) == "Accepted in review"
    assert sentence("case.reviewed", {"accepted": False}, {}) == "Returned by the reviewer"
    assert sentence("assignment.submitted", {"edited_voxels": 0}, {}) == "Submitted, 0 voxels changed"
    assert sentence("a.former_verb", {"stage": "rate"}, {}) == "a.former_verb"


CODES: dict[str, tuple[str, Iterable[str]]] = {
    "vertebra.decided": ("choice", CHOICES),
    "fusion.made": ("method", [method for method in METHODS if method != "auto"]),
    "fusion.chosen": ("method", [method for method in METHODS if method != "auto"]),
    "naming.settled": ("state", NamingState),
    "answer_key.set": ("purpose", CasePurpose),
    "answer_key.dropped": ("purpose", CasePurpose),
    "exercise.made": ("purpose", CasePurpose),
    "ruler.drawn": ("kind", RULER_KINDS),
    "ruler.changed": ("kind", RULER_KINDS),
    "ruler.deleted": ("kind", RULER_KINDS),
    "series.phase_stated": ("phase", ContrastPhase),
    "same_scan.answered": ("answer", SameScanAnswer),
    "inclusion.stated": ("state", RuleState),
}


@pytest.mark.parametrize("verb", CODES)
def test_every_code_has_its_words(verb: str) -> None:
    field, codes = CODES[verb]
    assert set(map(str, codes)) <= set(ACTS[verb].words[field])


@pytest.mark.django_db
def test_a_record_holds_the_verb_and_the_keys_of_its_type() -> None:
    user = create_user(email="a@x.test", password=None)
    batch = UUID(int=7)
    record(actor=user, act=SeriesIngested(batch=batch, voxels_sha256="ab"), subject=user)
    away = MemberChanged(role="rater", active=True, away_from=None, away_until=date(2026, 5, 1))
    record(actor=user, act=away, subject=user)
    ingested, changed = Record.objects.filter(verb__in=("series.ingested", "member.changed"))
    assert ingested.detail == {"batch": str(batch), "voxels_sha256": "ab"}
    assert changed.detail == {
        "role": "rater",
        "active": True,
        "away_from": None,
        "away_until": "2026-05-01",
    }
    assert verify_chain() is None


def test_records_are_written_in_one_place() -> None:
    """Whoever made a row of the chain elsewhere could give it any verb."""
    writers = {
        str(path.relative_to(BACKEND))
        for path in BACKEND.rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _makes_a_record(node)
    }
    assert writers == {"audit/services.py"}


def _makes_a_record(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    makers = {"create", "bulk_create", "get_or_create", "update_or_create"}
    return name in {"Record", "models.Record", *(f"Record.objects.{maker}" for maker in makers)}
