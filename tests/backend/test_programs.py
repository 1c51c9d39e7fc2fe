"""Programs that sign in by a code (RFC 8628): what they are told, who answers, what becomes of the codes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.accounts import programs
from backend.accounts.models import ApiToken, ProgramRequest, User
from backend.accounts.program_api import GRANT, CodeThrottle
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from tests.backend import factories

pytestmark = pytest.mark.django_db
LOOK, ANSWER = "/api/v1/me/programs/look", "/api/v1/me/programs/answer"


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def begin(**more: str) -> dict[str, Any]:
    form = {"client_id": "3D Slicer", "scope": "annotate", "device_name": "reading room", **more}
    answer = Client().post("/api/v1/device/code", form)  # as OAuth's clients send it
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return dict(answer.json())


def fetch(begun: dict[str, Any], **more: str) -> Any:
    """Ask for the token, as if the interval had gone by."""
    ProgramRequest.objects.update(asked_at=None)
    form = {"grant_type": GRANT, "device_code": begun["device_code"], "client_id": "3D Slicer", **more}
    return Client().post("/api/v1/device/token", form)


def send(client: Client, address: str, **body: Any) -> Any:
    return client.post(address, body, content_type="application/json")


def refusal(answer: Any) -> tuple[int, str, str]:
    told = answer.json()
    assert told["message"]
    return answer.status_code, told["error"], told["code"]


def test_a_program_gets_the_token_of_whoever_confirms_its_code_once() -> None:
    user = factories.make_user()
    begun = begin()
    assert begun["verification_uri_complete"] == f"{begun['verification_uri']}#{begun['user_code']}"
    pending = (400, "authorization_pending", "authorization_pending")
    assert refusal(fetch(begun)) == pending
    client = browser_of(user)
    shown = send(client, LOOK, code=begun["user_code"].lower().replace("-", " ")).json()
    assert (shown["program"], shown["machine"], shown["scope"]) == ("3D Slicer", "reading room", "annotate")
    assert refusal(fetch(begun)) == pending, "to look is not to allow"
    assert send(client, ANSWER, code=begun["user_code"], allows=True).status_code == 200
    given = fetch(begun)
    told = given.json()
    assert (told["token_type"], told["scope"], given["Cache-Control"]) == ("bearer", "annotate", "no-store")
    assert 89 * 86400 < told["expires_in"] <= 90 * 86400
    signed_in = Client(headers={"Authorization": f"Bearer {told['access_token']}"})
    assert signed_in.get("/api/v1/me").json()["email"] == user.email
    assert refusal(fetch(begun)) == (400, "invalid_grant", "invalid_grant")
    assert ApiToken.objects.get().name == "3D Slicer, reading room"
    assert list(Record.objects.order_by("sequence").values_list("verb", flat=True))[-2:] == [
        Verb.PROGRAM_ALLOWED,
        Verb.TOKEN_CREATED,
    ]


def test_who_enters_the_code_first_answers_it_and_once() -> None:
    begun, first, second = begin(), browser_of(factories.make_user()), browser_of(factories.make_user())
    assert send(first, LOOK, code=begun["user_code"]).status_code == 200
    for address in (LOOK, ANSWER):
        refused = send(second, address, code=begun["user_code"], allows=True)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_code")
    assert send(first, ANSWER, code=begun["user_code"], allows=False).status_code == 200
    assert send(first, ANSWER, code=begun["user_code"], allows=True).status_code == 404
    assert refusal(fetch(begun)) == (400, "access_denied", "access_denied")
    assert Record.objects.filter(verb=Verb.PROGRAM_REFUSED).count() == 1
    assert not ApiToken.objects.exists()


def test_a_code_that_is_too_old_opens_nothing() -> None:
    user, begun = factories.make_user(), begin()
    programs.answer(user=user, code=begun["user_code"], allows=True)
    ProgramRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refusal(fetch(begun)) == (400, "expired_token", "expired_token")
    late = begin()
    ProgramRequest.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert send(browser_of(user), LOOK, code=late["user_code"]).status_code == 404
    ProgramRequest.objects.update(expires_at=timezone.now() - timedelta(hours=2))
    begin()
    assert ProgramRequest.objects.count() == 1, "what ended long ago is cleared away"


def test_who_asks_too_often_is_told_to_wait_longer() -> None:
    begun = begin()
    fetch(begun)
    form = {"grant_type": GRANT, "device_code": begun["device_code"], "client_id": "3D Slicer"}
    hasty = Client().post("/api/v1/device/token", form)
    assert refusal(hasty)[:2] == (400, "slow_down")
    assert hasty.json()["extra"]["interval"] == begun["interval"] + 5


def test_a_secret_is_good_for_its_own_program_alone() -> None:
    begun = begin()
    programs.answer(user=factories.make_user(), code=begun["user_code"], allows=True)
    assert refusal(fetch(begun, client_id="another"))[1] == "invalid_grant"
    assert refusal(fetch(begun, device_code=begun["user_code"]))[1] == "invalid_grant"
    assert refusal(fetch(begun, grant_type="password"))[1] == "unsupported_grant_type"
    assert refusal(fetch(begun, client_id=""))[1] == "invalid_request"
    assert fetch(begun).status_code == 200


@pytest.mark.parametrize("ends", ["password", "account"])
def test_what_ends_a_person_s_tokens_ends_what_they_allowed(ends: str) -> None:
    user, begun = factories.make_user(), begin()
    programs.answer(user=user, code=begun["user_code"], allows=True)
    if ends == "password":
        user.set_password("another long one")
    user.is_active = ends == "password"
    user.save()
    assert fetch(begun).status_code == 400
    assert not ApiToken.objects.exists()


def test_nobody_tries_codes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CodeThrottle, "rate", "2/hour")
    client = browser_of(factories.make_user())
    statuses = [send(client, LOOK, code="BCDF-GHJK").status_code for _ in range(3)]
    assert statuses == [404, 404, 429]


def test_more_programs_than_people_could_confirm_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST_WAITING", 1)
    begin()
    answer = Client().post("/api/v1/device/code", {"client_id": "another"})
    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_programs")


def test_codes_are_kept_as_digests_and_names_are_one_line() -> None:
    begun = begin()
    row = ProgramRequest.objects.values().get()
    assert not {begun["device_code"], begun["user_code"].replace("-", "")} & set(map(str, row.values()))
    for name in ("two\nlines", "x" * 61, ""):
        assert Client().post("/api/v1/device/code", {"client_id": name}).status_code == 400
