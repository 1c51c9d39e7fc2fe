"""Telling people by mail what is new: counts and the way to the site, never a case, a name or a grade."""

from __future__ import annotations

import logging
from datetime import datetime
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from backend.accounts.models import User
from backend.accounts.selectors import verified_addresses
from backend.notices.digests.selectors import PERIODS, Fresh, fresh_for, people_due
from backend.notices.models import MailWish, Often

logger = logging.getLogger(__name__)

AT_ONCE = 50  # people that one round looks at


def choose_often(*, user: User, often: Often) -> MailWish:
    """Say how often to be told. Who starts again hears of what comes from then on."""
    wish, _ = MailWish.objects.get_or_create(user=user)
    if wish.often == Often.NEVER and often != Often.NEVER:
        wish.looked_at = None
    wish.often = often
    wish.save()
    return wish


def send_due(*, now: datetime) -> int:
    """Mail whoever's time has come and who has something new; how many mails left.

    Where the mail server takes none, the rest waits for the next round, and nobody is told less for it.
    """
    if not settings.VERTEBASE_SENDS_MAIL:
        return 0
    sent = 0
    for user in people_due(now)[:AT_ONCE]:
        try:
            sent += _tell(user, now)
        except SMTPRecipientsRefused:  # gone for good: the next mail is tried when its time has come
            logger.warning("the mail server knows no mailbox of %s", user.pk)
            MailWish.objects.update_or_create(user=user, defaults={"looked_at": now})
        except (SMTPException, OSError):
            logger.exception("the mail on what is new was not sent to %s", user.pk)
            break
    return sent


@transaction.atomic
def _tell(user: User, now: datetime) -> int:
    """Mail one person, and note up to when they were told: neither without the other."""
    MailWish.objects.get_or_create(user=user)
    wish = MailWish.objects.select_for_update().get(user=user)
    period = PERIODS.get(Often(wish.often))
    if period is None or (wish.looked_at is not None and wish.looked_at > now - period):
        return 0
    fresh = fresh_for(user, wish.looked_at or now - period, now)
    wish.looked_at = now
    wish.save(update_fields=["looked_at"])
    if not any(one.is_news for one in fresh) or user.email.lower() not in verified_addresses(user):
        return 0
    EmailMessage(
        subject=f"{settings.VERTEBASE_SITE_NAME}: what is new",
        body=text_of(user, fresh),
        to=[user.email],
        headers={"List-Unsubscribe": f"<{_address('/account')}>"},
    ).send()
    return 1


def text_of(user: User, fresh: list[Fresh]) -> str:
    """The mail: a paragraph for each project, one line for each thing that is new."""
    parts = [f"Hello {user.name},\n\nthis came since you were last told.\n"]
    for one in fresh:
        lines = [
            _line(one.given, "new task", "new tasks"),
            _line(one.returned, "task came back to you", "tasks came back to you"),
            _line(one.due_soon, "task is due within two days", "tasks are due within two days"),
            _line(one.overdue, "task is overdue", "tasks are overdue"),
            _line(one.concerns, "question or report of a rater", "questions or reports of raters"),
            _line(one.quarantined, "file in quarantine", "files in quarantine"),
        ]
        parts.append("\n".join([one.project.name, *(line for line in lines if line)]) + "\n")
    parts.append(f"Your work: {_address('/')}\n")
    parts.append(f"How often you get this mail, or never: {_address('/account')}\n")
    return "\n".join(parts)


def _line(count: int, one: str, many: str) -> str:
    return f"  {count} {one if count == 1 else many}" if count else ""


def _address(path: str) -> str:
    return f"{settings.VERTEBASE_ORIGIN.rstrip('/')}{path}"
