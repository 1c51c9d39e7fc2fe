"""REST of giving a task to somebody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.cases import serializers as wire
from backend.annotation.models import Assignment
from backend.annotation.selectors import (
    tasks_managed_by,
)
from backend.annotation.work.services import giving
from backend.common.api import ApiView
from backend.common.selectors import one_of
from backend.projects.selectors import people_in


class AssignTaskView(ApiView):
    @extend_schema(
        operation_id="task_assign",
        request=wire.AssignInput,
        responses={201: wire.TaskAssignmentSerializer},
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        """Give a task to somebody (manager)."""
        user_id = self.parse(wire.AssignInput)["user_id"]
        task = one_of(tasks_managed_by(self.actor), task_id)
        user = one_of(people_in(task.case.project, with_account=True), user_id)
        made = giving.assign(task_id=task.pk, user=user, actor=self.actor)
        return Response(wire.TaskAssignmentSerializer(task_assignment_row(made)).data, status=201)


def task_assignment_row(assignment: Assignment) -> dict[str, Any]:
    """An assignment as managers see it."""
    return {
        "id": assignment.pk,
        "slot": assignment.slot,
        "rater": {"id": assignment.rater_id, "name": assignment.rater.name},
        "state": assignment.state,
        "submitted_at": assignment.submitted_at,
        "active_seconds": assignment.active_seconds,
        "pace": None,
        "never_in_view": None,
        "guidelines": None,
    }


urlpatterns: list[URLPattern | URLResolver] = [
    path("tasks/<uuid:task_id>/assign", AssignTaskView.as_view()),
]
