"""``manage.py allow_projects EMAIL``: who may create projects on this site."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.accounts.selectors import user_by_email
from backend.accounts.services import allow_projects


class Command(BaseCommand):
    help = "Let an account create projects, or no longer (--withdraw)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--withdraw", action="store_true", help="take the right back")

    def handle(self, *args: Any, **options: Any) -> None:
        user = user_by_email(options["email"])
        if user is None:
            raise CommandError(f"There is no active account {options['email']}.")
        changed = allow_projects(user=user, allowed=not options["withdraw"])
        verb = "may" if changed.may_create_projects else "may not"
        self.stdout.write(f"{changed.email} {verb} create projects.")
