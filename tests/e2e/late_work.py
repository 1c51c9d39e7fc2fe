"""A task of the demo past its day, on a case that is under way: what a manager finds on the first page."""

from __future__ import annotations

import json
import sys
from datetime import timedelta

from django.utils import timezone

from backend.annotation.models import Assignment, CasePurpose
from backend.annotation.selectors import WORKING_STATES


def main() -> None:
    """Make it late, and say who has it."""
    in_hand = Assignment.objects.filter(
        task__case__project__slug="demo", task__case__purpose=CasePurpose.WORK, state__in=WORKING_STATES
    )
    late = in_hand.select_related("rater", "task__case").first()
    assert late is not None, "the demo has work in hand"
    Assignment.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=3))
    sys.stdout.write(json.dumps({"name": late.rater.name, "alias": late.task.case.alias}))
