"""A vertebra of the neck has no Genant grade: what stands on one was given under the name of another."""

from __future__ import annotations

from typing import Any

from django.db import migrations

# T1-T12, L1-L6, T13: as the table of levels had it when this was written.
GRADED = [*range(8, 26), 28]


def take_back(apps: Any, _: Any) -> None:
    """The rows stay on record; none of them stands."""
    grades = apps.get_model("consensus", "AgreedGrade")
    grades.objects.filter(current=True).exclude(label__in=GRADED).update(current=False)


class Migration(migrations.Migration):
    dependencies = [("consensus", "0004_naming")]

    operations = [migrations.RunPython(take_back, migrations.RunPython.noop)]
