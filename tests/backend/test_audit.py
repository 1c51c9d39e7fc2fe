"""The chain of audit records, and what breaks it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from backend.accounts.models import User
from backend.accounts.services import create_user
from backend.audit import services
from backend.audit.acts.case_acts import VertebraDecided
from backend.audit.acts.people_acts import TokenRevoked
from backend.audit.acts.scan_acts import InclusionRulesChanged
from backend.audit.acts.verb import Verb
from backend.audit.models import ChainHead, Record
from backend.audit.services import record, record_all, verify_chain

pytestmark = pytest.mark.django_db


def three_records() -> list[Record]:
    user = create_user(email="a@x.test", password=None)
    record(actor=user, act=VertebraDecided(label=20, choice="rater", slot="C"), subject=user)
    record(actor=None, act=InclusionRulesChanged(asked=["é", "whole vertebra"]), subject=user)
    return list(Record.objects.all())


def test_an_untouched_chain_holds() -> None:
    assert len(three_records()) == 3
    assert verify_chain() is None


@pytest.mark.parametrize("change", [{"verb": "other"}, {"detail": {"label": 21}}, {"actor_id": None}])
def test_a_changed_record_is_found(change: dict[str, Any]) -> None:
    rows = three_records()
    Record.objects.filter(pk=rows[1].pk).update(**change)
    fault = verify_chain()
    assert fault is not None
    assert fault.sequence == rows[1].pk


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_removed_record_is_found_even_at_the_end(position: int) -> None:
    rows = three_records()
    Record.objects.filter(pk=rows[position].pk).delete()
    assert verify_chain() is not None


def test_the_command_says_where_the_chain_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    rows = three_records()
    call_command("verify_audit")
    assert "holds: 3 records" in capsys.readouterr().out
    Record.objects.filter(pk=rows[1].pk).update(verb="other")
    with pytest.raises(CommandError, match=f"record {rows[1].pk}: it was changed"):
        call_command("verify_audit")


def test_a_refused_act_leaves_no_record() -> None:
    user = create_user(email="a@x.test", password=None)
    with transaction.atomic():
        record(actor=user, act=TokenRevoked(), subject=user)
        transaction.set_rollback(True)
    assert not Record.objects.filter(verb=Verb.TOKEN_REVOKED).exists()
    assert verify_chain() is None


PROJECT = UUID("00000000-0000-4000-8000-000000000007")


def sha256(previous: str, text: str) -> str:
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def test_the_digests_of_a_chain_are_those_of_every_former_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Formed here from the text itself: chains written long ago must hold for ever."""
    summer = datetime(2026, 7, 1, 14, 30, 15, 7, tzinfo=timezone(timedelta(hours=2)))
    monkeypatch.setattr(services, "_now", lambda: summer)
    user = User.objects.create(email="a@x.test")  # no service: that would be the first record
    decided = VertebraDecided(label=20, choice="é", slot=None)
    first = record(actor=user, act=decided, subject=user, project_id=PROJECT)
    second = record(actor=None, act=TokenRevoked(), subject=user)
    at = '"at":"2026-07-01T12:30:15.000007+00:00"'
    subject = f'"project":%s,"subject":["accounts.user","{user.pk}"],"verb":"%s"}}'
    text = f'{{"actor":"{user.pk}",{at},"detail":{{"choice":"é","label":20,"slot":null}},' + subject % (
        f'"{PROJECT}"',
        "vertebra.decided",
    )
    assert json.loads(text)["subject"] == ["accounts.user", str(user.pk)]
    assert (first.previous_digest, first.digest) == ("0" * 64, sha256("0" * 64, text))
    text = f'{{"actor":null,{at},"detail":{{}},' + subject % ("null", "token.revoked")
    assert (second.previous_digest, second.digest) == (first.digest, sha256(first.digest, text))
    head = ChainHead.objects.get()
    assert (head.pk, head.length, head.digest) == (1, 2, second.digest)
    assert Record.objects.earliest("sequence").at.astimezone(UTC) == summer


def test_one_act_upon_several_things_is_a_record_for_each() -> None:
    users = [create_user(email=f"{name}@x.test", password=None) for name in "ab"]
    rows = record_all(actor=users[0], act=VertebraDecided(label=20, choice="rater", slot="C"), subjects=users)
    assert [(row.subject_id, row.actor_id, row.detail) for row in rows] == [
        (str(user.pk), users[0].pk, {"label": 20, "choice": "rater", "slot": "C"}) for user in users
    ]
    before = Record.objects.count()
    assert record_all(actor=None, act=TokenRevoked(), subjects=[]) == []
    assert Record.objects.count() == ChainHead.objects.get().length == before
    assert verify_chain() is None


def test_an_empty_chain_holds() -> None:
    assert verify_chain() is None


def fault() -> tuple[int, str]:
    found = verify_chain()
    assert found is not None
    return found.sequence, found.reason


def test_each_break_is_told_with_its_place() -> None:
    first, second, third = (row.pk for row in three_records())
    Record.objects.filter(pk=first).update(previous_digest="1" * 64)
    assert fault() == (first, "does not follow the record before it")
    Record.objects.filter(pk=first).update(previous_digest="0" * 64)
    assert verify_chain() is None
    cut = "is not the last: records after it are missing"
    for end in ({"length": 4}, {"length": 2}, {"digest": "1" * 64}):
        before = ChainHead.objects.values().get()
        ChainHead.objects.update(**end)
        assert fault() == (third, cut)
        ChainHead.objects.update(**before)
    Record.objects.filter(pk=third).delete()
    assert fault() == (second, cut)
    head = ChainHead.objects.get()
    ChainHead.objects.all().delete()
    assert fault() == (second, "is not recorded as the end of the chain")
    head.save()
    Record.objects.all().delete()
    assert fault() == (0, cut)


def test_records_stand_with_the_end_of_their_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    user = create_user(email="a@x.test", password=None)

    def fails(*what: Any, **how: Any) -> None:
        raise RuntimeError("on purpose")

    with monkeypatch.context() as patched:
        patched.setattr(ChainHead, "save", fails)
        with pytest.raises(RuntimeError), transaction.atomic():  # the act's own
            record(actor=user, act=TokenRevoked(), subject=user)
    assert not Record.objects.filter(verb=Verb.TOKEN_REVOKED).exists()
