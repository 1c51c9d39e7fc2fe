"""How much a stored JSON value holds, counted by the database instead of read."""

from __future__ import annotations

from typing import Any

from django.db.models import Func, IntegerField


class KeyCount(Func):
    """How many keys an object has; 0 where there is none."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        template = "(SELECT COUNT(*) FROM json_each(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        template = "(SELECT COUNT(*) FROM jsonb_object_keys(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **extra)


class ListLength(Func):
    """How many values a list has."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function="json_array_length", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function="jsonb_array_length", **extra)
