"""Projects and protocols over REST."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, paged
from backend.common.stored_wire import StoredSerializer
from backend.projects import selectors, services
from backend.projects.finding_rules import LEVELS, rules_of
from backend.projects.models import Project, Role
from backend.projects.protocols import PROTOCOLS, Protocol


class ProtocolSerializer(StoredSerializer):
    model = Protocol


class CountsSerializer(serializers.Serializer[Any]):
    series = serializers.IntegerField()
    cases = serializers.IntegerField()
    accepted = serializers.IntegerField()
    quarantined = serializers.IntegerField()


class FindingRulesField(serializers.DictField):
    """What the project does about each finding: off, warn or block."""

    child = serializers.ChoiceField(choices=LEVELS)


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project as its members see it. Context: ``roles`` and ``counts`` by project id."""

    protocol = serializers.SerializerMethodField()
    finding_rules = serializers.SerializerMethodField()
    my_roles = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = (
            "id",
            "slug",
            "name",
            "description",
            "protocol",
            "guidelines",
            "finding_rules",
            "working_spacing_mm",
            "dicomweb",
            "my_roles",
            "counts",
            "created_at",
        )
        read_only_fields = fields

    @extend_schema_field(ProtocolSerializer)
    def get_protocol(self, project: Project) -> dict[str, Any]:
        """Managers alone learn which stages are for which group."""
        protocol = selectors.protocol_of(project)
        manages = Role.MANAGER in self.get_my_roles(project)
        return (protocol if manages else protocol.without_groups()).to_json()

    @extend_schema_field(FindingRulesField)
    def get_finding_rules(self, project: Project) -> dict[str, str]:
        return {**rules_of(project.finding_rules)}

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Role.choices)))
    def get_my_roles(self, project: Project) -> list[str]:
        roles: list[str] = self.context["roles"].get(project.pk, [])
        return roles

    @extend_schema_field(CountsSerializer(allow_null=True))
    def get_counts(self, project: Project) -> dict[str, int] | None:
        """Null to who rates where gold cases or repeats are mixed in: a number that stays would tell them."""
        roles = set(self.get_my_roles(project))
        quality = selectors.protocol_of(project).quality
        rates = bool(roles & {Role.RATER, Role.RADIOLOGIST}) and Role.MANAGER not in roles
        if rates and (quality.gold_share or quality.repeat_share):
            return None
        counts: dict[str, int] = self.context["counts"][project.pk]
        return counts


class ProjectInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    slug = serializers.CharField(max_length=60, required=False, allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    protocol_key = serializers.CharField(required=False)
    protocol = ProtocolSerializer(required=False)
    guidelines = serializers.CharField(
        required=False, allow_blank=True, help_text="Markdown; left out: the rules that ship with the product"
    )
    working_spacing_mm = serializers.FloatField(required=False)


class StagePlanSerializer(serializers.Serializer[Any]):
    """What becomes of the work in a stage that the new protocol does not have."""

    stage = serializers.CharField(max_length=40)
    how = serializers.ChoiceField(
        choices=["move", "withdraw"],
        help_text="move: it goes on in `to`; withdraw: tasks in hand are taken back, edits stay on record",
    )
    to = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")


class ProjectChangesInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    protocol = ProtocolSerializer(required=False)
    guidelines = serializers.CharField(required=False, allow_blank=True)
    stage_plans = StagePlanSerializer(
        many=True,
        required=False,
        help_text="Asked for by 409 `stage_in_use`, whose extra.stages has the counts",
    )
    finding_rules = FindingRulesField(required=False)
    working_spacing_mm = serializers.FloatField(required=False)
    dicomweb = serializers.BooleanField(
        required=False, help_text="Other programs may read accepted cases over DICOMweb"
    )


class ProtocolListView(ApiView):
    @extend_schema(operation_id="protocols", responses=ProtocolSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The protocols that ship with the product."""
        return Response(ProtocolSerializer(list(PROTOCOLS.values()), many=True).data)


class ProjectViewBase(ApiView):
    def context(self, projects: list[Project]) -> dict[str, Any]:
        ids = [project.pk for project in projects]
        return {
            "roles": selectors.roles_by_project(self.actor, ids),
            "counts": selectors.project_counts(ids),
        }

    def one(self, project: Project, status: int = 200) -> Response:
        return Response(ProjectSerializer(project, context=self.context([project])).data, status=status)


class ProjectListView(ProjectViewBase):
    @extend_schema(operation_id="projects", responses=paged(ProjectSerializer))
    def get(self, request: Request) -> Response:
        """The projects in which one has a part."""
        projects = selectors.projects_visible_to(self.actor)
        return self.page(projects, ProjectSerializer, self.context)

    @extend_schema(operation_id="project_create", request=ProjectInput, responses={201: ProjectSerializer})
    def post(self, request: Request) -> Response:
        draft = services.ProjectDraft(**self.parse(ProjectInput))
        return self.one(services.create_project(actor=self.actor, draft=draft), status=201)


class ProjectView(ProjectViewBase):
    @extend_schema(operation_id="project", responses=ProjectSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return self.one(selectors.project_visible_to(self.actor, slug))

    @extend_schema(operation_id="project_update", request=ProjectChangesInput, responses=ProjectSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        project = selectors.project_visible_to(self.actor, slug)
        changes = self.parse(ProjectChangesInput)
        plans = [services.StagePlan(**plan) for plan in changes.pop("stage_plans", [])]
        changed = services.update_project(
            actor=self.actor, project=project, changes=changes, stage_plans=plans
        )
        return self.one(changed)


urlpatterns: list[URLPattern | URLResolver] = [
    path("protocols", ProtocolListView.as_view()),
    path("projects", ProjectListView.as_view()),
    path("projects/<slug:slug>", ProjectView.as_view()),
]
