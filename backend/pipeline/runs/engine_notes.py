"""What an engine says of its own mask: what it left out and why, and which vertebrae the image cuts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.masks.reports import EngineReport
from backend.science.labels import BY_LABEL, name_of


def notes_in(report: Mapping[str, Any]) -> list[str]:
    """The report's notes, one sentence each, and one on cut vertebrae where there are any.

    An engine tells them as ``notes: [str]`` and ``cut: [label]``; of one that tells neither, nothing is said.
    """
    told = EngineReport.read(report)
    notes = list(told.notes)
    names = [name_of(label) for label in told.cut if label in BY_LABEL]
    if names:
        listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        notes.append(f"{listed}: cut by the border of the image, drawn as far as in view")
    return notes
