"""The chain of audit records, and what breaks it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from backend.accounts.services import create_user
from backend.audit.acts.case_acts import VertebraDecided
from backend.audit.acts.people_acts import TokenRevoked
from backend.audit.acts.scan_acts import InclusionRulesChanged
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.audit.services import record, verify_chain

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
