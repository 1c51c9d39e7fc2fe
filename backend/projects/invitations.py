"""Inviting people: an offer to an e-mail address, which its owner takes up or declines. Nobody is put in.

Whoever has proved the address to be theirs finds the offer in the application. Everybody else takes it up by
a link with a secret, of which only the digest is kept. The link is mailed, and then told to nobody else, so
that taking it up proves the address; where no mail leaves the site, the manager is told it once, and an
account made by it has an address that is not proved and matches no later offer. What a manager is answered,
and the work it takes, is the same whether or not the address has an account.
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
from backend.accounts.selectors import token_digest, user_by_email, verified_addresses
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Conflict, Forbidden, Invalid, NotFound
from backend.projects import groups, services
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
    """A new invitation; with its link, which is known this once, where no mail carried it."""

    invitation: Invitation
    link: str | None


def listed(project: Project) -> QuerySet[Invitation]:
    """Invitations that were not taken up, newest first: open ones, and declined ones until their day."""
    return (
        Invitation.objects.filter(project=project, accepted_at=None, expires_at__gt=timezone.now())
        .select_related("invited_by", "group")
        .order_by("-created_at")
    )


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        accepted_at=None, declined_at=None, expires_at__gt=timezone.now()
    ).select_related("project", "invited_by")


def offers_to(user: User) -> QuerySet[Invitation]:
    """What is offered to the person, newest first: to an address that they have proved to be theirs."""
    return _open().filter(email__in=verified_addresses(user)).order_by("-created_at")


@transaction.atomic
def _renew(
    *, actor: User, project: Project, email: str, role: str, group_id: UUID | None
) -> tuple[Invitation, str]:
    """One open invitation per address and role: a second one replaces the link and the group of the first."""
    require_role(actor, project, Role.MANAGER)
    if role not in Role.values:
        raise Invalid("unknown_role", f"There is no role {role!r}.")
    group = None if group_id is None else groups.group_in(project, group_id)
    token = secrets.token_urlsafe(32)
    invitation, _ = Invitation.objects.update_or_create(
        project=project,
        email=email,
        role=role,
        accepted_at=None,
        defaults={
            "token_sha256": token_digest(token),
            "group": group,
            "invited_by": actor,
            "expires_at": timezone.now() + timedelta(days=VALID_DAYS),
            "mailed_at": None,
            "declined_at": None,
        },
    )
    audit.record(
        actor=actor,
        act=people_acts.MemberInvited(role=invitation.role),
        subject=invitation,
        project_id=project.pk,
    )
    return invitation, token


def _mail(invitation: Invitation, link: str) -> None:
    """Send the link, if the site can send e-mail. A mail that fails leaves the link to the manager."""
    if not settings.VERTEBASE_SENDS_MAIL:
        return
    project = invitation.project
    text = (
        f"{invitation.invited_by.name} invites you to take part in {project.name!r} as {invitation.role}.\n\n"
        f"Open this link to answer: {link}\n\n"
        f"It works once, until {invitation.expires_at:%d %B %Y}. If you did not expect it, do nothing.\n"
    )
    try:
        send_mail(f"{settings.VERTEBASE_SITE_NAME}: {project.name}", text, None, [invitation.email])
    except (SMTPException, OSError):
        logger.exception("the invitation %s was not mailed", invitation.pk)
        return
    invitation.mailed_at = timezone.now()
    invitation.save(update_fields=["mailed_at"])


def invite(
    *,
    actor: User,
    project: Project,
    email: str,
    role: str,
    link_of: Callable[[str], str],
    group_id: UUID | None = None,
) -> Invited:
    """Offer a role to an address; ``link_of`` makes the address of the page that answers a secret.

    Who takes it up joins the group too, of which the invited hear nothing.

    Raises
    ------
    Conflict, Invalid, Forbidden, NotFound
        a member with that role already; no such role; the actor is no manager; no such group in the project.
    """
    email = email.strip().lower()
    members = Membership.objects.filter(project=project, active=True, user__email__iexact=email)
    if members.filter(role=role).exists():
        raise Conflict("already_member", "This person holds the role already.")
    invitation, token = _renew(actor=actor, project=project, email=email, role=role, group_id=group_id)
    link = link_of(token)
    _mail(invitation, link)
    return Invited(invitation, link if invitation.mailed_at is None else None)


@transaction.atomic
def withdraw(*, actor: User, project: Project, invitation_id: UUID) -> None:
    """End an open invitation: its link is worthless from now on."""
    require_role(actor, project, Role.MANAGER)
    invitation = listed(project).filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound
    audit.record(
        actor=actor,
        act=people_acts.MemberUninvited(role=invitation.role),
        subject=invitation,
        project_id=project.pk,
    )
    invitation.delete()


def by_token(token: str) -> Invitation:
    """The open invitation of a link.

    Raises
    ------
    NotFound
        never made, withdrawn, taken up already or too old; which of these is nobody's business.
    """
    invitation = _open().filter(token_sha256=token_digest(token)).first()
    if invitation is None:
        raise NotFound("not_found", "This invitation is no longer open. Ask for a new one.")
    return invitation


def _account(invitation: Invitation, user: User | None, display_name: str, password: str) -> User:
    """Who takes a link up: the signed-in person, or a new account."""
    if user is not None:
        if invitation.email not in {user.email.lower(), *verified_addresses(user)}:
            raise OtherAddress
        return user
    if user_by_email(invitation.email) is not None:
        raise SignInFirst
    try:
        validate_password(password, User(email=invitation.email, display_name=display_name))
    except ValidationError as error:
        raise Invalid("weak_password", " ".join(error.messages)) from error
    return accounts.create_user(
        email=invitation.email,
        password=password,
        display_name=display_name.strip(),
        verified=invitation.mailed_at is not None,
    )


def _take_up(invitation: Invitation, account: User) -> Membership:
    membership = services.grant(
        actor=invitation.invited_by, project=invitation.project, user=account, role=invitation.role
    )
    if invitation.group is not None:
        groups.join(actor=invitation.invited_by, group=invitation.group, user=account)
    invitation.accepted_at = timezone.now()
    invitation.accepted_by = account
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record(
        actor=account, act=people_acts.MemberAccepted(), subject=invitation, project_id=invitation.project_id
    )
    return membership


@transaction.atomic
def accept(*, token: str, user: User | None, display_name: str = "", password: str = "") -> Membership:
    """Take up an invitation by its link, as ``user`` or with a new account where nobody is signed in.

    Raises
    ------
    NotFound, OtherAddress, SignInFirst, Invalid
        no such open link; signed in as somebody else; the address has an account; the password is too weak.
    """
    invitation = _locked(by_token(token).pk)
    return _take_up(invitation, _account(invitation, user, display_name, password))


def _locked(pk: UUID) -> Invitation:
    invitation = _open().select_for_update(of=("self",)).filter(pk=pk).first()
    if invitation is None:
        raise NotFound
    return invitation


@transaction.atomic
def answer(*, user: User, invitation_id: UUID, accepts: bool) -> Membership | None:
    """The person's yes or no to what is offered to them; a yes makes the membership.

    Raises
    ------
    NotFound
        nothing that is open is offered to them under this id.
    """
    if not offers_to(user).filter(pk=invitation_id).exists():
        raise NotFound
    invitation = _locked(invitation_id)
    if accepts:
        return _take_up(invitation, user)
    invitation.declined_at = timezone.now()
    invitation.save(update_fields=["declined_at"])
    audit.record(
        actor=user, act=people_acts.MemberDeclined(), subject=invitation, project_id=invitation.project_id
    )
    return None
