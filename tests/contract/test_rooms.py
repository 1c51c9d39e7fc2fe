"""The house keeps its order: views hold no queries, reads write nothing, an address leads to its file.

What an import can show is kept by the contracts in ``pyproject.toml``; here is what only the code shows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern

from backend.config.urls import API_MODULES, PROGRAM_MODULES

BACKEND = Path(__file__).parents[2] / "backend"
MAX_LINES = 400
WRITES = {
    "save",
    "create",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "select_for_update",
    "publish",
}
QUERIES = {
    *WRITES,
    "objects",
    "every",
    "filter",
    "exclude",
    "annotate",
    "order_by",
    "select_related",
    "prefetch_related",
    "values_list",
    "exists",
    "refresh_from_db",
}


def sources(*patterns: str) -> list[Path]:
    """Files of the back end below any folder, without migrations."""
    return sorted({path for pattern in patterns for path in BACKEND.rglob(pattern)})


# what all views stand on, and two interfaces of science: no views
NO_VIEWS = {BACKEND / name for name in ("common/api.py", "science/engine_api.py", "science/training_api.py")}
VIEWS = [path for path in sources("api.py", "*_api.py", "api/*.py") if path not in NO_VIEWS]
READS = sources("selectors.py", "*_selectors.py", "selectors/*.py")


def used(source: str, names: set[str]) -> Iterator[str]:
    """Attributes of those names, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in names:
            yield f"{node.lineno}: .{node.attr}"


def name_of(path: Path) -> str:
    return str(path.relative_to(BACKEND))


@pytest.mark.parametrize("path", VIEWS, ids=name_of)
def test_views_hold_no_queries(path: Path) -> None:
    assert list(used(path.read_text(), QUERIES)) == []


@pytest.mark.parametrize("path", READS, ids=name_of)
def test_reads_write_nothing(path: Path) -> None:
    assert list(used(path.read_text(), WRITES)) == []


def test_the_rules_see_a_query_and_a_write() -> None:
    view = "def get(self):\n    return Case.objects.filter(pk=1).first()\n"
    assert list(used(view, QUERIES)) == ["2: .filter", "2: .objects"]
    assert list(used("case.save()\n", WRITES)) == ["1: .save"]
    assert BACKEND / "annotation" / "work" / "api" / "assignments.py" in VIEWS
    assert BACKEND / "annotation" / "quality" / "selectors" / "training.py" in READS


@pytest.mark.parametrize("module", API_MODULES)
def test_an_address_leads_to_its_file(module: str) -> None:
    name = f"backend.{module}"
    patterns = [pattern for pattern in import_module(name).urlpatterns if isinstance(pattern, URLPattern)]
    assert patterns
    callbacks: list[Any] = [pattern.callback for pattern in patterns]
    assert {callback.view_class.__module__ for callback in callbacks} == {name}


def test_every_module_with_addresses_is_listed() -> None:
    listed = {BACKEND / f"{module.replace('.', '/')}.py" for module in (*API_MODULES, *PROGRAM_MODULES)}
    assert {path for path in VIEWS if "\nurlpatterns" in path.read_text()} == listed


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    written = (path for path in sources("*.py") if not path.stem.endswith("_generated"))
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in written}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}
