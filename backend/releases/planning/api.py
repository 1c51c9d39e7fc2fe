"""REST of plans: what a release would hold, before it is drafted or frozen, and patients placed by hand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView
from backend.projects.models import Role
from backend.projects.selectors import project_visible_to, require_role
from backend.releases.api import ReleaseView
from backend.releases.models import Split
from backend.releases.planning.plan import Asked, make_plan
from backend.releases.planning.rules import RULE_CHOICES, read_rules
from backend.releases.planning.shown import plan_of_draft, plan_row
from backend.releases.serializers import RulesSerializer
from backend.releases.services.drafting import DEFAULT_FRACTIONS, checked_fractions
from backend.releases.services.placing import place_by_hand


class PreviewInput(serializers.Serializer[Any]):
    rules = RulesSerializer(default=dict)
    fractions = serializers.DictField(child=serializers.FloatField(), default=DEFAULT_FRACTIONS)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    embargo_until = serializers.DateField(allow_null=True, default=None)


class PlacesInput(serializers.Serializer[Any]):
    places = serializers.DictField(
        child=serializers.ChoiceField(choices=Split.choices, allow_null=True),
        help_text="By the patient's name in the draft; null: the seed decides again",
    )


class PlanRuleSerializer(serializers.Serializer[Any]):
    rule = serializers.ChoiceField(choices=RULE_CHOICES)
    cases = serializers.IntegerField()


class PlanLeftOutSerializer(serializers.Serializer[Any]):
    case_id = serializers.UUIDField()
    pseudonym = serializers.CharField()
    series = serializers.IntegerField()
    rule = serializers.ChoiceField(choices=RULE_CHOICES)
    why = serializers.CharField()


class PlanPlaceSerializer(serializers.Serializer[Any]):
    subject = serializers.CharField(help_text="The patient's name in the archive")
    split = serializers.ChoiceField(choices=Split.choices)
    decided_by = serializers.ChoiceField(choices=[(who, who) for who in ("seed", "hand", "earlier")])
    version = serializers.CharField(allow_blank=True, help_text="The earlier version that binds it")
    series = serializers.IntegerField(help_text="How many of its series are in")


class PlanBalanceSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    name = serializers.CharField()
    total = serializers.FloatField()
    splits = serializers.DictField(child=serializers.FloatField())
    wanted = serializers.DictField(child=serializers.FloatField(), help_text="What the shares ask for")


class PlanUngradedSerializer(serializers.Serializer[Any]):
    case_id = serializers.UUIDField()
    pseudonym = serializers.CharField()
    series = serializers.IntegerField()
    labels = serializers.ListField(
        child=serializers.IntegerField(), help_text="From T1 down, without a grade"
    )


class PlanRatersSerializer(serializers.Serializer[Any]):
    cases = serializers.IntegerField(help_text="That several people did, each alone")
    masks = serializers.IntegerField(help_text="That they handed in")
    masks_bytes = serializers.IntegerField(help_text="About what these masks add to the archive")
    map_bytes = serializers.IntegerField(help_text="About what one kind of map adds")


class PlanSerializer(serializers.Serializer[Any]):
    patients = serializers.IntegerField()
    cases = serializers.IntegerField()
    stale = serializers.BooleanField(help_text="The draft holds something else: set it anew")
    rules = PlanRuleSerializer(many=True, help_text="How many cases each rule leaves out")
    left_out = PlanLeftOutSerializer(many=True, help_text="The first 500, with the first rule not met")
    places = PlanPlaceSerializer(many=True)
    balance = PlanBalanceSerializer(many=True)
    ungraded_vertebrae = serializers.IntegerField(
        help_text="In the accepted masks; 0 where nothing is graded"
    )
    raters = PlanRatersSerializer(help_text="What single raters' masks and maps would add")
    ungraded = PlanUngradedSerializer(many=True, help_text="The first 500 cases that have such vertebrae")


class PlanPreviewView(ApiView):
    @extend_schema(operation_id="release_preview", request=PreviewInput, responses=PlanSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """What a release by these rules would hold; nothing is kept (manager)."""
        project = project_visible_to(self.actor, slug)
        require_role(self.actor, project, Role.MANAGER)
        said = self.parse(PreviewInput)
        asked = Asked(
            project=project,
            rules=read_rules(said["rules"], project),
            fractions=checked_fractions(said["fractions"]),
            seed=said["seed"],
            embargo_until=said["embargo_until"],
        )
        return Response(PlanSerializer(plan_row(project, make_plan(asked), self.actor)).data)


class ReleasePlanView(ReleaseView):
    @extend_schema(operation_id="release_plan", responses=PlanSerializer)
    def get(self, request: Request, release_id: UUID) -> Response:
        """Who is in a draft and where, who is left out by which rule, how even its splits are (manager)."""
        return Response(PlanSerializer(plan_of_draft(self.managed(release_id), self.actor)).data)


class ReleasePlacesView(ReleaseView):
    @extend_schema(operation_id="release_place", request=PlacesInput, responses=PlanSerializer)
    def put(self, request: Request, release_id: UUID) -> Response:
        """Place patients of a draft by hand, or leave them to the seed again (manager)."""
        places = self.parse(PlacesInput)["places"]
        place_by_hand(release_id=self.managed(release_id).pk, actor=self.actor, places=places)
        return Response(PlanSerializer(plan_of_draft(self.managed(release_id), self.actor)).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/releases/preview", PlanPreviewView.as_view()),
    path("releases/<uuid:release_id>/plan", ReleasePlanView.as_view()),
    path("releases/<uuid:release_id>/places", ReleasePlacesView.as_view()),
]
