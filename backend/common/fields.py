"""Kinds of columns that Django does not have."""

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
