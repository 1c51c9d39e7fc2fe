from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0010_exclusion'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignment',
            name='levels_looked',
            field=models.JSONField(default=dict),
        ),
    ]
