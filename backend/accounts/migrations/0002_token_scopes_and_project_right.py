from datetime import timedelta

import django.utils.timezone
from django.db import migrations, models

DAYS = 90


def give_an_end(apps, schema_editor):
    """Tokens without an end get one; those with one keep it. All keep what they could do."""
    ApiToken = apps.get_model("accounts", "ApiToken")
    end = django.utils.timezone.now() + timedelta(days=DAYS)
    ApiToken.objects.filter(expires_at=None).update(expires_at=end)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="project_right",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="scope",
            field=models.CharField(
                choices=[("read", "Read"), ("annotate", "Annotate"), ("manage", "Manage")],
                default="manage",
                max_length=16,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(give_an_end, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="apitoken",
            name="expires_at",
            field=models.DateTimeField(),
        ),
    ]
