"""Records of the audit chain in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from string import Formatter
from typing import Any

from backend.audit.acts import case_acts, challenge_acts, people_acts, product_acts, scan_acts
from backend.audit.acts.act import ACTS, Saying
from backend.science.labels import name_of

MODULES = (
    case_acts,
    challenge_acts,
    people_acts,
    product_acts,
    scan_acts,
)  # read here, so that every verb has its type


def sentence(verb: str, detail: Mapping[str, Any], stage_titles: Mapping[str, str]) -> str:
    """A record in words; ``stage_titles`` names the stages by key.

    What a record of an earlier version does not tell is left out; a verb that it had and that is no more
    stands as it is.
    """
    act = ACTS.get(verb)
    if act is None:
        return verb
    words: dict[str, Any] = defaultdict(
        str, {field: act.in_words(field, value) for field, value in detail.items() if value is not None}
    )
    words["stage"] = stage_titles.get(words["stage"], words["stage"])
    if isinstance(words["label"], int):
        words["label"] = name_of(words["label"])
    return act.said(detail).format_map(words)


def without_fields(sentence: str) -> str:
    """The words that a sentence always has, for a list to choose from: "Moved to ..."."""
    parts = [part + ("..." if field is not None else "") for part, field, _, _ in Formatter().parse(sentence)]
    return "".join(parts)


def titles() -> dict[str, str]:
    """What stands for each verb where one is chosen, by verb."""
    return {
        verb: " / ".join(without_fields(saying.sentence) for saying in _told_apart(act.sayings()))
        for verb, act in ACTS.items()
    }


def _told_apart(sayings: list[Saying]) -> list[Saying]:
    """Two sentences stand side by side; of many, which are a list of reasons, the first part does."""
    if len(sayings) <= 2:
        return sayings
    first, _, _ = sayings[0].sentence.partition(":")
    return [Saying(f"{first}: ...", {})]


def sayings_with(words: str) -> list[tuple[str, Saying]]:
    """Verbs and their sentences in which each of ``words`` stands, in either case of letters."""
    asked = words.lower().split()
    return [
        (verb, saying)
        for verb, act in ACTS.items()
        for saying in act.sayings()
        if all(word in f"{without_fields(saying.sentence)} {verb}".lower() for word in asked)
    ]
