"""Where a mask came from, as stored, sent and shown: an engine's report, a correction, a fusion, edits.

Labels are VerSe's numbers, as text where they are keys; points are RAS mm, doubt is in bits per voxel,
confidences and certainties are 0..1, times in seconds.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from backend.common.stored import Foreign, Listed, Report

Number = float | None


class NamingEvidence(Report):
    """An anchor of the names, and where it was seen."""

    name: str
    certainty: Number = None
    place_ras_mm: Listed[float] = ()


class NamingAlternative(Report):
    """Other names that the same vertebrae may have, in the order of ``levels``."""

    labels: Listed[int] = ()
    probability: float = 0.0


class EngineNaming(Foreign):
    """What an engine says of the names. ``doubt`` null: it does not say whether they are a guess."""

    statement: str = ""
    doubt: bool | None = None
    anchors: Listed[str] = ()
    evidence: Listed[NamingEvidence] = ()
    confidence: float = 0.0
    levels: dict[str, float] = {}
    alternatives: Listed[NamingAlternative] = ()  # the likeliest first; the names of the mask not among them


class EngineVertebra(Foreign):
    """One vertebra of an engine's mask. ``cut``: by the border of the image."""

    name: str = ""
    uncertainty: Number = None
    confidence: Number = None  # in the name
    vertebra_confidence: Number = None  # that it is one at all
    cut: bool = False


class EngineStage(Foreign):
    """One stage as it went; ``reused`` from an attempt before."""

    name: str
    seconds: Number = None
    digest: str | None = None
    reused: bool = False


def _a_sentence_alone(told: Any) -> Any:
    """Some engines tell the statement and nothing else of their naming."""
    return {"statement": told} if isinstance(told, str) else told


class EngineReport(Foreign):
    """What an engine says of its run: the built-in one in ``inference/report.py``, others less, or more."""

    what = "The engine's report"

    engine: str = ""
    version: str = ""
    device: str = ""
    mixed_precision: bool | None = None
    stages: Listed[EngineStage] = ()
    weights: dict[str, str] = {}  # SHA-256 by network
    seconds: Number = None
    notes: Listed[str] = ()
    vertebrae: dict[str, EngineVertebra] = {}
    cut: Listed[int] = ()
    spine_confidence: Number = None
    uncertainty: dict[str, float] = {}
    uncertainty_overall: Number = None
    naming: Annotated[EngineNaming | None, BeforeValidator(_a_sentence_alone)] = None
    touched: Listed[int] | None = None  # of a correction: what was segmented anew
    labels: Listed[int] | None = None  # of an imported mask


class CorrectionPlan(Report):
    """What a correction of a mask's vertebrae comes to; empty of a run that corrects nothing."""

    what = "The correction"

    renamed: dict[str, int] = {}
    removed: Listed[int] = ()
    touched: Listed[int] = ()
    centroids_ras_mm: dict[str, Listed[float]] = {}

    @property
    def corrects(self) -> bool:
        """Whether anything is changed."""
        return bool(self.renamed or self.removed or self.touched)


class ModelStatement(Report):
    """The model that made a mask; without a number it is what ships with the engine."""

    name: str = ""
    number: int | None = None
    id: str | None = None
    digest: str | None = None


class FusionParameters(Report):
    """What was asked of a fusion, null where nothing was, and where its weights came from."""

    weights: Listed[float] | None = None
    minimum_iou: Number = None
    staple_prior: Number = None
    staple_iterations: int | None = None
    clean: bool | None = None
    weights_choice: str | None = None
    weights_on: str | None = None
    left_out: dict[str, str] = {}  # letters of raters who count nothing, and the code of why


class FusionSettings(Report):
    """How a fusion was made; what each means stands in science/fusion/model.py."""

    method: str = ""
    weights: Listed[float] | None = None
    minimum_iou: Number = None
    staple_prior: Number = None
    staple_iterations: int | None = None
    clean: bool | None = None


class FusedMask(Report):
    """A mask that went into a fusion."""

    mask: str
    digest: str = ""


class FindingReason(Report):
    """Why a finding that blocks is right as it is, in the words of whoever handed in."""

    code: str
    label: int | None = None
    reason: str = ""


class Provenance(Foreign):
    """How a mask was made. An engine's has ``engine`` and what follows it, a fusion's ``method``, one that
    somebody edited ``session``; the parts of the others are null."""

    what = "The origin of a mask"

    engine: str | None = None
    engine_name: str | None = None
    engine_version: str | None = None
    version: str | None = None  # the engine's, in masks of a former version
    device: str | None = None
    seconds: Number = None
    run: str | None = None
    model: ModelStatement | None = None
    report: EngineReport | None = None
    correction: CorrectionPlan | None = None
    parent_run: str | None = None
    method: str | None = None
    parameters: FusionParameters | None = None  # as asked for
    used: FusionSettings | None = None  # all that was used
    inputs: Listed[FusedMask] | None = None
    software: str | None = None
    seed: int | None = None  # no method draws at random
    session: str | None = None
    base: str | None = None
    operations: int | None = None
    edited_voxels: int | None = None
    desktop_edits: int | None = None  # of the operations, those that came back from another program
    findings_answered: Listed[FindingReason] = ()
    reason: str | None = None
