from typing import Any

from django.db import migrations, models
from django.db.models import F


def as_by_dice(apps: Any, schema_editor: Any) -> None:
    """Until a report is computed anew its pairs stay in the order that they had."""
    apps.get_model("progress", "AgreementPairLine").objects.update(
        place_by_hd95=F("place"), place_by_kappa=F("place")
    )


class Migration(migrations.Migration):
    dependencies = [
        ("progress", "0006_agreement_pair_lines"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreementpairline",
            name="place_by_hd95",
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="agreementpairline",
            name="place_by_kappa",
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunPython(as_by_dice, migrations.RunPython.noop),
    ]
