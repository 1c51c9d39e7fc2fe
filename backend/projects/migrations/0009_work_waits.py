from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0008_guideline_versions")]

    operations = [
        migrations.AddField(
            model_name="membership", name="work_waits", field=models.BooleanField(default=False)
        ),
    ]
