"""Kinds of columns and expressions that Django does not have."""

from __future__ import annotations

import json
from typing import Any

from django.db import models


class OrderedJSONField(models.JSONField):
    """JSON whose keys keep the order in which they were put: PostgreSQL's own type sorts them by length.

    For what is sent as it was stored and never searched: levels run from the head down, classes from low to
    high, in tables, plots and files. It is kept as text.
    """

    def get_internal_type(self) -> str:
        return "TextField"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> str | None:
        return None if value is None else json.dumps(value, allow_nan=False)


class TextOfUuid(models.Func):
    """A UUID's usual text, with its dashes, for rows that keep ids of many kinds as text.

    SQLite keeps UUIDs as 32 digits; the text has to be put together there.
    """

    arity = 1
    output_field = models.CharField()

    template = "(%(expressions)s)::text"

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        column, values = compiler.compile(self.source_expressions[0])
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        text = " || '-' || ".join(f"substr({column}, {begin}, {length})" for begin, length in parts)
        return f"({text})", tuple(values) * len(parts)


class TextAt(models.Func):
    """The text under some keys of JSON that is kept as text (`OrderedJSONField`); null where none is."""

    arity = 1
    output_field = models.TextField()

    def __init__(self, expression: str, *keys: str) -> None:
        super().__init__(expression)
        self.keys = keys

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        column, values = compiler.compile(self.source_expressions[0])
        return f"json_extract({column}, %s)", (*values, "$." + ".".join(self.keys))

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        column, values = compiler.compile(self.source_expressions[0])
        return f"(({column})::jsonb #>> %s)", (*values, list(self.keys))
