"""How large a seeded project is, how its work is spread, and where its rows' ids come from."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction

BATCH = 2000  # rows of one statement
DAYS = 300  # that the project has been at work
EPOCH = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)  # "today" where nobody says another day

# Shares of the cases; of 10,000 they make 22,000 assignments.
STATES = {
    "accepted": 0.38,
    "review": 0.04,
    "adjudicate": 0.04,
    "rate": 0.15,  # somebody has begun
    "free": 0.31,
    "waiting": 0.05,
    "excluded": 0.03,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted. ``answers``: how often a rater's answer on one vertebra was written, all told."""

    slug: str = "scale"
    series: int = 10_000
    people: int = 200
    gradings: int = 2_000_000
    seed: int = 15
    now: datetime = EPOCH


class Dice:
    """All that is drawn, from one seed: the same plan gives the same rows in any database."""

    def __init__(self, plan: Plan) -> None:
        self.draw = random.Random(plan.seed)
        self._now = plan.now

    def key(self) -> UUID:
        return UUID(int=self.draw.getrandbits(128), version=4)

    def moment(self, day: float) -> datetime:
        """A moment of the working day, ``day`` days (of `DAYS`) after the project began."""
        start = self._now - timedelta(days=DAYS - min(day, DAYS - 0.01))
        return start + timedelta(seconds=self.draw.randrange(600))

    def stored_key(self) -> Any:
        """A new id as the database driver takes it."""
        key = self.key()
        return key if connection.features.has_native_uuid_field else key.hex

    def near(self, mean: float, spread: float, low: float, high: float) -> float:
        return round(min(max(self.draw.gauss(mean, spread), low), high), 4)


@contextmanager
def own_times() -> Iterator[None]:
    """Let rows bring their own ``created_at`` and ``updated_at``: seeded work was done on many days."""
    stamped = [
        field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateTimeField) and (field.auto_now or field.auto_now_add)
    ]
    before = [(field, field.auto_now, field.auto_now_add) for field in stamped]
    try:
        for field in stamped:
            field.auto_now = field.auto_now_add = False
        yield
    finally:
        for field, now, added in before:
            field.auto_now, field.auto_now_add = now, added


M = TypeVar("M", bound=models.Model)


def put(model: type[M], rows: Iterable[M]) -> int:
    """Write rows batch by batch, so that memory does not grow with the project; how many there were."""
    columns, _ = columns_of(model)
    return put_plain(model, columns, (as_stored(row) for row in rows))


def columns_of(model: type[models.Model]) -> tuple[list[str], list[Any]]:
    """The columns that a new row fills, by name, and their fields: all but a number the database counts."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    return [str(field.column) for field in fields], fields


def as_stored(row: models.Model) -> list[Any]:
    """The values of a row as the database driver takes them, in the order of `columns_of`."""
    _, fields = columns_of(type(row))
    return [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]


def put_plain(model: type[models.Model], columns: list[str], rows: Iterable[list[Any]]) -> int:
    """The same for values as the driver takes them: COPY on PostgreSQL. The ORM's way takes far longer."""
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    target = f"{connection.ops.quote_name(model._meta.db_table)} ({names})"
    left, count = iter(rows), 0
    with transaction.atomic(), connection.cursor() as cursor:
        while some := list(islice(left, BATCH)):
            _write(cursor, target, some)
            count += len(some)
    return count


def _write(cursor: Any, target: str, rows: list[list[Any]]) -> None:
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {target} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join(["%s"] * len(rows[0]))
    cursor.executemany(f"INSERT INTO {target} VALUES ({places})", rows)
