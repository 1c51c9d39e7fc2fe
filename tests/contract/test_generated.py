"""What is generated from Python is committed, and has not drifted. Mend with `make api`."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from backend.client.operations_generated import Operations
from backend.common import errors
from backend.common.api import status_of
from scripts import error_codes, python_client

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "frontend"
GENERATOR = FRONTEND / "node_modules" / ".bin" / "openapi-typescript"


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The OpenAPI schema as the code makes it now; a warning of the generator fails the test."""
    path = tmp_path_factory.mktemp("schema") / "openapi.yaml"
    call_command("spectacular", "--file", str(path), "--validate", "--fail-on-warn")
    return path


def test_the_committed_api_client_is_made_from_the_present_schema(schema: Path, tmp_path: Path) -> None:
    if shutil.which("node") is None or not GENERATOR.exists():
        pytest.skip("Node or the npm packages are not installed here")
    fresh = tmp_path / "schema.d.ts"
    command = ["npm", "run", "--silent", "api", "--", str(schema), "-o", str(fresh)]
    subprocess.run(command, check=True, capture_output=True, cwd=FRONTEND)
    committed = FRONTEND / "src" / "api" / "schema.d.ts"
    assert committed.read_text() == fresh.read_text(), "the API changed: run `make api` and commit the client"


def test_the_committed_python_client_is_made_from_the_present_schema(schema: Path, tmp_path: Path) -> None:
    python_client.write(schema, tmp_path)
    for name in (python_client.WIRE, python_client.OPERATIONS):
        committed = (python_client.FOLDER / name).read_text()
        assert committed == (tmp_path / name).read_text(), "the API changed: run `make api` and commit"


def test_the_committed_label_table_is_the_present_one() -> None:
    command = [sys.executable, "-m", "backend.science", "labels", "--typescript", "--check"]
    checked = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert checked.returncode == 0, checked.stderr


def test_every_operation_states_its_answer(schema: Path) -> None:
    """An endpoint without a described success answer would give the front end `unknown`."""
    paths = yaml.safe_load(schema.read_text())["paths"]
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method in {"get", "post", "put", "patch", "delete"}
    }
    assert operations
    silent = [
        name
        for name, told in operations.items()
        if not any(code.startswith("2") for code in told["responses"])
    ]
    assert silent == []


def test_what_the_pages_ask_the_client_can_ask_too(schema: Path) -> None:
    """Pages ask by the schema's addresses alone, so that an operation of it that the client lacks is an act less."""
    paths = yaml.safe_load(schema.read_text())["paths"]
    named = {
        told["operationId"]
        for methods in paths.values()
        for told in methods.values()
        if "operationId" in told
    }
    assert len(named) > 200
    lacking = {name for name in named if not callable(getattr(Operations, name, None))}
    assert lacking == set()


def test_the_page_of_error_codes_is_made_from_the_present_code() -> None:
    assert error_codes.PAGE.read_text() == error_codes.page(), (
        "codes changed: run `make api` and commit the page"
    )
    assert {name: status_of(getattr(errors, name)()) for name in error_codes.STATUS} == error_codes.STATUS


def test_a_code_is_found_wherever_it_is_given() -> None:
    module = ast.parse("""
class Gone(Conflict):
    code = "gone"
    message = "It is gone."

class Closed(Conflict):
    code = "closed"
    message = "It is closed."

class Closed(Act):
    pass

def read(n: int) -> None:
    message = f"{n} rows" + " are too many"
    raise BadInput("too_many", message)

def ask() -> None:
    raise Invalid(code="odd", message="Say | why.")
    other("no_code", "not a refusal")
""")
    known = error_codes.kinds([module])
    found = {*error_codes.of_classes(module, known), *error_codes.of_calls(module, known)}
    assert found == {
        error_codes.Code("gone", "Conflict", "It is gone."),
        error_codes.Code("closed", "Conflict", "It is closed."),
        error_codes.Code("too_many", "BadInput", "... rows are too many"),
        error_codes.Code("odd", "Invalid", "Say | why."),
    }
    assert error_codes.cell(error_codes.Code("odd", "Invalid", "Say | why.")) == "Say \\| why."
