"""Reads for acts on many series: which match over all pages, and which rules keep how many out."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from backend.imaging.selectors import keeping_out, series_of
from backend.projects.models import Project
from backend.science.inclusion import TEMPLATES

MOST_AT_ONCE = 5_000


def matching_series(project: Project, search: str, kept_out: str) -> dict[str, Any]:
    """Ids of what `series_of` finds: the first `MOST_AT_ONCE`, and of how many."""
    ids = list(series_of(project, search, kept_out=kept_out).values_list("pk", flat=True))
    return {"count": len(ids), "ids": ids[:MOST_AT_ONCE]}


def rules_keeping_out(project: Project) -> list[dict[str, Any]]:
    """The rules that keep series out, with how many; one that fails two rules counts twice."""
    rows = keeping_out(project).order_by("rule_id").values_list("rule_id")
    return [
        {"rule_id": rule_id, "title": TEMPLATES[rule_id].title, "series": count}
        for rule_id, count in rows.annotate(n=Count("pk"))
    ]
