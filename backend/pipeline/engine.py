"""What an engine is, and how the site finds one: by name in settings, then by dotted path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from backend.common.errors import Invalid, Unavailable
from backend.imaging.models import Volume
from backend.imaging.selectors import has_imported_mask
from backend.projects.models import Project
from backend.projects.selectors import protocol_of
from backend.science.engine_api import EngineRequest, EngineResult, StageProgress

AUTO = "auto"


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


def make_engine(key: str) -> Engine:
    """A new engine of the registered name.

    Raises
    ------
    UnknownEngine, EngineNotAtHand
        no such name in settings; its code cannot be imported here.
    """
    path = settings.VERTEBASE_ENGINES.get(key)
    if path is None:
        raise UnknownEngine(message=f"There is no engine {key!r}.")
    try:
        return cast("Engine", import_string(path)())
    except ImportError as exc:
        raise EngineNotAtHand(message=f"The engine {key!r} cannot be loaded: {exc}") from exc


def is_installed(key: str) -> bool:
    """Whether the engine's module is there, without loading it (it may bring a whole framework along)."""
    module = settings.VERTEBASE_ENGINES.get(key, "").rpartition(".")[0]
    try:
        return bool(module) and find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def engine_for(volume: Volume, project: Project, asked: str | None = None) -> str:
    """The name of the engine to run: the one asked for, else the protocol's, else what suits the volume."""
    key = asked or protocol_of(project).engine
    if key == AUTO:
        if has_imported_mask(volume):
            return "imported"
        return "builtin" if is_installed("builtin") else "empty"
    if key not in settings.VERTEBASE_ENGINES:
        raise UnknownEngine(message=f"There is no engine {key!r}.")
    return key


def list_engines() -> list[EngineEntry]:
    """Every registered engine, those that cannot be loaded with the reason."""
    return list(_entries(tuple(settings.VERTEBASE_ENGINES)))


@lru_cache(maxsize=4)
def _entries(keys: tuple[str, ...]) -> tuple[EngineEntry, ...]:
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
