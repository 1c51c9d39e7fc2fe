"""Files of other layouts beside VerSe's. SQLite makes the table anew, and with it its triggers."""

from importlib import import_module

from django.db import migrations, models

frozen = import_module("backend.releases.migrations.0003_frozen")


class Migration(migrations.Migration):
    dependencies = [("releases", "0003_frozen")]

    operations = [
        migrations.RunPython(frozen.drop, frozen.create),
        migrations.AddField(
            model_name="releasefile",
            name="layout",
            field=models.CharField(
                choices=[("verse", "VerSe"), ("bids", "BIDS"), ("nnunet", "nnU-Net v2")],
                default="verse",
                max_length=8,
            ),
        ),
        migrations.RemoveConstraint(model_name="releasefile", name="one_file_per_path"),
        migrations.AddConstraint(
            model_name="releasefile",
            constraint=models.UniqueConstraint(
                fields=("release", "layout", "path"), name="one_file_per_path"
            ),
        ),
        migrations.RunPython(frozen.create, frozen.drop),
    ]
