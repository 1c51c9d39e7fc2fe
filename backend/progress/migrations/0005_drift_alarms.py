import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0005_last_job_of_a_project"),
        ("progress", "0004_saved_views"),
        ("projects", "0008_guideline_versions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DriftWatch",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("stamp", models.CharField(blank=True, max_length=100)),
                ("computed_at", models.DateTimeField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="common.job",
                    ),
                ),
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drift_watch",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DriftAlarm",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "figure",
                    models.CharField(
                        choices=[
                            ("dice", "agreement with the accepted mask"),
                            ("level_dice", "agreement with the accepted mask, of one level"),
                            ("gold_dice", "agreement with the answer of gold cases"),
                            ("edited", "share of the mask that was edited"),
                            ("minutes", "minutes per vertebra"),
                        ],
                        max_length=12,
                    ),
                ),
                ("label", models.PositiveSmallIntegerField(default=0)),
                ("side", models.CharField(choices=[("down", "down"), ("up", "up")], max_length=4)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("dismissed", "Dismissed"), ("retrained", "Retrained")],
                        default="open",
                        max_length=12,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("values_before", models.PositiveIntegerField()),
                ("mean_before", models.FloatField()),
                ("mean_since", models.FloatField()),
                ("submissions", models.JSONField(default=list)),
                ("reason", models.TextField(blank=True)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drift_alarms",
                        to="projects.project",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-until"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("project", "rater", "figure", "label"),
                        name="one_open_drift_alarm_per_chart",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "open"), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="settled_drift_alarm_has_reason",
                    ),
                ],
            },
        ),
    ]
