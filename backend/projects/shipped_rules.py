"""The rules of annotation that a new project starts with: a document, which the pages show as well."""

from __future__ import annotations

from functools import cache

from django.conf import settings

DOCUMENT = "docs/annotation-rules.md"


@cache
def shipped_rules() -> str:
    """What belongs to a vertebra, and which name it gets, in Markdown."""
    return (settings.ROOT / DOCUMENT).read_text(encoding="utf-8")
