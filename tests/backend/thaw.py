"""Letting a test database be emptied again after a test froze a release.

The triggers that hold a frozen release would refuse the clean-up as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace

from django.db import connection

from backend.releases import models


@contextmanager
def thawed_afterwards() -> Iterator[None]:
    """Take the triggers away at the end, delete what is frozen, and put them back."""
    try:
        yield
    finally:
        _thaw()


def _thaw() -> None:
    migration = import_module("backend.releases.migrations.0006_datasheet")
    editor = SimpleNamespace(connection=connection)
    migration.drop(None, editor)
    try:
        for model in (
            models.Erratum,
            models.DownloadRecord,
            models.TermsAcceptance,
            models.ReleaseFile,
            models.ReleaseItem,
            models.ReleasePatient,
            models.Release,
        ):
            model.objects.all().delete()
    finally:
        migration.create(None, editor)
