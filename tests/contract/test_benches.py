"""The benchmarks are run by hand: nothing else would tell that one names what is there no more."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from tests import bench


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(bench.__path__)])
def test_a_benchmark_can_be_loaded(name: str) -> None:
    assert importlib.import_module(f"tests.bench.{name}").__doc__
