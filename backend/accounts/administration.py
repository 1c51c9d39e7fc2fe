"""What administrators of the site do with accounts. What people did stays theirs in any case."""

from __future__ import annotations

from uuid import UUID

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Q, QuerySet

from backend.accounts.models import ApiToken, User
from backend.accounts.services import allow_projects, end_what_the_password_opened
from backend.audit import services as audit
from backend.audit.acts import people_acts
from backend.common.errors import Conflict, Forbidden, NotFound


class NoAdministrator(Forbidden):
    code = "no_administrator"
    message = "Only an administrator of the site may do this."


class OwnAccount(Conflict):
    code = "own_account"
    message = "You cannot switch off your own account. Ask another administrator."


def require_administrator(user: User) -> None:
    """Refuse anyone who does not administer the site."""
    if not user.is_staff:
        raise NoAdministrator


def accounts_listed_to(user: User, *, search: str = "", active: bool | None = None) -> QuerySet[User]:
    """Accounts by name and address, for administrators; ``search`` is a part of either.

    Raises
    ------
    NoAdministrator
        The user administers nothing here.
    """
    require_administrator(user)
    accounts = User.objects.order_by("display_name", "email")
    for word in search.split():
        accounts = accounts.filter(Q(display_name__icontains=word) | Q(email__icontains=word))
    return accounts if active is None else accounts.filter(is_active=active)


@transaction.atomic
def change_account(
    *, account_id: UUID, actor: User, active: bool | None = None, may_create_projects: bool | None = None
) -> User:
    """Switch an account off or on, let it create projects or no longer; None leaves things as they are.

    Switched off, its sessions and tokens end at once, and nobody signs in to it. What it did stays under its
    name; unfinished work goes back with the next round of what falls due.

    Raises
    ------
    NoAdministrator, NotFound, OwnAccount
    """
    # all administrators are locked, so that two of them never switch each other off
    administrators = User.objects.select_for_update().filter(is_staff=True, is_active=True).order_by("pk")
    if actor.pk not in {one.pk for one in administrators}:
        raise NoAdministrator
    account = User.objects.select_for_update().filter(pk=account_id).first()
    if account is None:
        raise NotFound
    if active is False and account.pk == actor.pk:
        raise OwnAccount
    if active is not None and active != account.is_active:
        _switch(account, active, actor)
    if may_create_projects is not None and may_create_projects != account.project_right:
        account = allow_projects(user=account, allowed=may_create_projects, actor=actor)
    return account


@transaction.atomic
def sign_out_everywhere(*, account_id: UUID, actor: User) -> User:
    """End all browser sessions and tokens of an account, which stays on: a device was lost, a token leaked.

    Raises
    ------
    NoAdministrator, NotFound
    """
    require_administrator(actor)
    account = User.objects.select_for_update().filter(pk=account_id).first()
    if account is None:
        raise NotFound
    sessions = UserSession.objects.filter(user=account).count()
    tokens = ApiToken.objects.filter(user=account).count()
    _end_all(account, actor)
    act = people_acts.AccountSessionsEnded(sessions=sessions, tokens=tokens)
    audit.record(actor=actor, act=act, subject=account)
    return account


def _end_all(account: User, actor: User) -> None:
    end_what_the_password_opened(user=account, actor=actor)
    for session in UserSession.objects.filter(user=account):
        session.end()


def _switch(account: User, active: bool, actor: User) -> None:
    account.is_active = active
    account.save(update_fields=["is_active"])
    if not active:
        _end_all(account, actor)
    act = people_acts.AccountSwitchedOn() if active else people_acts.AccountSwitchedOff()
    audit.record(actor=actor, act=act, subject=account)
