"""docker-compose.yml holds what the operations guide promises, and is valid."""

from __future__ import annotations

import re

import pytest
import yaml
from compose_spec import PyCompose

from backend.projects.shipped_rules import DOCUMENT
from tests.deployment.compose import (
    COMPOSE_FILE,
    ROOT,
    VARIABLE,
    MissingVariable,
    Service,
    example_variables,
    fill_in,
    services,
)

ONE_SHOT = {"prepare"}
NO_ADDRESS_TO_ASK = {"sweep"}


@pytest.fixture(scope="module")
def stack() -> dict[str, Service]:
    return services(example_variables())


def test_it_is_valid_by_the_compose_specification() -> None:
    filled = yaml.safe_load(fill_in(COMPOSE_FILE.read_text(), example_variables()))
    compose = PyCompose.from_yaml(yaml.safe_dump(filled))
    compose.validate()
    compose.validate_volumes()
    compose.validate_networks()
    assert "web" in compose.service_names()


def test_it_has_every_part_of_the_site(stack: dict[str, Service]) -> None:
    parts = {
        "database",
        "broker",
        "store",
        "prepare",
        "web",
        "worker-cpu",
        "worker-gpu",
        "worker-io",
        "sweep",
        "edge",
    }
    assert parts <= set(stack)


def test_every_queue_has_a_worker(stack: dict[str, Service]) -> None:
    from backend.common.queues import QUEUES

    commands = [service.command for service in stack.values() if "--queues" in service.command]
    served = {queue for command in commands for queue in command[command.index("--queues") + 1].split(",")}
    assert served == set(QUEUES)


def test_every_lasting_service_restarts_and_has_a_health_check(stack: dict[str, Service]) -> None:
    for name, service in stack.items():
        if name in ONE_SHOT:
            continue
        assert service.raw["restart"] == "unless-stopped", name
        assert name in NO_ADDRESS_TO_ASK or service.health_command, name


def test_what_a_service_waits_for_exists_and_can_become_healthy(stack: dict[str, Service]) -> None:
    for service in stack.values():
        for needed, how in service.raw.get("depends_on", {}).items():
            assert needed in stack
            if how["condition"] == "service_healthy":
                assert stack[needed].health_command


def test_only_nginx_is_published(stack: dict[str, Service]) -> None:
    assert [name for name, service in stack.items() if "ports" in service.raw] == ["edge"]


def test_no_image_floats(stack: dict[str, Service]) -> None:
    for service in stack.values():
        assert re.search(r":[\w.-]*\d[\w.-]*$", service.raw["image"]), service.raw["image"]


def test_the_example_environment_names_every_variable_that_is_asked_for() -> None:
    asked = {match["name"] for match in VARIABLE.finditer(COMPOSE_FILE.read_text())}
    assert asked <= set(example_variables())


def test_a_secret_that_is_not_set_stops_the_start() -> None:
    variables = example_variables() | {"DJANGO_SECRET_KEY": ""}
    with pytest.raises(MissingVariable, match="DJANGO_SECRET_KEY"):
        services(variables)


def test_the_image_copies_only_what_is_there() -> None:
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    copies = [
        line.split()[1:-1]
        for line in dockerfile.splitlines()
        if line.startswith("COPY ") and "--from" not in line
    ]
    for source in (name for names in copies for name in names):
        assert (ROOT / source).exists(), source


def test_the_image_holds_the_documents_that_the_product_shows() -> None:
    stages = (ROOT / "docker" / "Dockerfile").read_text().split("\nFROM ")
    copied = {
        stage.split(" AS ")[1].split()[0]: re.findall(r"^COPY (docs/\S*|\S+\.md) ", stage, re.M)
        for stage in stages[1:]
    }
    assert copied["pages"] == ["docs/", "backend/client/README.md"]
    assert copied["site"] == [DOCUMENT]
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not any(line.strip("/") == "docs" for line in ignored)


def test_every_stage_that_compose_builds_is_in_the_dockerfile(stack: dict[str, Service]) -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\w+)$", (ROOT / "docker" / "Dockerfile").read_text(), re.M))
    targets = {service.raw["build"]["target"] for service in stack.values() if "build" in service.raw}
    assert targets <= stages
