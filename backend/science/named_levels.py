"""Which vertebrae a sentence names: "Mend the arch of T11, and L2-L4"."""

from __future__ import annotations

import re

from backend.science.labels import ANATOMICAL_ORDER, BY_LABEL, label_of, order_of

_WORDS = {"SACRUM": "S", "COCCYX": "COCC"}
_NAMES = sorted((level.name for level in BY_LABEL.values() if level.name != "S"), key=len, reverse=True)
_LEVEL = rf"(?:{'|'.join([*_NAMES, *_WORDS])})"
_SPAN = re.compile(rf"\b({_LEVEL})\b(?:\s*(?:-|\u2013|\bto\b)\s*({_LEVEL})\b)?", re.IGNORECASE)


def levels_named(text: str) -> set[int]:
    """Labels of the levels in ``text``; of a span ("T11 to L1", "L2-L4") those between as well.

    A lone "S" is no sacrum: it is too often something else. T13 lies in a span only where it is named.
    """
    found: set[int] = set()
    for first, last in _SPAN.findall(text):
        ends = [label_of(_WORDS.get(name.upper(), name)) for name in (first, last) if name]
        low, high = min(map(order_of, ends)), max(map(order_of, ends))
        usual = [label for label in ANATOMICAL_ORDER[low : high + 1] if BY_LABEL[label].name != "T13"]
        found |= {*usual, *ends}
    return found
