"""Fixtures for every kind of test: real data where it is at hand, real servers where a test asks for them."""

from __future__ import annotations

import gc
import inspect
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.contrib.contenttypes.management import create_contenttypes
from django.core.management.color import Style
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.signals import post_migrate

from tests.support.migrated import migrated_database
from tests.support.postgres import programs, temporary_postgres
from tests.support.replay import puts_own_parts_in, replaying
from tests.support.valkey import broker_url, redis_url, temporary_valkey

ROOT = Path(__file__).resolve().parents[1]

# Tests do not time things: a busy machine is no failure.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def garbage_is_looked_for_seldom() -> None:
    """Each search goes through a million objects of the libraries: a twentieth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """An SQLite database begins with its tables made, as PostgreSQL's template does; nothing of it stays."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] != "django.db.backends.sqlite3":
        return False
    shutil.copyfile(migrated_database(), database["TEST"]["NAME"])
    return True


@pytest.fixture(scope="session", autouse=True)
def nothing_waits_for_the_disk() -> Iterator[None]:
    """What a test keeps outlives no loss of power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_rows_that_nobody_reads() -> None:
    """Django writes a permission and a content type for each model after every test that commits.

    The product reads neither; who may do what stands in the roles of its projects.
    """
    assert post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    assert post_migrate.disconnect(create_contenttypes)


@pytest.fixture(scope="session", autouse=True)
def rows_are_deleted_not_tables_rebuilt() -> Iterator[None]:
    """After each test that commits Django empties PostgreSQL by TRUNCATE.

    That makes 80 tables and their indexes anew, in 200 ms; to delete a test's few rows takes 7 ms.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", delete_all_rows)
        yield


def delete_all_rows(
    operations: DatabaseOperations,
    style: Style,
    tables: Sequence[str],
    *,
    reset_sequences: bool = False,
    allow_cascade: bool = False,
) -> list[str]:
    """Statements for one transaction; triggers and foreign keys are not asked meanwhile."""
    assert not reset_sequences, "only TRUNCATE resets sequences"
    if not tables:
        return []
    deletions = "; ".join(f"DELETE FROM {operations.quote_name(table)}" for table in tables)
    return [f"SET LOCAL session_replication_role = replica; {deletions}"]


@pytest.fixture(autouse=True)
def rows_are_put_back(request: pytest.FixtureRequest) -> Iterator[None]:
    """In files with the mark `replays` (`tests/support/replay.py`).

    Until a test puts its own parts in, and in none whose threads write through connections of their own.
    """
    test = request.function
    if inspect.iscoroutinefunction(test) or request.node.get_closest_marker("replays") is None:
        yield
        return
    request.getfixturevalue("transactional_db")
    with replaying(str(request.path)):
        if "monkeypatch" in inspect.signature(test).parameters:
            puts_own_parts_in(request.getfixturevalue("monkeypatch"))
        yield


def shared_data_folder() -> Path | None:
    """The folder of real CTs: `VERTEBASE_SHARED_DATA`, or `../shared/data` beside the repository."""
    named = os.environ.get("VERTEBASE_SHARED_DATA")
    candidates = (
        [Path(named)] if named else [ROOT.parent / "shared" / "data", ROOT.parents[1] / "shared" / "data"]
    )
    return next((folder for folder in candidates if folder.is_dir()), None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real CTs and masks that are not part of the repository."""
    folder = shared_data_folder()
    if folder is None:
        pytest.skip("real data is not at hand: neither ../shared/data nor VERTEBASE_SHARED_DATA")
    return folder


@pytest.fixture(scope="session")
def valkey_socket() -> Iterator[Path]:
    """A real Valkey server for the session; flush what you put in it."""
    with temporary_valkey() as socket:
        yield socket


@pytest.fixture(scope="session")
def valkey_url(valkey_socket: Path) -> str:
    return redis_url(valkey_socket)


@pytest.fixture(scope="session")
def valkey_broker_url(valkey_socket: Path) -> str:
    return broker_url(valkey_socket)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """`DATABASE_URL` of an empty database on a temporary PostgreSQL, for tests that start processes."""
    if programs() is None:
        pytest.skip("PostgreSQL's server programs are not on this machine")
    with temporary_postgres() as url:
        yield url
