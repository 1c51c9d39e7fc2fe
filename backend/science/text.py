"""Text from outside, made safe to show on one line."""

from __future__ import annotations

MAX_SHOWN = 200
# a line of a command's own that lists choices
MAX_LINE = 1500


def printable(text: str, limit: int = MAX_SHOWN) -> str:
    """The text with control characters and undecodable bytes replaced, at most ``limit`` characters long."""
    clean = "".join(c if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF else "?" for c in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
