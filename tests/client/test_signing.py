"""The client signs in by a code, and follows what happens in a project; the site answers in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from backend.accounts import programs
from backend.accounts.models import ApiToken, ProgramRequest, User
from backend.accounts.services import create_token
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.client import Invalid, Site, VertebaseError, cli, events
from backend.client.signing import Confirm, token_by_code
from backend.client.transport import Transport
from backend.projects.models import Role
from tests.backend import factories, rows
from tests.client.test_desktop import InThisProcess

pytestmark = pytest.mark.django_db
URL = "http://localhost"


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection of the client leads to the site in this process."""
    begin = Transport.__init__

    def made(self: Transport, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        headers = dict(self._client.headers)
        self._client = httpx.Client(transport=InThisProcess(), base_url=URL, headers=headers)

    monkeypatch.setattr(Transport, "__init__", made)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("VERTEBASE_CONFIG", "VERTEBASE_STATE"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("VERTEBASE_URL", "VERTEBASE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


class Person:
    """Who confirms the code at the second look, and by the clock of this process has waited since."""

    def __init__(self, user: User, *, allows: bool = True) -> None:
        self.user, self.allows = user, allows
        self.code = ""
        self.waited: list[float] = []

    def tell(self, confirm: Confirm) -> None:
        self.code = confirm.code
        assert confirm.address.endswith(f"/device#{confirm.code}")

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        ProgramRequest.objects.update(asked_at=None)
        if len(self.waited) == 2:
            programs.answer(user=self.user, code=self.code, allows=self.allows)


def test_a_code_that_is_confirmed_gives_a_token() -> None:
    person = Person(factories.make_user())
    token = token_by_code(URL, tell=person.tell, scope="read", wait=person.wait)
    assert person.waited == [5.0, 5.0]
    assert Site(URL, token).me()["email"] == person.user.email
    assert ApiToken.objects.get().scope == "read"


def test_a_program_that_is_refused_says_so() -> None:
    person = Person(factories.make_user(), allows=False)
    with pytest.raises(VertebaseError, match="has refused"):
        token_by_code(URL, tell=person.tell, wait=person.wait)


def test_at_a_terminal_one_signs_in_by_the_code(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person(factories.make_user())
    monkeypatch.setattr("backend.client.cli.sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("backend.client.commands.token_by_code", lambda *given, **named: by(person, named))
    assert cli.main(["login", URL]) == 0
    told = capsys.readouterr()
    assert person.code in told.err
    assert person.user.email in told.out
    assert ApiToken.objects.get().scope == "annotate"


def by(person: Person, named: dict[str, Any]) -> str:
    def tell(confirm: Confirm) -> None:
        named["tell"](confirm)
        person.tell(confirm)

    return token_by_code(URL, tell=tell, scope=named["scope"], wait=person.wait)


@pytest.fixture
def site() -> tuple[Site, Any]:
    case = rows.case_in(factories.make_project())
    boss = factories.make_member(case.project, Role.MANAGER)
    _, token = create_token(user=boss, name="client")
    return Site(URL, token), case


def happen(case: Any) -> None:
    audit.record(
        actor=None, act=case_acts.CaseAccepted(mask=uuid4()), subject=case, project_id=case.project_id
    )


def test_what_happens_is_followed_and_resumed(site: tuple[Site, Any]) -> None:
    here, case = site
    happen(case)
    project = here.project(case.project.slug)
    (first,) = project.events(after="", forever=False)
    followed = events.follow(here.api, project.slug, after=first["id"], wait=lambda seconds: happen(case))
    assert next(followed)["subject"] == first["subject"]
    assert next(followed)["id"] not in ("", first["id"])
    assert list(project.events(forever=False)) == [], "what was before is not told anew"
    with pytest.raises(Invalid, match="no such event"):
        list(project.events(after="f" * 64, forever=False))


def test_the_command_goes_on_where_it_ended(
    site: tuple[Site, Any], kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here, case = site
    monkeypatch.setenv("VERTEBASE_URL", URL)
    monkeypatch.setenv("VERTEBASE_TOKEN", here.api._client.headers["Authorization"].removeprefix("Bearer "))
    happen(case)
    happen(case)
    command = ["events", case.project.slug, "--once"]
    assert cli.main([*command, "--after", "last"]) == 2
    assert cli.main([*command, "--after", "start", "--count", "1"]) == 0
    (first,) = capsys.readouterr().out.splitlines()
    assert case.alias in first
    assert cli.main([*command, "--after", "last"]) == 0
    (second,) = capsys.readouterr().out.splitlines()
    assert second.split()[-1] != first.split()[-1]
