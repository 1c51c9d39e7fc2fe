"""What the server says on pages stands in the catalogue of its sentences, and so has its German.

`frontend/i18n/check.js` asks for the German of every sentence that is listed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.audit.acts.act import ACTS
from backend.audit.acts.sentences import without_fields
from backend.projects.protocols import PROTOCOLS
from backend.science.inclusion import CATALOGUE
from backend.science.refusal_advice import ADVICE

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = json.loads((ROOT / "frontend/i18n/answers.json").read_text("utf-8"))
LISTED = {sentence for sentences in ANSWERS.values() for sentence in sentences}


def refused_files() -> Iterator[str]:
    """Reasons for which an upload is kept apart: those of `docs/errors.md` that come with advice."""
    text = (ROOT / "docs/errors.md").read_text("utf-8")
    _, _, files = text.partition("## Files that cannot be used")
    for row in re.findall(r"^\| `\w+` \| (.+) \| (.*) \|$", files, re.MULTILINE):
        if row[1].strip():
            yield row[0]


def said(what: str) -> Iterator[str]:
    if what == "acts":
        return (without_fields(saying.sentence) for act in ACTS.values() for saying in act.sayings())
    if what == "advice":
        return iter(ADVICE.values())
    if what == "stages":
        return (stage.title for protocol in PROTOCOLS.values() for stage in protocol.stages)
    if what == "rules":
        return (words for rule in CATALOGUE for words in (rule.title, rule.text))
    return refused_files()


@pytest.mark.parametrize("what", ["acts", "advice", "stages", "rules", "refused files"])
def test_sentences_are_listed(what: str) -> None:
    found = set(said(what))
    assert found
    # The common ones are pages' texts, too, and stand in the catalogue by themselves.
    missing = found - LISTED - set(json.loads((ROOT / "frontend/src/i18n/de.json").read_text("utf-8")))
    assert not missing, f"enter them into frontend/i18n/answers.json and src/i18n/de.json: {sorted(missing)}"


def test_no_act_is_listed_that_nothing_says_any_more() -> None:
    assert set(ANSWERS["acts"]) <= set(said("acts"))
