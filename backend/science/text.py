"""Text from outside, made safe to show on one line."""

from __future__ import annotations

MAX_SHOWN = 200


def printable(text: str) -> str:
    """The text with control characters and undecodable bytes replaced, at most 200 characters long."""
    clean = "".join(c if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF else "?" for c in text)
    return clean if len(clean) <= MAX_SHOWN else clean[: MAX_SHOWN - 1] + "…"
