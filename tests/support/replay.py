"""The same rows again: what many tests of a file begin with is made once, and put back for the next test.

A case on its way to acceptance is a thousand statements; to put its rows back is a few dozen. A step (a
function marked ``replayable``) is put back only where the database holds what it held when the step was first
carried out: nothing, or the rows of the steps before it, with no statement between them that wrote. Only
files with the mark ``replays`` do so, each by itself and for a few minutes, so that no test depends on what
another file's tests have set, and no row is old.
"""

from __future__ import annotations

import functools
import hashlib
import pickle
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any, ParamSpec, TypeVar

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from backend.common.models import Blob

P = ParamSpec("P")
T = TypeVar("T")

OLD_SECONDS = 240.0
REPLACES = ("setattr", "setitem", "setenv", "delattr", "delitem", "delenv")
READS = ("SELECT", "SAVEPOINT", "RELEASE", "PRAGMA", "SET", "BEGIN", "EXPLAIN")
NOW = timezone.now
Rows = sqlite3.Connection | dict[str, bytes]


@dataclass(frozen=True)
class Kept:
    """What a step left, and what it gave back, pickled."""

    rows: Rows
    files: tuple[str, ...]
    answer: bytes
    at: float

    @property
    def usable(self) -> bool:
        return time.monotonic() - self.at < OLD_SECONDS and all(map(default_storage.exists, self.files))


@dataclass
class Tape:
    """The steps that one test has taken since its database was empty, as long as nothing else wrote."""

    file: str
    steps: str | None = ""
    inside: bool = False
    thread: int = field(default_factory=get_ident)

    def wrote(self) -> None:
        if not self.inside:
            self.steps = None


@dataclass
class Shelf:
    """What is kept, of one process."""

    kept: dict[str, Kept] = field(default_factory=dict)
    tape: Tape | None = None


shelf = Shelf()


@contextmanager
def replaying(file: str) -> Iterator[None]:
    """Replay within this test of a file; its database is empty now."""
    tape = shelf.tape = Tape(file)

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.lstrip("( \n").upper().startswith(READS):
            tape.wrote()
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(watch):
            yield
    finally:
        shelf.tape = None


def puts_own_parts_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no step be put back or kept once a test has replaced a part by ``monkeypatch``."""

    def noted(put: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(put)
        def note(*args: Any, **kwargs: Any) -> Any:
            if shelf.tape is not None:
                shelf.tape.wrote()
            return put(*args, **kwargs)

        return note

    for name in REPLACES:
        setattr(monkeypatch, name, noted(getattr(monkeypatch, name)))


def replayable(step: Callable[P, T]) -> Callable[P, T]:
    """Mark a step; where it cannot be put back it is carried out, as without the mark."""

    @functools.wraps(step)
    def replayed(*args: P.args, **kwargs: P.kwargs) -> T:
        tape = shelf.tape
        name = None if tape is None else _name(tape, step, args, kwargs)
        if tape is None or name is None:
            return step(*args, **kwargs)
        kept = shelf.kept.get(name)
        tape.inside = True
        try:
            if kept is None or not kept.usable:
                answer = step(*args, **kwargs)
                shelf.kept[name] = Kept(_taken(), _files(), pickle.dumps(answer), time.monotonic())
            else:
                _put_back(kept.rows)
                cache.clear()
                answer = pickle.loads(kept.answer)
            tape.steps = name
        except BaseException:
            tape.steps = None
            raise
        finally:
            tape.inside = False
        return answer

    return replayed


def _name(tape: Tape, step: Callable[..., Any], args: Any, kwargs: Any) -> str | None:
    """The step after all before it; None where it cannot be told from another, or a test turns the clock."""
    if get_ident() != tape.thread:  # its connection is another one
        tape.wrote()
    if tape.steps is None or tape.inside or connection.in_atomic_block or timezone.now is not NOW:
        return None
    try:
        given = pickle.dumps((args, kwargs))
    except (pickle.PicklingError, AttributeError, TypeError):  # a function of the test's own
        return None
    said = (tape.file, tape.steps, step.__module__, step.__qualname__)
    return hashlib.sha256("\n".join(said).encode() + given).hexdigest()


def _files() -> tuple[str, ...]:
    return tuple(blob.storage_name for blob in Blob.objects.all())


def _tables() -> list[str]:
    return connection.introspection.table_names()


def _taken() -> Rows:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        connection.connection.backup(copy)
        return copy
    rows = {}
    with connection.cursor() as cursor:
        for table in _tables():
            with cursor.copy(f'COPY "{table}" TO STDOUT') as out:
                data = b"".join(bytes(block) for block in out)
            if data:
                rows[table] = data
    return rows


def _put_back(rows: Rows) -> None:
    if isinstance(rows, sqlite3.Connection):
        connection.ensure_connection()
        rows.backup(connection.connection)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        emptied = "; ".join(f'DELETE FROM "{table}"' for table in _tables() if table != "django_migrations")
        cursor.execute(f"SET LOCAL session_replication_role = replica; {emptied}")
        for table, data in rows.items():
            if table == "django_migrations":
                continue
            with cursor.copy(f'COPY "{table}" FROM STDIN') as into:
                into.write(data)
