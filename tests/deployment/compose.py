"""Reading docker-compose.yml: variables filled in, commands as argument lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
EXAMPLE_ENV = ROOT / "docker" / "example.env"
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


class MissingVariable(KeyError):
    """A variable that the compose file demands and nobody set."""


@dataclass(frozen=True)
class Service:
    name: str
    raw: dict[str, Any]

    @property
    def command(self) -> list[str]:
        return list(self.raw.get("command", []))

    @property
    def environment(self) -> dict[str, str]:
        """Compose fills in variables after it has read the file: one left empty is "", not no value."""
        given = self.raw.get("environment", {})
        return {name: "" if value is None else value for name, value in given.items()}

    @property
    def health_command(self) -> list[str]:
        """What the health check runs, a shell command as `sh -c`."""
        kind, *rest = self.raw["healthcheck"]["test"]
        return ["sh", "-c", rest[0]] if kind == "CMD-SHELL" else rest


def fill_in(text: str, variables: dict[str, str]) -> str:
    """Replace `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `$$` as Compose does."""

    def value(match: re.Match[str]) -> str:
        found = variables.get(match["name"], "")
        if found:
            return found
        if match["kind"] == "-":
            return match["rest"]
        raise MissingVariable(match["name"])

    return VARIABLE.sub(value, text).replace("$$", "$")


def services(variables: dict[str, str]) -> dict[str, Service]:
    """The services by name, YAML's anchors and merges resolved."""
    document = yaml.safe_load(fill_in(COMPOSE_FILE.read_text(), variables))
    return {name: Service(name, raw) for name, raw in document["services"].items()}


def example_variables() -> dict[str, str]:
    """`docker/example.env` as a person would fill it in: every empty value gets one."""
    lines = [
        line for line in EXAMPLE_ENV.read_text().splitlines() if "=" in line and not line.startswith("#")
    ]
    pairs = dict(line.split("=", 1) for line in lines)
    return {name: value or f"filled-in-{name.lower()}" for name, value in pairs.items()}
