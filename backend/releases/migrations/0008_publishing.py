"""Publishing, requests for access, and DICOM in a release. What is frozen already counts as published."""

import uuid
from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

frozen = import_module("backend.releases.migrations.0003_frozen")
places = import_module("backend.releases.migrations.0007_rules_and_places")
KEPT = (*places.KEPT, "dicom")
drop = frozen.drop


def create(apps, schema_editor):
    frozen.create(apps, schema_editor, KEPT)


def publish_frozen(apps, schema_editor):
    """Researchers could read them from the moment they were frozen."""
    publication = apps.get_model("releases", "Publication")
    for release in apps.get_model("releases", "Release").objects.filter(state="frozen"):
        publication.objects.create(release=release, published_at=release.frozen_at or release.updated_at)


class Migration(migrations.Migration):
    dependencies = [
        ("releases", "0007_rules_and_places"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(drop, places.create),
        migrations.AddField(
            model_name="release",
            name="dicom",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="downloadrecord",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="releasefile",
            name="layout",
            field=models.CharField(
                choices=[("verse", "VerSe"), ("bids", "BIDS"), ("nnunet", "nnU-Net v2"), ("dicom", "DICOM")],
                default="verse",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="AccessRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=120)),
                ("email", models.EmailField(max_length=254)),
                ("institution", models.CharField(max_length=200)),
                ("purpose", models.TextField()),
                ("terms_sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("unconfirmed", "Unconfirmed"),
                            ("asked", "Asked"),
                            ("granted", "Granted"),
                            ("refused", "Refused"),
                            ("revoked", "Revoked"),
                        ],
                        default="asked",
                        max_length=12,
                    ),
                ),
                ("confirm_sha256", models.CharField(blank=True, max_length=64)),
                ("link_sha256", models.CharField(blank=True, db_index=True, max_length=64)),
                ("expires_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_requests",
                        to="releases.release",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddField(
            model_name="downloadrecord",
            name="access",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="downloads",
                to="releases.accessrequest",
            ),
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("published_at", models.DateTimeField(null=True)),
                ("public", models.BooleanField(default=False)),
                (
                    "access",
                    models.CharField(
                        choices=[
                            ("members", "Researchers of the project only"),
                            ("on_request", "Whoever asks and is granted it"),
                        ],
                        default="members",
                        max_length=12,
                    ),
                ),
                ("pictures", models.JSONField(default=list)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_reason", models.TextField(blank=True)),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "release",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="publication",
                        to="releases.release",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="accessrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["asked", "granted"])),
                fields=("release", "email"),
                name="one_open_request_per_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_at", None),
                    models.Q(
                        ("published_at__isnull", False), models.Q(("withdrawn_reason", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="withdrawn_was_published",
            ),
        ),
        migrations.RunPython(create, drop),
        migrations.RunPython(publish_frozen, migrations.RunPython.noop),
    ]
