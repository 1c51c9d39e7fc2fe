"""The rules by which cases go in, and patients placed by hand. Both are held once the release is frozen."""

from importlib import import_module

from django.db import migrations, models

frozen = import_module("backend.releases.migrations.0003_frozen")
datasheet = import_module("backend.releases.migrations.0006_datasheet")
KEPT = (*datasheet.KEPT, "rules", "by_hand")
drop = frozen.drop


def create(apps, schema_editor):
    frozen.create(apps, schema_editor, KEPT)


class Migration(migrations.Migration):
    dependencies = [("releases", "0006_datasheet")]

    operations = [
        migrations.RunPython(drop, datasheet.create),
        migrations.AddField("release", "rules", models.JSONField(default=dict)),
        migrations.AddField("release", "by_hand", models.JSONField(default=dict)),
        migrations.RunPython(create, drop),
    ]
