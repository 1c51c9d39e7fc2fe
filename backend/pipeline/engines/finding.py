"""What an engine is, and how the site finds one: by name in settings, then by dotted path."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from backend.common.errors import Invalid, Unavailable
from backend.imaging.models import Volume
from backend.imaging.selectors import has_imported_mask
from backend.pipeline.models import ModelVersion
from backend.projects.models import Project
from backend.projects.selectors import protocol_of
from backend.science.engine_api import EngineRequest, EngineResult, StageProgress

logger = logging.getLogger(__name__)

AUTO = "auto"
IMPORTED = "imported"  # takes the mask that came with the CT


class Engine(Protocol):
    """Anything that makes a labelled mask from a CT. Made anew for each run, after the worker has forked."""

    name: str
    version: str
    stages: tuple[str, ...]

    def run(
        self,
        request: EngineRequest,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> EngineResult:
        """Segment ``request.volume``; call ``progress`` often and stop soon after ``cancelled()`` is true."""
        ...


class UnknownEngine(Invalid):
    code = "unknown_engine"
    message = "There is no engine of this name."


class EngineNotAtHand(Unavailable):
    code = "engine_not_at_hand"
    message = "This engine is not installed."


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """An engine as listed to people."""

    key: str
    name: str
    version: str
    stages: tuple[str, ...]
    available: bool
    problem: str = ""


def _entry_of(key: str) -> tuple[str, dict[str, Any]]:
    """The dotted path of a registered engine and what it is made with."""
    entry = settings.VERTEBASE_ENGINES.get(key)
    if entry is None:
        raise UnknownEngine(message=f"There is no engine {key!r}.")
    if isinstance(entry, str):
        return entry, {}
    return str(entry["path"]), dict(entry.get("options", {}))


def make_engine(key: str, folder: Path | None = None, model: ModelVersion | None = None) -> Engine:
    """A new engine of the registered name, with the weights in ``folder`` in place of its own where given.

    Raises
    ------
    UnknownEngine, EngineNotAtHand
        no such name in settings; its code cannot be imported here, or it cannot work as it is.
    """
    if folder is not None and model is not None:
        path, options = settings.VERTEBASE_MODEL_LOADERS[model.framework], {"folder": folder}
    else:
        path, options = _entry_of(key)
    try:
        return cast("Engine", import_string(path)(**options))
    except ImportError as exc:
        raise EngineNotAtHand(message=f"The engine {key!r} cannot be loaded: {exc}") from exc
    except Exception as exc:  # an engine of somebody else's may raise whatever it likes
        raise EngineNotAtHand(message=f"The engine {key!r} cannot be used: {exc}") from exc


def is_installed(key: str) -> bool:
    """Whether the engine can be made here: its code is there and, where it brings weights, they are whole.

    Its code is not loaded where its module is missing. An engine that loads its framework only when it runs
    (the built-in one does) costs no more than looking at its weights.
    """
    return _installed(key, repr(settings.VERTEBASE_ENGINES.get(key)))


@lru_cache(maxsize=16)
def _installed(key: str, entry: str) -> bool:
    try:
        module = _entry_of(key)[0].rpartition(".")[0]
        if not module or find_spec(module) is None:
            return False
        make_engine(key)
    except (UnknownEngine, EngineNotAtHand, ModuleNotFoundError) as exc:
        logger.warning("engine %s is left out: %s", key, exc)
        return False
    return True


def can_correct(key: str) -> bool:
    """Whether the engine can segment single vertebrae from given centres (its ``corrects``)."""
    try:
        return bool(getattr(make_engine(key), "corrects", False))
    except (UnknownEngine, EngineNotAtHand):
        return False


def engine_for(
    volume: Volume, project: Project, asked: str | None = None, model: ModelVersion | None = None
) -> str:
    """The name of the engine to run: the one asked for, else the protocol's, else what suits the volume.

    What suits it is the mask that came beside it, else the engine of the project's current ``model``.
    """
    key = asked or protocol_of(project).engine
    if key == AUTO:
        if has_imported_mask(volume):
            return IMPORTED
        if model is not None:
            return model.engine
        return "builtin" if is_installed("builtin") else "empty"
    if key not in settings.VERTEBASE_ENGINES:
        raise UnknownEngine(message=f"There is no engine {key!r}.")
    return key


def list_engines() -> list[EngineEntry]:
    """Every registered engine, those that cannot be loaded with the reason."""
    return list(_entries(tuple(settings.VERTEBASE_ENGINES), repr(settings.VERTEBASE_ENGINES)))


@lru_cache(maxsize=4)
def _entries(keys: tuple[str, ...], registered: str) -> tuple[EngineEntry, ...]:
    """Looked up once in a process: loading an engine's code can take seconds."""
    entries = []
    for key in keys:
        try:
            engine = make_engine(key)
        except EngineNotAtHand as exc:
            entries.append(EngineEntry(key, key, "", (), False, str(exc)))
        else:
            entries.append(EngineEntry(key, engine.name, engine.version, tuple(engine.stages), True))
    return tuple(entries)
