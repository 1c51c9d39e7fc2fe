"""What all tables of permissions share: every answer is held against the schema, too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backend.pipeline.registry import training_cases
from tests.backend import test_corrections, test_models
from tests.support.contract import watching


@pytest.fixture(autouse=True)
def as_described() -> Iterator[None]:
    """No answer of a test has a status, header or form that the schema does not tell of."""
    with watching() as faults:
        yield
    assert sorted(set(faults)) == []


@pytest.fixture
def small_engines(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small engines in place of the networks, and training on cases that a test says are accepted."""
    settings.VERTEBASE_ENGINES = {
        "builtin": f"{test_models.__name__}.WithWeights",
        "corrects": f"{test_corrections.__name__}.Corrects",
        "imported": "backend.pipeline.engines.built_in.ImportedMaskEngine",
        "empty": "backend.pipeline.engines.built_in.EmptyMaskEngine",
    }
    loader = {"torch": f"{test_models.__name__}.WithWeights"}
    settings.VERTEBASE_MODEL_LOADERS = settings.VERTEBASE_MODEL_LOADERS | loader
    settings.VERTEBASE_TRAINER = "tests.backend.small_trainer"
    monkeypatch.setattr(training_cases, "_sources", {})
    training_cases.register_training_source("accepted", test_models.accepted, test_models.choices)
