"""Letting a test database be emptied again after a test froze a release.

The triggers that hold a frozen release would refuse the clean-up as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace

from django.db import connection

from backend.challenge import models as challenge
from backend.releases import models


@contextmanager
def thawed_afterwards() -> Iterator[None]:
    """Take the triggers away at the end, delete what is frozen, and put them back."""
    try:
        yield
    finally:
        _thaw()


@contextmanager
def unheld() -> Iterator[None]:
    """Within this, frozen releases can be changed."""
    migration = import_module("backend.releases.migrations.0008_publishing")
    editor = SimpleNamespace(connection=connection)
    migration.drop(None, editor)
    try:
        yield
    finally:
        migration.create(None, editor)


def _thaw() -> None:
    with unheld():
        for model in (
            challenge.CaseRescore,
            challenge.Rescoring,
            challenge.CaseScore,
            challenge.SignedResult,
            challenge.EvaluationKey,
            challenge.Submission,
            challenge.TeamMember,
            challenge.Team,
            challenge.Phase,
            challenge.Challenge,
            models.SealedAccess,
            models.EmbargoOpening,
            models.Custodian,
            models.FaultReport,
            models.Erratum,
            models.DownloadRecord,
            models.AccessRequest,
            models.Publication,
            models.TermsAcceptance,
            models.ReleaseFile,
            models.ReleaseItem,
            models.ReleasePatient,
            models.Release,
        ):
            model.objects.all().delete()
