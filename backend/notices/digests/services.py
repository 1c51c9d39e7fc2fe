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
from backend.notices.digests.words import Counted, words_for
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
        subject=words_for(user.language).subject.format(site=settings.VERTEBASE_SITE_NAME),
        body=text_of(user, fresh),
        to=[user.email],
        headers={"List-Unsubscribe": f"<{_address('/account')}>"},
    ).send()
    return 1


def text_of(user: User, fresh: list[Fresh]) -> str:
    """The mail in the person's language: a paragraph for each project, a line for each thing that is new."""
    words = words_for(user.language)
    parts = [words.greeting.format(name=user.name) + "\n"]
    for one in fresh:
        lines = [
            _line(one.given, words.given),
            _line(one.returned, words.returned),
            _line(one.due_moved, words.due_moved),
            _line(one.due_soon, words.due_soon),
            _line(one.overdue, words.overdue),
            _line(one.concerns, words.concerns),
            _line(one.questions, words.questions),
            _line(one.replied, words.replied),
            _line(one.quarantined, words.quarantined),
            _line(one.requests, words.requests),
            _line(one.faults, words.faults),
            _line(one.answered, words.answered),
        ]
        parts.append("\n".join([one.project.name, *(line for line in lines if line)]) + "\n")
    parts.append(words.your_work.format(address=_address("/")) + "\n")
    parts.append(words.how_often.format(address=_address("/account")) + "\n")
    return "\n".join(parts)


def _line(count: int, counted: Counted) -> str:
    one, many = counted
    return f"  {count} {one if count == 1 else many}" if count else ""


def _address(path: str) -> str:
    return f"{settings.VERTEBASE_ORIGIN.rstrip('/')}{path}"
