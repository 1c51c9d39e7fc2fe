"""Records of the audit chain in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from backend.audit.acts import case_acts, challenge_acts, people_acts, product_acts, scan_acts
from backend.audit.acts.act import ACTS
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
    words: dict[str, Any] = defaultdict(str, detail)
    words["stage"] = stage_titles.get(words["stage"], words["stage"])
    if isinstance(words["label"], int):
        words["label"] = name_of(words["label"])
    return act.said(detail).format_map(words)
