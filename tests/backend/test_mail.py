"""People are told by mail what is new: counts of their own, as often as they want, by a real mail server."""

from __future__ import annotations

import email
from asyncio.base_events import Server
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Assignment, AssignmentState
from backend.notices.digests.selectors import fresh_for
from backend.notices.digests.services import choose_often, send_due
from backend.notices.models import MailWish, Often
from backend.projects.models import Membership, Project, Role
from backend.workflow.sweep import keep_up
from tests.backend import factories, rows

pytestmark = pytest.mark.django_db(transaction=True)
AsUser = Callable[[User | None], APIClient]


@dataclass
class Mailbox:
    """Keeps what comes; with ``refuses`` the server takes nothing."""

    came: list[Message] = field(default_factory=list)
    refuses: bool = False
    asked: list[str] = field(default_factory=list)  # for whom the server was asked to take a mail
    unknown: str = ""  # an address that is not there

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.asked.append(address)
        if address == self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuses:
            return "451 come back later"
        self.came.append(email.message_from_bytes(envelope.content))
        return "250 taken"

    def texts(self) -> list[str]:
        return [_text(mail) for mail in self.came]


def _text(mail: Message) -> str:
    found = mail.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found.decode().replace("\r\n", "\n")


class _Server(Controller):
    """On a port that is free. The connection that tries it goes to that port, too."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    server = _Server(box, hostname="127.0.0.1", port=0)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.VERTEBASE_SENDS_MAIL = True
    settings.VERTEBASE_ORIGIN = "https://spine.example"
    try:
        yield box
    finally:
        server.stop()


def member(project: Project, role: Role = Role.RATER, *, proved: bool = True) -> User:
    user = factories.make_member(project, role)
    EmailAddress.objects.filter(user=user).update(verified=proved)
    return user


def task_of(rater: User, project: Project, **fields: Any) -> Assignment:
    return rows.held(rows.task_on(rows.case_in(project)), rater, **fields)


def test_whoever_has_something_new_is_told_once_a_day_and_nobody_else(mailbox: Mailbox) -> None:
    project = factories.make_project()
    busy, idle = member(project), member(project)
    held = task_of(busy, project)
    now = timezone.now()
    assert keep_up().mails_sent == 1
    assert send_due(now=now + timedelta(hours=21)) == 0
    (mail,) = mailbox.came
    assert mail["To"] == busy.email
    (text,) = mailbox.texts()
    assert "1 new task\n" in text
    assert project.name in text
    assert held.task.case.alias not in text, "counts only"
    assert "https://spine.example/account" in text
    assert "https://spine.example/account" in mail["List-Unsubscribe"]
    assert idle.email not in str(mail)
    task_of(busy, project)
    task_of(busy, project, state=AssignmentState.RETURNED)
    assert send_due(now=now + timedelta(hours=23)) == 1
    assert "1 new task\n" in mailbox.texts()[1], "the first was told"
    assert "1 task came back to you" in mailbox.texts()[1]


def test_how_often_is_ones_own_choice(mailbox: Mailbox, as_user: AsUser) -> None:
    project = factories.make_project()
    weekly, never = member(project), member(project)
    client = as_user(never)
    assert client.get("/api/v1/me/mail").json() == {
        "often": "daily",
        "sends_mail": True,
        "address": never.email,
        "proved": True,
    }
    assert client.put("/api/v1/me/mail", {"often": "never"}, format="json").json()["often"] == "never"
    assert client.put("/api/v1/me/mail", {"often": "hourly"}, format="json").status_code == 400
    choose_often(user=weekly, often=Often.WEEKLY)
    now = timezone.now()
    assert send_due(now=now) == 0
    for person in (weekly, never):
        task_of(person, project)
    assert send_due(now=now + timedelta(days=2)) == 0
    assert send_due(now=now + timedelta(days=7)) == 1
    assert [mail["To"] for mail in mailbox.came] == [weekly.email]


def test_no_mail_goes_to_an_address_that_nobody_proved(mailbox: Mailbox) -> None:
    """Else the work of a project were told to whom somebody mistyped."""
    project = factories.make_project()
    task_of(member(project, proved=False), project)
    assert send_due(now=timezone.now()) == 0
    assert mailbox.came == []


def test_where_the_server_takes_nothing_nobody_is_told_less(mailbox: Mailbox) -> None:
    project = factories.make_project()
    task_of(member(project), project)
    now = timezone.now()
    mailbox.refuses = True
    assert send_due(now=now) == 0
    mailbox.refuses = False
    assert send_due(now=now + timedelta(minutes=2)) == 1
    assert "1 new task\n" in mailbox.texts()[0]


def test_an_address_that_is_gone_holds_up_nobody(mailbox: Mailbox) -> None:
    project = factories.make_project()
    first, second = member(project), member(project)
    for person in (first, second):
        task_of(person, project)
    for gone, other in ((first, second), (second, first)):
        MailWish.objects.all().delete()
        mailbox.unknown = gone.email
        assert send_due(now=timezone.now()) == 1
        assert mailbox.came[-1]["To"] == other.email
    asked = len(mailbox.asked)
    assert send_due(now=timezone.now()) == 0
    assert len(mailbox.asked) == asked, "not again and again"


def test_who_left_whose_account_is_off_and_archived_projects_are_left_alone(mailbox: Mailbox) -> None:
    project, archived = factories.make_project(), factories.make_project()
    left, off, old = member(project), member(project), member(archived)
    for person, where in ((left, project), (off, project), (old, archived)):
        task_of(person, where)
    Membership.objects.filter(user=left).update(active=False)
    User.objects.filter(pk=off.pk).update(is_active=False)
    Project.objects.filter(pk=archived.pk).update(archived_at=timezone.now())
    assert send_due(now=timezone.now()) == 0


def test_due_work_and_what_managers_have_to_answer_is_told(mailbox: Mailbox) -> None:
    manager = factories.make_user("manager")
    project = factories.make_project(manager)
    EmailAddress.objects.filter(user=manager).update(verified=True)
    rater = member(project)
    now = timezone.now()
    today = timezone.localdate(now)
    task_of(rater, project, opened_at=now, due_on=today + timedelta(days=2), concern="other", concern_at=now)
    task_of(rater, project, opened_at=now, due_on=today - timedelta(days=1))
    task_of(rater, project, opened_at=now, due_on=today + timedelta(days=3))
    found = {user: fresh_for(user, now - timedelta(days=1), now) for user in (rater, manager)}
    (own,) = found[rater]
    assert (own.given, own.due_soon, own.overdue, own.concerns) == (0, 1, 1, 0)
    (managed,) = found[manager]
    assert (managed.concerns, managed.due_soon, managed.overdue) == (1, 0, 0)
    assert send_due(now=now) == 2


def test_what_is_overdue_alone_is_no_news(mailbox: Mailbox) -> None:
    project = factories.make_project()
    now = timezone.now()
    yesterday = timezone.localdate(now) - timedelta(days=1)
    task_of(member(project), project, opened_at=now, due_on=yesterday)
    assert send_due(now=now) == 0


def test_a_site_that_sends_no_mail_sends_none(mailbox: Mailbox, settings: Any) -> None:
    settings.VERTEBASE_SENDS_MAIL = False
    project = factories.make_project()
    task_of(member(project), project)
    assert send_due(now=timezone.now()) == 0
    assert not MailWish.objects.exists()


def test_what_is_new_takes_the_same_queries_however_much_it_is() -> None:
    project = factories.make_project()
    rater = member(project)
    counts = []
    for _ in range(2):
        for _ in range(2):
            task_of(rater, project)
        with CaptureQueriesContext(connection) as asked:
            fresh_for(rater, timezone.now() - timedelta(days=1), timezone.now())
        counts.append(len(asked))
    assert counts[0] == counts[1]
