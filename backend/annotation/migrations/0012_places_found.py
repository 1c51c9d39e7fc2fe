from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0011_levels_looked"),
    ]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="places_found",
            field=models.PositiveSmallIntegerField(null=True),
        ),
    ]
