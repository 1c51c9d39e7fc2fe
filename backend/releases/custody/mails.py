"""Mails to custodians and managers: that something waits, and where; nothing of what is sealed."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from backend.accounts.models import Language, User
from backend.accounts.selectors import verified_addresses
from backend.releases.models import Release

logger = logging.getLogger(__name__)
Said = tuple[str, str]  # subject and text; ``{...}`` is filled in

ASKED: dict[Language, Said] = {
    Language.ENGLISH: (
        "you are asked to be a custodian",
        "{actor} asks you to keep the sealed part of {title} {version} as a custodian. "
        "Accept or decline on its page: {address}",
    ),
    Language.GERMAN: (
        "Anfrage als Treuhänderin oder Treuhänder",
        "{actor} bittet Sie, den versiegelten Teil von {title} {version} treuhänderisch zu verwahren. "
        "Nehmen Sie auf der Seite der Veröffentlichung an oder lehnen Sie ab: {address}",
    ),
}
CHANGED: dict[Language, Said] = {
    Language.ENGLISH: (
        "its custodians have changed",
        "The custodians of the sealed part of {title} {version} have changed. By whom and how: {address}",
    ),
    Language.GERMAN: (
        "geänderte Treuhänderschaft",
        "Die Treuhänderschaft für den versiegelten Teil von {title} {version} hat sich geändert. "
        "Wer und wie, steht hier: {address}",
    ),
}
CONFIRMED: dict[Language, Said] = {
    Language.ENGLISH: (
        "a custodian wants to open the sealed part",
        "{actor} has confirmed the opening of the sealed part of {title} {version}. It opens, for good, "
        "once a second custodian confirms within 7 days: {address}",
    ),
    Language.GERMAN: (
        "Öffnung des versiegelten Teils bestätigt",
        "{actor} hat die Öffnung des versiegelten Teils von {title} {version} bestätigt. Er wird endgültig "
        "geöffnet, sobald die zweite Person innerhalb von 7 Tagen ebenfalls bestätigt: {address}",
    ),
}
OPENED: dict[Language, Said] = {
    Language.ENGLISH: (
        "the sealed part is open",
        "Two custodians have opened the sealed part of {title} {version}: {address}",
    ),
    Language.GERMAN: (
        "der versiegelte Teil ist offen",
        "Zwei Treuhänder haben den versiegelten Teil von {title} {version} geöffnet: {address}",
    ),
}


def mail(words: dict[Language, Said], release: Release, to: Iterable[User], actor: User) -> None:
    """After the commit, in the language of each account; a mail that fails is in the log."""
    if not settings.VERTEBASE_SENDS_MAIL:
        return
    address = f"{settings.VERTEBASE_ORIGIN.rstrip('/')}/releases/{release.pk}"
    filled = {
        "actor": actor.name,
        "title": release.title,
        "version": release.version,
        "address": address,
    }
    letters = []
    for user in to:
        if user.pk == actor.pk or not user.is_active or user.email.lower() not in verified_addresses(user):
            continue
        german = user.language == Language.GERMAN
        subject, text = words[Language.GERMAN if german else Language.ENGLISH]
        head = f"{settings.VERTEBASE_SITE_NAME}: {release.title} {release.version}, {subject}"
        letters.append((" ".join(head.split()), text.format(**filled) + "\n", user.email))

    def send() -> None:
        for head, text, email in letters:
            try:
                send_mail(head, text, None, [email])
            except (SMTPException, OSError):
                logger.exception("a mail on the custodians of %s was not sent", release.pk)

    transaction.on_commit(send)
