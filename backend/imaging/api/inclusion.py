"""REST of inclusion rules: the project's rules, and how each series stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.common.stored_wire import StoredSerializer
from backend.imaging import selectors
from backend.imaging.models import RuleState
from backend.imaging.rules import AskedRule
from backend.imaging.rules import Rule as ShownRule
from backend.imaging.serializers import VerdictSerializer
from backend.imaging.services import inclusion
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role
from backend.science.inclusion import TEMPLATES, Rule


class AskedRuleSerializer(StoredSerializer):
    model = AskedRule


class RuleSerializer(StoredSerializer):
    model = ShownRule


class RulesInput(serializers.Serializer[Any]):
    rules = serializers.ListField(child=AskedRuleSerializer(), max_length=40)


class StateInput(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=RuleState.choices)
    fact = serializers.CharField(allow_blank=True, default="", max_length=2000)


class WaiverInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


def rule_row(rule: Rule) -> dict[str, Any]:
    template = TEMPLATES[rule.id]
    return {**rule.to_json(), "title": template.title, "text": template.text}


class InclusionView(ApiView):
    @extend_schema(operation_id="inclusion_rules", responses=RuleSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The project's inclusion rules (manager)."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        rows = [rule_row(rule) for rule in selectors.inclusion_rules_of(project)]
        return Response(RuleSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="inclusion_rules_set", request=RulesInput, responses=RuleSerializer(many=True)
    )
    def put(self, request: Request, slug: str) -> Response:
        """Change the rules; every series is checked by them at once."""
        project = project_visible_to(self.actor, slug)
        asked = self.parse(RulesInput)["rules"]
        rules = inclusion.set_rules(project=project, actor=self.actor, rules=asked)
        return Response(RuleSerializer([rule_row(rule) for rule in rules], many=True).data)


class StateView(ApiView):
    @extend_schema(operation_id="inclusion_state", request=StateInput, responses=VerdictSerializer)
    def put(self, request: Request, series_id: UUID, rule_id: str) -> Response:
        """Say how a rule stands, with the fact (manager)."""
        series = selectors.managed_series(self.actor, series_id)
        asked = self.parse(StateInput)
        row = inclusion.state_rule(series=series, actor=self.actor, rule_id=rule_id, **asked)
        return Response(VerdictSerializer(row).data)


class WaiverView(ApiView):
    @extend_schema(operation_id="inclusion_waive", request=WaiverInput, responses=VerdictSerializer)
    def put(self, request: Request, series_id: UUID, rule_id: str) -> Response:
        """Waive a rule that failed, with the reason (manager)."""
        series = selectors.managed_series(self.actor, series_id)
        reason = self.parse(WaiverInput)["reason"]
        row = inclusion.waive(series=series, actor=self.actor, rule_id=rule_id, reason=reason)
        return Response(VerdictSerializer(row).data)

    @extend_schema(operation_id="inclusion_waiver_withdraw", request=None, responses={200: VerdictSerializer})
    def delete(self, request: Request, series_id: UUID, rule_id: str) -> Response:
        """Take the waiver back (manager)."""
        series = selectors.managed_series(self.actor, series_id)
        row = inclusion.take_waiver_back(series=series, actor=self.actor, rule_id=rule_id)
        return Response(VerdictSerializer(row).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/inclusion", InclusionView.as_view()),
    path("series/<uuid:series_id>/inclusion/<str:rule_id>", StateView.as_view()),
    path("series/<uuid:series_id>/inclusion/<str:rule_id>/waiver", WaiverView.as_view()),
]
