"""Rows that are put back are those that were made, and only where nothing else was written."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from backend.accounts.models import User
from backend.common.models import Blob
from backend.common.storage import put_blob
from tests.backend import factories
from tests.support.replay import puts_own_parts_in, replayable, replaying

pytestmark = pytest.mark.django_db(transaction=True)
made: list[str] = []


@replayable
def somebody(name: str) -> UUID:
    made.append(name)
    put_blob(data=b"a file of " + name.encode())
    return factories.make_user(name).pk


@pytest.fixture(autouse=True)
def nothing_made() -> None:
    made.clear()


def emptied() -> None:
    """As after a test."""
    call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)


def test_steps_are_put_back_as_they_were(tmp_path: Path) -> None:
    with replaying(str(tmp_path)):
        first, second = somebody("a"), somebody("b")
        rows = list(User.objects.order_by("pk").values())
    emptied()
    with replaying(str(tmp_path)):
        assert somebody("a") == first
        assert User.objects.get().pk == first
        assert somebody("b") == second
        assert list(User.objects.order_by("pk").values()) == rows
        assert Blob.objects.count() == 2
    assert made == ["a", "b"]


def test_after_anything_else_was_written_a_step_is_taken(tmp_path: Path) -> None:
    with replaying(str(tmp_path)):
        somebody("a")
        somebody("b")
    emptied()
    with replaying(str(tmp_path)):
        somebody("a")
        User.objects.update(last_name="another")
        somebody("b")
        assert User.objects.filter(last_name="another").count() == 1
    assert made == ["a", "b", "b"]


def test_after_a_test_put_its_own_part_in_a_step_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with replaying(str(tmp_path)):
        somebody("a")
        somebody("b")
    emptied()
    puts_own_parts_in(monkeypatch)
    with replaying(str(tmp_path)):
        somebody("a")
        monkeypatch.setenv("VERTEBASE_PART", "another")
        somebody("b")
    assert made == ["a", "b", "b"]


def test_each_file_makes_its_own_and_without_the_mark_all_do(tmp_path: Path) -> None:
    for file in ("one", "other"):
        with replaying(str(tmp_path / file)):
            somebody("a")
        emptied()
    somebody("a")
    assert made == ["a", "a", "a"]


def test_rows_whose_file_is_gone_are_made_anew(tmp_path: Path) -> None:
    with replaying(str(tmp_path)):
        somebody("a")
    default_storage.delete(Blob.objects.get().storage_name)
    emptied()
    with replaying(str(tmp_path)):
        somebody("a")
    assert made == ["a", "a"]
