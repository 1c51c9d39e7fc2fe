"""``manage.py seed_scale``: a project of ten thousand series as rows, to see how pages fare."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backend.projects.models import Project
from backend.workflow.seeding.plan import Plan
from backend.workflow.seeding.seed import seed


class Command(BaseCommand):
    help = "Make a large project without CTs, for measuring. Never on a site with real work: its chain grows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = Plan()
        parser.add_argument("--slug", default=usual.slug)
        parser.add_argument("--series", type=int, default=usual.series)
        parser.add_argument("--people", type=int, default=usual.people)
        parser.add_argument("--gradings", type=int, default=usual.gradings)
        parser.add_argument("--force", action="store_true", help="also where DJANGO_DEBUG is off")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEBUG or options["force"]):
            raise CommandError(
                "This site is not for trying things out (DJANGO_DEBUG is off); --force does it."
            )
        if options["people"] < 20 or options["series"] < 1:
            raise CommandError("At least 20 people and one series are needed.")
        if Project.objects.filter(slug=options["slug"]).exists():
            raise CommandError(f"There is a project {options['slug']} already.")
        plan = Plan(options["slug"], options["series"], options["people"], options["gradings"])
        seed(plan, self.stdout.write)
        self.stdout.write(
            f"The project {plan.slug} is there; its people are {plan.slug}-000@scale.test and on."
        )
