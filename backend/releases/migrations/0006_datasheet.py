"""What managers say for the datasheet. It is held with the rest once the release is frozen."""

from importlib import import_module

from django.db import migrations, models

frozen = import_module("backend.releases.migrations.0003_frozen")
citation = import_module("backend.releases.migrations.0005_citation")
KEPT = (*citation.KEPT, "datasheet")
drop = frozen.drop


def create(apps, schema_editor):
    frozen.create(apps, schema_editor, KEPT)


class Migration(migrations.Migration):
    dependencies = [("releases", "0005_citation")]

    operations = [
        migrations.RunPython(drop, citation.create),
        migrations.AddField("release", "datasheet", models.JSONField(default=dict)),
        migrations.RunPython(create, drop),
    ]
