"""REST of work that came back (what was asked, what has changed), and of what an expert has looked at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.annotation.cases.services.sightings import show_case
from backend.annotation.models import Assignment, SightKind
from backend.annotation.selectors import assignments_visible_to, cases_managed_by, comparing_work_of
from backend.annotation.work.serializers.places import PlaceTickSerializer
from backend.common.api import IDEMPOTENCY_KEY, ApiView
from backend.common.places import VoxelField
from backend.common.scopes import OWN_WORK
from backend.common.selectors import one_of
from backend.review.looked import looked_in, looked_levels
from backend.review.rounds import second_round
from backend.review.ticking import tick_level


class AskedSerializer(serializers.Serializer[Any]):
    by = serializers.CharField(help_text="A name only where the reader may know it")
    text = serializers.CharField()
    at = serializers.DateTimeField()
    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    voxel = VoxelField(allow_null=True)
    resolved = serializers.BooleanField()


class StandingAnswerSerializer(serializers.Serializer[Any]):
    grade = serializers.IntegerField(allow_null=True)
    fracture_type = serializers.CharField(allow_blank=True)
    foreign_material = serializers.CharField(allow_blank=True)
    not_gradable_reason = serializers.CharField(allow_blank=True)
    deformity = serializers.CharField(allow_blank=True)
    osteoporotic = serializers.BooleanField(allow_null=True)
    transitional = serializers.BooleanField()


class GradeChangeSerializer(serializers.Serializer[Any]):
    before = StandingAnswerSerializer(allow_null=True)
    after = StandingAnswerSerializer(allow_null=True)


class SinceThenSerializer(serializers.Serializer[Any]):
    """One vertebra against the mask that was returned."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    state = serializers.ChoiceField(
        choices=["returned", "changed", "settled"],
        help_text="returned: asked for; changed: was settled, and is open since it changed",
    )
    added = serializers.IntegerField(help_text="Voxels that it has gained")
    removed = serializers.IntegerField(help_text="Voxels that it has lost")
    gone = serializers.BooleanField(help_text="It is in the returned mask only")
    renamed_from = serializers.IntegerField(allow_null=True)
    grade = GradeChangeSerializer(allow_null=True, help_text="Null: as it was")


class SecondRoundSerializer(serializers.Serializer[Any]):
    asked = AskedSerializer(many=True, help_text="The words of the return first, then its notes")
    everything = serializers.BooleanField(help_text="No vertebra was named: all are open again")
    vertebrae = SinceThenSerializer(many=True, help_text="From the head down")


class RoundSerializer(serializers.Serializer[Any]):
    second_round = SecondRoundSerializer(allow_null=True, help_text="Null: the case has not come back")


class LookedLevelSerializer(serializers.Serializer[Any]):
    label = serializers.IntegerField()  # type: ignore[assignment]
    looked = serializers.BooleanField()
    changed = serializers.BooleanField(help_text="Was ticked; mask or name have changed since")
    before = serializers.BooleanField(help_text="Ticked in the round before")


class LookedAtSerializer(serializers.Serializer[Any]):
    """What somebody had ticked when they submitted."""

    assignment = serializers.UUIDField()
    vertebrae = LookedLevelSerializer(many=True, allow_null=True, help_text="Null: not an expert's work")
    places = PlaceTickSerializer(many=True, help_text="Places to look at that were ticked")
    places_found = serializers.IntegerField(
        allow_null=True, help_text="Places to look at that were listed when last asked for; null: never"
    )


class LevelLookedInput(serializers.Serializer[Any]):
    looked = serializers.BooleanField()


class ExpertView(ApiView):
    """Base of views on one of the user's own adjudications or reviews; anything else does not exist (404)."""

    scopes = OWN_WORK

    def work(self, assignment_id: UUID) -> Assignment:
        return one_of(comparing_work_of(self.actor), assignment_id)


class SecondRoundView(ApiView):
    scopes = OWN_WORK

    @extend_schema(operation_id="second_round", responses=RoundSerializer)
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """What was asked when the case came back, and what has changed since, vertebra by vertebra.

        To a rater of their own mask and grades alone.
        """
        found = second_round(one_of(assignments_visible_to(self.actor), assignment_id), self.actor)
        return Response(RoundSerializer({"second_round": found}).data)


class LookedLevelsView(ExpertView):
    @extend_schema(operation_id="levels_looked", responses=LookedLevelSerializer(many=True))
    def get(self, request: Request, assignment_id: UUID) -> Response:
        """The vertebrae of the mask, and which of them I have ticked as looked at."""
        return Response(LookedLevelSerializer(looked_levels(self.work(assignment_id)), many=True).data)


class LevelLookedView(ExpertView):
    @extend_schema(
        operation_id="level_looked",
        parameters=[IDEMPOTENCY_KEY],
        request=LevelLookedInput,
        responses=LookedLevelSerializer(many=True),
    )
    def put(self, request: Request, assignment_id: UUID, label: int) -> Response:
        """Tick a vertebra as looked at, as it is now, or take the tick back."""
        assignment = self.work(assignment_id)
        looked = self.parse(LevelLookedInput)["looked"]

        def act() -> Response:
            rows = tick_level(assignment_id=assignment.pk, label=label, looked=looked)
            return Response(LookedLevelSerializer(rows, many=True).data)

        return self.once(act)


class CaseLookedView(ApiView):
    @extend_schema(operation_id="case_looked", responses=LookedAtSerializer(many=True))
    def get(self, request: Request, case_id: UUID) -> Response:
        """What people had ticked as looked at when they submitted their work on the case (manager)."""
        one_of(cases_managed_by(self.actor), case_id)
        case = show_case(case_id=case_id, user=self.actor, kind=SightKind.CASE)
        return Response(LookedAtSerializer(looked_in(case), many=True).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("assignments/<uuid:assignment_id>/second-round", SecondRoundView.as_view()),
    path("assignments/<uuid:assignment_id>/levels-looked", LookedLevelsView.as_view()),
    path("assignments/<uuid:assignment_id>/levels-looked/<int:label>", LevelLookedView.as_view()),
    path("cases/<uuid:case_id>/looked", CaseLookedView.as_view()),
]
