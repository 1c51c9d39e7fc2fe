"""What an engine's report says of the names of a mask's vertebrae, and whether they are a guess."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.masks.models import MaskSource, MaskVersion
from backend.masks.reports import CorrectionPlan, EngineNaming, EngineReport

# A mask whose centres were corrected goes back to the one before it; longer chains than this are not made.
_MOST_CORRECTIONS = 20
# Reports of before the flag: named surely only with an anchor in view, and above this share.
_SURE_ABOVE = 0.8
_BY_REQUEST = "Named by the request."
_RENAMED = "Levels were renamed since on the page of the series."


def doubt_in(report: Mapping[str, Any]) -> str:
    """The engine's sentence on its naming where that is a guess; empty where it is sure, or says nothing.

    An engine tells it as ``naming: {"statement": str, "doubt": bool}``. Of one that tells no such object
    nothing is known, and nobody is asked.
    """
    naming = EngineReport.read(report).naming
    if naming is None:
        return ""
    statement, doubt = naming.statement, naming.doubt
    if doubt is None:
        sure = bool(naming.anchors) and naming.confidence >= _SURE_ABOVE
        doubt = not sure and bool(naming.levels) and statement != _BY_REQUEST
    return (statement or "The engine is not sure of the names.") if doubt else ""


def statement_in(report: Mapping[str, Any]) -> str:
    """The engine's sentence on its naming, sure or not; empty where it says nothing."""
    naming = EngineReport.read(report).naming
    return naming.statement if naming is not None else ""


def names_of(mask: MaskVersion) -> EngineNaming | None:
    """What the engine said of the names of a mask version: what they rest on, how likely they are, and what
    they may be instead. None where nothing is known, or where levels were renamed since."""
    version: MaskVersion | None = mask
    for _ in range(_MOST_CORRECTIONS):
        if version is None or version.source not in (MaskSource.ENGINE, MaskSource.IMPORT):
            return None
        correction = version.provenance.get("correction")
        if not correction:
            naming = EngineReport.read(version.provenance.get("report", {})).naming
            known = naming is not None and naming.levels and all(label.isdigit() for label in naming.levels)
            return naming if known else None
        if CorrectionPlan.read(correction).renamed:
            return None
        version = version.parent
    return None


def naming_doubt_of(mask: MaskVersion) -> str:
    """The same for a mask version. A mask with corrected centres keeps the doubt of the one it came from."""
    version: MaskVersion | None = mask
    renamed = False
    for _ in range(_MOST_CORRECTIONS):
        if version is None or version.source not in (MaskSource.ENGINE, MaskSource.IMPORT):
            return ""
        correction = version.provenance.get("correction")
        if not correction:
            statement = doubt_in(version.provenance.get("report", {}))
            return f"{statement} {_RENAMED}" if statement and renamed else statement
        renamed = renamed or bool(CorrectionPlan.read(correction).renamed)
        version = version.parent
    return ""
