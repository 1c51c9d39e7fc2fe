from importlib import import_module

from django.db import migrations, models

count = import_module("backend.annotation.migrations.0018_vertebrae_handed_in").count


class Migration(migrations.Migration):
    """From here on every hand-in has its count; one that slipped in without, while both versions ran, is counted."""

    dependencies = [
        ("annotation", "0018_vertebrae_handed_in"),
    ]

    operations = [
        migrations.RunPython(count, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="submission",
            name="vertebrae",
            field=models.PositiveSmallIntegerField(),
        ),
    ]
