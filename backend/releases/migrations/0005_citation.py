"""What a release is cited by. It is held with the rest once the release is frozen."""

from importlib import import_module

from django.db import migrations, models

frozen = import_module("backend.releases.migrations.0003_frozen")
KEPT = (*frozen.KEPT, "creators", "publisher", "doi", "released_on")
drop = frozen.drop


def create(apps, schema_editor):
    frozen.create(apps, schema_editor, KEPT)


class Migration(migrations.Migration):
    dependencies = [("releases", "0004_layouts")]

    operations = [
        migrations.RunPython(drop, frozen.create),
        migrations.AddField("release", "creators", models.JSONField(default=list)),
        migrations.AddField(
            "release", "publisher", models.CharField(blank=True, default="", max_length=160), False
        ),
        migrations.AddField("release", "doi", models.CharField(blank=True, default="", max_length=120), False),
        migrations.AddField("release", "released_on", models.DateField(blank=True, null=True)),
        migrations.RunPython(create, drop),
    ]
