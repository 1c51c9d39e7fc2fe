"""Inviting people who have no account: a link with a secret, of which only the digest is kept.

Whoever holds the link may make the account of the invited address, so it is shown once, to the manager who
invites, and sent by e-mail where the site can send any. It works once and for `VALID_DAYS`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from backend.accounts import services as accounts
from backend.accounts.models import User
from backend.accounts.selectors import token_digest, user_by_email
from backend.audit import services as audit
from backend.common.errors import Conflict, Forbidden, Invalid, NotFound
from backend.projects import services
from backend.projects.models import Invitation, Membership, Project, Role
from backend.projects.selectors import require_role

logger = logging.getLogger(__name__)

VALID_DAYS = 14


class SignInFirst(Conflict):
    code = "sign_in_first"
    message = "There is an account with this e-mail address. Sign in with it and open the link again."


class OtherAddress(Forbidden):
    code = "other_address"
    message = "This invitation is for another e-mail address. Sign out and open the link again."


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation with its link, which is known this once; or the membership of who had an account."""

    invitation: Invitation | None = None
    link: str = ""
    member: Membership | None = None


def open_invitations(project: Project) -> QuerySet[Invitation]:
    """Invitations that can still be taken up, newest first."""
    return (
        Invitation.objects.filter(project=project, accepted_at=None, expires_at__gt=timezone.now())
        .select_related("invited_by")
        .order_by("-created_at")
    )


@transaction.atomic
def _renew(*, actor: User, project: Project, email: str, role: str) -> tuple[Invitation, str]:
    """One open invitation per address and role: a second one replaces the link of the first."""
    require_role(actor, project, Role.MANAGER)
    if role not in Role.values:
        raise Invalid("unknown_role", f"There is no role {role!r}.")
    token = secrets.token_urlsafe(32)
    invitation, _ = Invitation.objects.update_or_create(
        project=project,
        email=email,
        role=role,
        accepted_at=None,
        defaults={
            "token_sha256": token_digest(token),
            "invited_by": actor,
            "expires_at": timezone.now() + timedelta(days=VALID_DAYS),
            "mailed_at": None,
        },
    )
    audit.record(
        actor=actor, verb="member.invited", subject=invitation, project_id=project.pk, role=invitation.role
    )
    return invitation, token


def _mail(invitation: Invitation, link: str) -> None:
    """Send the link, if the site can send e-mail. A mail that fails leaves the link to the manager."""
    if not settings.VERTEBASE_SENDS_MAIL:
        return
    project = invitation.project
    text = (
        f"{invitation.invited_by.name} invites you to take part in {project.name!r} as {invitation.role}.\n\n"
        f"Open this link to make your account: {link}\n\n"
        f"It works once, until {invitation.expires_at:%d %B %Y}. If you did not expect it, do nothing.\n"
    )
    try:
        send_mail(f"{settings.VERTEBASE_SITE_NAME}: {project.name}", text, None, [invitation.email])
    except (SMTPException, OSError):
        logger.exception("the invitation %s was not mailed", invitation.pk)
        return
    invitation.mailed_at = timezone.now()
    invitation.save(update_fields=["mailed_at"])


def invite(*, actor: User, project: Project, email: str, role: str, link_of: Callable[[str], str]) -> Invited:
    """Add an account as a member at once, or invite an address without one; ``link_of`` makes its link.

    Raises
    ------
    Conflict, Invalid, Forbidden
        a member already; no such role; the actor is no manager.
    """
    email = email.strip().lower()
    if user_by_email(email) is not None:
        return Invited(member=services.add_member(actor=actor, project=project, email=email, role=role))
    invitation, token = _renew(actor=actor, project=project, email=email, role=role)
    link = link_of(token)
    _mail(invitation, link)
    return Invited(invitation, link)


@transaction.atomic
def withdraw(*, actor: User, project: Project, invitation_id: UUID) -> None:
    """End an open invitation: its link is worthless from now on."""
    require_role(actor, project, Role.MANAGER)
    invitation = open_invitations(project).filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound
    audit.record(
        actor=actor, verb="member.uninvited", subject=invitation, project_id=project.pk, role=invitation.role
    )
    invitation.delete()


def by_token(token: str) -> Invitation:
    """The open invitation of a link.

    Raises
    ------
    NotFound
        never made, withdrawn, taken up already or too old; which of these is nobody's business.
    """
    invitation = (
        Invitation.objects.filter(
            token_sha256=token_digest(token), accepted_at=None, expires_at__gt=timezone.now()
        )
        .select_related("project", "invited_by")
        .first()
    )
    if invitation is None:
        raise NotFound("not_found", "This invitation is no longer open. Ask for a new one.")
    return invitation


def _account(invitation: Invitation, user: User | None, display_name: str, password: str) -> User:
    """Who takes it up: the signed-in person, or a new account."""
    if user is not None:
        if user.email.lower() != invitation.email:
            raise OtherAddress
        return user
    if user_by_email(invitation.email) is not None:
        raise SignInFirst
    try:
        validate_password(password, User(email=invitation.email, display_name=display_name))
    except ValidationError as error:
        raise Invalid("weak_password", " ".join(error.messages)) from error
    return accounts.create_user(email=invitation.email, password=password, display_name=display_name.strip())


@transaction.atomic
def accept(*, token: str, user: User | None, display_name: str = "", password: str = "") -> Membership:
    """Take up an invitation as ``user``, or with a new account where nobody is signed in.

    Raises
    ------
    NotFound, OtherAddress, SignInFirst, Invalid
        no such open link; signed in as somebody else; the address has an account; the password is too weak.
    """
    invitation = Invitation.objects.select_for_update().get(pk=by_token(token).pk)
    if invitation.accepted_at is not None:
        raise NotFound
    account = _account(invitation, user, display_name, password)
    membership = services.grant(
        actor=invitation.invited_by, project=invitation.project, user=account, role=invitation.role
    )
    invitation.accepted_at = timezone.now()
    invitation.accepted_by = account
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record(actor=account, verb="member.accepted", subject=invitation, project_id=invitation.project_id)
    return membership
