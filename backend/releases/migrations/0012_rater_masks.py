"""Masks of single raters and maps made from them, by choice. The choice is held once the release is frozen."""

from importlib import import_module

from django.db import migrations, models

frozen = import_module("backend.releases.migrations.0003_frozen")
publishing = import_module("backend.releases.migrations.0008_publishing")
ADDED = ("rater_masks", "stable_raters", "disagreement_maps", "probability_maps")
KEPT = (*publishing.KEPT, *ADDED)
drop = frozen.drop


def create(apps, schema_editor):
    frozen.create(apps, schema_editor, KEPT)


class Migration(migrations.Migration):
    dependencies = [("releases", "0011_faults_by_link")]

    operations = [
        migrations.RunPython(drop, publishing.create),
        *(migrations.AddField("release", name, models.BooleanField(default=False)) for name in ADDED),
        migrations.RunPython(create, drop),
    ]
