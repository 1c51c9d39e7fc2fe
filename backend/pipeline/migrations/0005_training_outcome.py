from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0004_one_open_training"),
    ]

    operations = [
        migrations.AddField(
            model_name="training",
            name="outcome",
            field=models.JSONField(default=dict),
        ),
    ]
