"""A client that a stock generator makes from the schema reads every list of a running site."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from backend.accounts.models import User
from backend.accounts.services import create_token
from backend.annotation.models import Assignment, TaskKind
from tests.backend import contest
from tests.backend.factories import make_user
from tests.backend.thaw import thawed_afterwards
from tests.permissions import test_lower, world
from tests.permissions.asking import signed_in

# That answers are as the schema says every test of permissions shows; here, that a stock client reads them.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PACKAGE = "vertebase_client"
# What the generator has no reading of its own for; of lists none
BYTES = (
    *("application/zip", "application/offset+octet-stream", "image/png", "image/svg+xml"),
    *("application/vnd.vertebase.mask", "application/vnd.vertebase.surfaces"),
)
CONFIGURATION = {
    "post_hooks": [],
    "package_name_override": PACKAGE,
    "content_type_overrides": dict.fromkeys(BYTES, "application/octet-stream") | {"text/csv": "text/plain"},
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "openapi.yaml"
    call_command("spectacular", "--file", str(path))
    return path


@pytest.fixture(scope="module")
def package(schema: Path) -> Iterator[str]:
    """The generated client, to be imported by its name; a warning of the generator is a failure."""
    folder = schema.parent
    configuration = folder / "client.yaml"
    configuration.write_text(yaml.safe_dump(CONFIGURATION))
    generator = Path(sys.executable).parent / "openapi-python-client"
    command = [str(generator), "generate", "--fail-on-warning", "--meta", "none"]
    command += ["--path", str(schema), "--config", str(configuration), "--output-path", str(folder / PACKAGE)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield PACKAGE
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


def lists(schema: Path) -> dict[str, dict[str, Any]]:
    """The GET operations that answer with several of a kind, by path."""
    found = {}
    for path, methods in yaml.safe_load(schema.read_text())["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        told = content.get("application/json", {}).get("schema", {})
        if told.get("type") == "array" or "/Paginated" in told.get("$ref", ""):
            found[path] = methods["get"]
    return found


# What the blanks of an address are filled with, by its first word: an id, or several in a tuple.
Subjects = dict[str, list[Any]]


def upper() -> tuple[list[User], Subjects]:
    """People of a project with work in every state, and what they ask about."""
    made = world.make_world()
    review = Assignment.objects.get(task__case=made.accepted, task__kind=TaskKind.REVIEW)
    subjects: Subjects = {
        "projects": [made.team.project.slug],
        "assignments": [made.open_work.pk, review.pk],
        "cases": [made.accepted.pk],
        "releases": [made.release.pk],
    }
    readers = [made.people[name] for name in ("manager", "rater_a", "second")]
    return [*readers, make_user("administrator", is_staff=True)], subjects


def lower() -> tuple[list[User], Subjects]:
    """The manager of a project with uploads, runs, models and scans that look the same."""
    made = test_lower.make_world()
    test_lower.held_mask(made)
    test_lower.same_scan(made)
    manager = made.people["manager"]
    assert manager is not None
    webhook = test_lower.webhook(made).rpartition("/")[2]
    return [manager], {"projects": [made.project.slug, (made.project.slug, webhook)]}


def contested() -> tuple[list[User], Subjects]:
    """The manager of a project with an open challenge."""
    made = contest.make_contest()
    return [made.manager], {"challenges": [(made.challenge.pk, "validation")]}


def test_a_generated_client_reads_every_list(package: str, schema: Path, live_server: Any) -> None:
    made = importlib.import_module(package)
    wanted, read, filled = lists(schema), set(), set()
    assert len(wanted) > 25
    for people, subjects in (upper(), lower(), contested()):
        tokens = [create_token(user=user, name="reads")[1] for user in people]
        strict = {"raise_on_unexpected_status": True}
        clients = [made.AuthenticatedClient(live_server.url, token, **strict) for token in tokens]
        # what no token may read: one's own tokens, the administration of the site
        for person in {people[0], people[-1]}:
            cookies = {"sessionid": signed_in(person).cookies["sessionid"].value}
            clients.append(made.Client(live_server.url, cookies=cookies, **strict))
        for path, operation in wanted.items():
            words = path.removeprefix("/api/v1/").split("/")
            where = f"{package}.api.{operation['tags'][0].replace('-', '_')}.{operation['operationId']}"
            ask = importlib.import_module(where).sync_detailed
            blanks = [one if isinstance(one, tuple) else (one,) for one in subjects.get(words[0], [])]
            arguments = [one for one in blanks if len(one) == path.count("{")] if "{" in path else [()]
            for client in clients:
                for values in arguments:
                    answer = ask(*values, client=client)
                    if answer.status_code != 200:
                        continue
                    rows = json.loads(answer.content)
                    rows = rows["results"] if isinstance(rows, dict) else rows
                    parsed = answer.parsed if isinstance(answer.parsed, list) else answer.parsed.results
                    assert len(parsed) == len(rows), path
                    read.add(path)
                    filled |= {path} if rows else set()
    assert sorted(set(wanted) - read) == [], "nobody could read it"
    assert len(filled) > len(wanted) / 2, "an empty list shows little"
