"""JSON of engines, masks, models, rules and releases: rows of former versions are read, and lose no part."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from backend.common.errors import Invalid
from backend.common.stored import Report, Stored
from backend.consensus.reports import ReaderAnswer
from backend.imaging.rules import AskedRule
from backend.masks.reports import CorrectionPlan, EngineReport, Provenance
from backend.pipeline.registry.reports import ModelConfig, TrainingMetrics, TrainingSet, TrainingSettings
from backend.releases.listing import Manifest, SealedManifest
from backend.releases.made import to_json
from backend.science.correcting import Correction
from backend.science.inclusion import default_rules
from tests.backend.test_stored_reports import lost

# As the built-in engine's was stored with the weights of 0.3.0, one vertebra of it
REPORT = {
    "engine": "Vertebase spine engine",
    "version": "0.3.0",
    "device": "cpu",
    "mixed_precision": False,
    "stages": [{"name": "localise", "seconds": 3.25, "digest": "ab", "reused": False}],
    "weights": {"segment": "cd"},
    "seconds": 26.8,
    "notes": ["L5 was left out: less than 1 ml of it is in view"],
    "vertebrae": {
        "20": {
            "name": "L1",
            "uncertainty": 0.1,
            "confidence": 0.9,
            "vertebra_confidence": 0.99,
            "cut": False,
        }
    },
    "cut": [24],
    "spine_confidence": 0.98,
    "uncertainty": {"20": 0.1},
    "uncertainty_overall": 0.1,
    "naming": {
        "statement": "L1, by the sacrum.",
        "doubt": False,
        "anchors": ["sacrum"],
        "evidence": [{"name": "sacrum", "certainty": 1, "place_ras_mm": [1.0, -2.5, 3.0]}],
        "confidence": 0.9,
        "levels": {"20": 0.9},
    },
}
CORRECTION = Correction({20: 21}, (22,), (23,), {21: (1.0, 2.0, 3.5)}).to_json()
ENGINES = {
    "engine": "builtin",
    "engine_name": "Vertebase spine engine",
    "engine_version": "0.3.0",
    "device": "cpu",
    "seconds": 26.8,
    "run": "5e1d",
    "model": {"name": "0.3.0", "number": None, "id": None, "digest": None},
    "report": REPORT,
    "correction": CORRECTION,
    "parent_run": None,
}
FUSED = {
    "method": "weighted",
    "parameters": {"weights": [1, 2], "weights_choice": "a", "left_out": {"B": "bad"}},
    "used": {"method": "weighted", "weights": [1.0, 2.0], "minimum_iou": 0.5, "clean": True},
    "inputs": [{"mask": "a1", "digest": "ef"}],
    "software": "vertebase 0.3.0",
    "seed": None,
    "findings_answered": [{"code": "island", "label": 20, "reason": "A: it is bone"}],
}
EDITED = {"session": "a1", "base": "b2", "operations": 3, "edited_voxels": 1860}
METRICS = {
    "network": "segment",
    "steps": 400,
    "seconds": 812.4,
    "cases": 6,
    "validation_before": 0.9,
    "validation_after": 0.92,
    "validation": [{"case": "c1", "label": 20, "before": 0.9, "dice": 0.92}],
}
ABOUT = {
    "spacing_mm": [1.5, 1.5, 1.5],
    "patch": [64, 64, 64],
    "labels": {"1": "L5", "2": 23},
    "clip_hu": [-1.0, 9.0],
}
MANIFEST = {
    "format": "vertebase-release-2",
    "project": "verse",
    "version": "1.0",
    "title": "Spines",
    "licence": "CC BY 4.0",
    "seed": 7,
    "fractions": {"training": 0.5, "validation": 0, "test": 0.5},
    "embargo_until": "2027-01-01",
    "software": "vertebase 0.3.0",
    "counts": {
        "patients": 1,
        "series": 1,
        "vertebrae": 2,
        "fractures": 0,
        "splits": {"test": {"patients": 1, "series": 1, "vertebrae": None, "fractures": None}},
    },
    "sealed": {"path": "test/manifest.json", "opens_on": "2027-01-01", "sha256": "ab"},
    "cases": [
        {"subject": "sub-1", "series": 1, "split": "test"},
        {
            "subject": "sub-2",
            "series": 1,
            "split": "training",
            "mask_digest": "cd",
            "mask_source": "rater",
            "levels": ["L1"],
        },
    ],
    "files": [{"path": "README.md", "split": None, "size_bytes": 3, "sha256": "ef"}],
    "layouts": {"bids": [{"path": "b", "split": "test", "size_bytes": 1, "sha256": "01"}]},
}
SEALED = {
    "format": "vertebase-sealed-1",
    "salt": "s",
    "project": "verse",
    "version": "1.0",
    "counts": {"patients": 1, "series": 1, "vertebrae": 2, "fractures": 0},
    "cases": MANIFEST["cases"],
    "files": MANIFEST["files"],
    "layouts": {},
}
ANSWER = {
    "slot": "A",
    "grade": 2,
    "fracture_type": "wedge",
    "foreign_material": "none",
    "comment": "old",
    "not_gradable_reason": "",
    "deformity": "",
    "osteoporotic": True,
    "transitional": False,
}
CASES = {"source": "accepted", "reference": "", "validation": [], "train": [{"id": "a", "patient": "P1"}]}
WHOLE: list[tuple[type[Report], Any]] = [
    (EngineReport, REPORT),
    (Provenance, ENGINES),
    (Provenance, FUSED),
    (Provenance, EDITED),
    (Provenance, {"reason": "blank start"}),
    (CorrectionPlan, CORRECTION),
    (ReaderAnswer, ANSWER),
    (TrainingMetrics, METRICS),
    (TrainingSettings, {"steps": 4, "learning_rate": 3e-4, "synthetic_share": 0.3, "seed": 1}),
    (ModelConfig, {"about": ABOUT}),
    (TrainingSet, CASES),
    (Manifest, MANIFEST),
    (SealedManifest, SEALED),
    *((AskedRule, rule.to_json()) for rule in default_rules()),
]


def unnamed(read: Any) -> list[str]:
    """Parts that a model of other programs' words keeps without knowing them."""
    if isinstance(read, Stored):
        inner = [getattr(read, name) for name in type(read).model_fields]
        return [*(read.model_extra or {}), *(name for part in inner for name in unnamed(part))]
    if isinstance(read, dict | tuple):
        parts = read.values() if isinstance(read, dict) else read
        return [name for part in parts for name in unnamed(part)]
    return []


@pytest.mark.parametrize(("model", "told"), WHOLE)
def test_what_was_stored_is_read_whole(model: type[Report], told: dict[str, Any]) -> None:
    read = model.read(copy.deepcopy(told))
    assert lost(told, read.to_json()) == []
    assert unnamed(read) == []


@pytest.mark.parametrize("model", sorted({model for model, _ in WHOLE} - {AskedRule}, key=str))
def test_a_row_from_before_there_was_anything_is_read(model: type[Stored]) -> None:
    assert set(model.read({}).to_json()) == set(model.model_fields)


def test_another_engine_may_say_what_it_likes() -> None:
    """Parts of a wrong kind are not told, parts without a name of ours stay, and nothing is made up."""
    told = {"notes": "fine", "cut": [6, "L1"], "uncertainty": {"20": 0.1}, "folds": 5, "naming": "L1 to L3"}
    read = EngineReport.read({**told, "vertebrae": {"20": {"uncertainty": "low", "colour": "red"}}})
    assert (read.notes, read.cut, read.uncertainty) == ((), (6,), {"20": 0.1})
    assert read.kept() == {
        "cut": [6],
        "uncertainty": {"20": 0.1},
        "folds": 5,
        "naming": {"statement": "L1 to L3"},
        "vertebrae": {"20": {"colour": "red"}},
    }
    assert Provenance.read(
        {"model": {"number": "one"}, "inputs": [{"digest": "ab"}, {"mask": "m"}]}
    ).kept() == {
        "model": {},
        "inputs": [{"mask": "m"}],
    }
    assert Provenance.read({"why": "a test", "operations": "no"}).kept() == {"why": "a test"}
    with pytest.raises(Invalid):
        EngineReport.read(["no report"])


def test_answers_from_before_a_field_was_asked_are_read() -> None:
    bare = dict.fromkeys(ANSWER) | {"slot": "B"}
    assert ReaderAnswer.read(bare) == ReaderAnswer(slot="B")
    with pytest.raises(Invalid):
        ReaderAnswer.read(bare | {"grade": "two"})


@pytest.mark.parametrize(("model", "told"), [(Manifest, MANIFEST), (SealedManifest, SEALED)])
def test_a_manifest_is_written_byte_for_byte_as_before(model: Any, told: dict[str, Any]) -> None:
    assert to_json(model.read(told).written()) == to_json(told)


def test_a_correction_says_whether_it_changes_anything() -> None:
    assert CorrectionPlan.read(CORRECTION).corrects
    assert not CorrectionPlan.read({}).corrects
