"""The wire shapes of masks."""

from __future__ import annotations

from backend.common.stored_wire import StoredSerializer
from backend.masks.reports import CorrectionPlan, EngineReport, Provenance


class EngineReportSerializer(StoredSerializer):
    model = EngineReport


class CorrectionPlanSerializer(StoredSerializer):
    model = CorrectionPlan


class ProvenanceSerializer(StoredSerializer):
    model = Provenance
