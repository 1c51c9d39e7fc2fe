from django.db import migrations, models


def keep_the_right(apps, schema_editor):
    """Whoever made a project before the right existed may make another."""
    Project = apps.get_model("projects", "Project")
    User = apps.get_model("accounts", "User")
    makers = Project.objects.values_list("created_by", flat=True)
    User.objects.filter(pk__in=list(makers)).update(project_right=True)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0004_finding_rules"),
        ("accounts", "0002_token_scopes_and_project_right"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="declined_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(keep_the_right, migrations.RunPython.noop),
    ]
