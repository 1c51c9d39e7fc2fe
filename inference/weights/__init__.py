"""The weights that ship: safetensors only, and read only when their digest is the stated one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.errors import EngineUnavailable

DIRECTORY = Path(__file__).parent
MANIFEST = "manifest.json"
NETWORKS = ("localise", "label", "segment")


@dataclass(frozen=True)
class WeightFile:
    """One network's weights: file, SHA-256, and the channels of its levels."""

    network: str
    path: Path
    sha256: str
    channels: tuple[int, ...]


@dataclass(frozen=True)
class WeightSet:
    """The weights of one version of the engine."""

    version: str
    files: dict[str, WeightFile]
    about: dict[str, Any]


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find_weights(directory: Path = DIRECTORY) -> WeightSet:
    """Read the manifest and check that each file is there with its digest.

    Raises `EngineUnavailable`, saying which file is missing or damaged.
    """
    manifest = directory / MANIFEST
    try:
        stated = json.loads(manifest.read_text())
    except FileNotFoundError as error:
        raise EngineUnavailable("no trained weights are installed with the built-in engine") from error
    except ValueError as error:
        raise EngineUnavailable(f"the weights' manifest {manifest.name} is damaged") from error
    files = {}
    for network in NETWORKS:
        entry = stated.get("networks", {}).get(network)
        if entry is None:
            raise EngineUnavailable(f"the weights' manifest names no network {network!r}")
        path = directory / Path(str(entry["file"])).name
        if not path.is_file():
            raise EngineUnavailable(f"the weights {path.name} are missing")
        if file_digest(path) != entry["sha256"]:
            raise EngineUnavailable(
                f"the weights {path.name} are damaged: their digest is not the stated one"
            )
        files[network] = WeightFile(network, path, entry["sha256"], tuple(entry["channels"]))
    about = {key: value for key, value in stated.items() if key != "networks"}
    return WeightSet(str(stated["version"]), files, about)
