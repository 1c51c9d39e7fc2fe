from django.db import migrations, models
from django.utils import timezone

OPEN = ("queued", "running")
ERROR = "Ended by an update of the site: another training was at work at the same time."


def leave_one_open(apps, schema_editor):
    """Of trainings that were started at the same moment the first goes on."""
    Training = apps.get_model("pipeline", "Training")
    first = Training.objects.filter(state__in=OPEN).order_by("created_at").values_list("pk", flat=True).first()
    others = Training.objects.filter(state__in=OPEN).exclude(pk=first)
    others.update(state="failed", error=ERROR, finished_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("pipeline", "0003_training_ending_early"),
    ]

    operations = [
        migrations.RunPython(leave_one_open, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="training",
            constraint=models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(("state__in", OPEN)),
                name="one_open_training",
            ),
        ),
    ]
