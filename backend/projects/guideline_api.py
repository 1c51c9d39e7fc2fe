"""Guidelines of a project over REST: what is in force, former versions, the draft, pictures and receipts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.common.api import ApiView, RawParser
from backend.common.contract import BLOB
from backend.common.scopes import OWN_WORK
from backend.common.selectors import one_of
from backend.common.storage import blob_response
from backend.projects import guideline_selectors as selectors
from backend.projects import guidelines
from backend.projects.guideline_pictures import MAX_BYTES
from backend.projects.managed import ManagedProjectView
from backend.projects.models import GuidelineDraft, GuidelinePicture, GuidelineVersion, Project, ReadHow
from backend.projects.selectors import project_visible_to


class GuidelineSummarySerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    changes = serializers.CharField(help_text="What is new in it, in a line")
    must_read = serializers.BooleanField(help_text="Before the next task is handed out")
    published_at = serializers.DateTimeField()
    published_by = serializers.CharField()
    read_at = serializers.DateTimeField(allow_null=True, help_text="When I have read it")


class GuidelineVersionSerializer(GuidelineSummarySerializer):
    text = serializers.CharField(help_text="Markdown")


class GuidelinesSerializer(serializers.Serializer[Any]):
    """What is in force, and all versions, the newest first."""

    current = GuidelineVersionSerializer(allow_null=True)
    versions = GuidelineSummarySerializer(many=True)
    must_read = serializers.BooleanField(help_text="I get no other task before I have read it")


class GuidelineDraftSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(allow_blank=True)
    changes = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField(help_text="0: nothing is kept yet, the text is that in force")


class GuidelineDraftInput(serializers.Serializer[Any]):
    text = serializers.CharField(allow_blank=True, trim_whitespace=False, max_length=guidelines.MAX_TEXT)
    changes = serializers.CharField(allow_blank=True, default="", max_length=300)
    revision = serializers.IntegerField(min_value=0, help_text="Of the draft as it was read")


class GuidelinePublishInput(serializers.Serializer[Any]):
    revision = serializers.IntegerField(min_value=0, help_text="Of the draft as it was read")
    changes = serializers.CharField(allow_blank=True, max_length=300)
    must_read = serializers.BooleanField(default=False)


class ReadInput(serializers.Serializer[Any]):
    how = serializers.ChoiceField(choices=[ReadHow.END, ReadHow.BUTTON])


class GuidelinePictureSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    address = serializers.CharField(help_text="To be named in the text: ![what it shows](address)")
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class ReaderSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class GuidelineReceiptSerializer(serializers.Serializer[Any]):
    user = ReaderSerializer()
    number = serializers.IntegerField(allow_null=True, help_text="The newest version that they have read")
    read_at = serializers.DateTimeField(allow_null=True)
    how = serializers.ChoiceField(choices=ReadHow.choices, allow_null=True)


def summary(version: GuidelineVersion, read: dict[int, selectors.Read]) -> dict[str, Any]:
    seen = read.get(version.number)
    return {
        "number": version.number,
        "changes": version.changes,
        "must_read": version.must_read,
        "published_at": version.created_at,
        "published_by": version.published_by.name,
        "read_at": seen.at if seen is not None else None,
    }


def address_of(picture: GuidelinePicture, project: Project) -> str:
    return f"/api/v1/projects/{project.slug}/guidelines/pictures/{picture.pk}"


class GuidelinesView(ApiView):
    @extend_schema(operation_id="guidelines", responses=GuidelinesSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """The guidelines in force, and what was published before."""
        project = project_visible_to(self.actor, slug)
        read = selectors.read_by(self.actor, project)
        versions = list(selectors.versions_of(project))
        current = {**summary(versions[0], read), "text": versions[0].text} if versions else None
        answer = {
            "current": current,
            "versions": [summary(version, read) for version in versions],
            "must_read": selectors.has_to_read(self.actor, project) is not None,
        }
        return Response(GuidelinesSerializer(answer).data)


class GuidelineVersionView(ApiView):
    @extend_schema(operation_id="guideline_version", responses=GuidelineVersionSerializer)
    def get(self, request: Request, slug: str, number: int) -> Response:
        """One version as it was published."""
        project = project_visible_to(self.actor, slug)
        version = selectors.version_of(project, number)
        read = selectors.read_by(self.actor, project)
        row = {**summary(version, read), "text": version.text}
        return Response(GuidelineVersionSerializer(row).data)


class GuidelineReadView(ApiView):
    scopes = OWN_WORK

    @extend_schema(operation_id="guideline_read", request=ReadInput, responses={204: None})
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Note that I have read a version; the first time stands."""
        version = selectors.version_of(project_visible_to(self.actor, slug), number)
        guidelines.note_read(actor=self.actor, version=version, how=self.parse(ReadInput)["how"])
        return Response(status=204)


class GuidelineDraftView(ManagedProjectView):
    @extend_schema(operation_id="guideline_draft", responses=GuidelineDraftSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """What the next version is to say (manager)."""
        return _drafted(selectors.draft_of(self.project(slug)))

    @extend_schema(
        operation_id="guideline_draft_save", request=GuidelineDraftInput, responses=GuidelineDraftSerializer
    )
    def put(self, request: Request, slug: str) -> Response:
        """Keep the draft (manager). 409 `draft_changed`: somebody else has saved it meanwhile."""
        project = self.project(slug)
        said = self.parse(GuidelineDraftInput)
        return _drafted(guidelines.save_draft(actor=self.actor, project=project, **said))

    @extend_schema(operation_id="guideline_draft_drop", responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Throw the draft away (manager)."""
        guidelines.drop_draft(actor=self.actor, project=self.project(slug))
        return Response(status=204)


def _drafted(draft: GuidelineDraft) -> Response:
    return Response(GuidelineDraftSerializer(draft).data)


class GuidelinePublishView(ManagedProjectView):
    @extend_schema(
        operation_id="guidelines_publish",
        request=GuidelinePublishInput,
        responses={201: GuidelineVersionSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make the draft the version in force (manager). 409 `nothing_new` or `draft_changed`."""
        project = self.project(slug)
        made = guidelines.publish_draft(
            actor=self.actor, project=project, **self.parse(GuidelinePublishInput)
        )
        row = {**summary(made, selectors.read_by(self.actor, project)), "text": made.text}
        return Response(GuidelineVersionSerializer(row).data, status=201)


class GuidelinePicturesView(ManagedProjectView):
    parser_classes = (RawParser,)

    @extend_schema(
        operation_id="guideline_picture_add",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: GuidelinePictureSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Add a picture, PNG or JPEG (manager). It is encoded anew: nothing but its pixels is kept."""
        project = self.project(slug)
        body: Any = request.data
        data: bytes = body.read(MAX_BYTES + 1)
        made = guidelines.add_picture(actor=self.actor, project=project, data=data)
        row = {
            "id": made.pk,
            "address": address_of(made, project),
            "width": made.width,
            "height": made.height,
        }
        return Response(GuidelinePictureSerializer(row).data, status=201)


class GuidelinePictureView(ApiView):
    tells = {"GET": BLOB}

    @extend_schema(
        operation_id="guideline_picture",
        responses={(200, "image/png"): OpenApiTypes.BINARY, (200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str, picture_id: UUID) -> HttpResponseBase:
        """A picture of the guidelines, for the project's people."""
        project = project_visible_to(self.actor, slug)
        picture = one_of(selectors.pictures_of(project), picture_id)
        return blob_response(request=request._request, blob=picture.blob)

    @extend_schema(exclude=True)
    def head(self, request: Request, slug: str, picture_id: UUID) -> HttpResponseBase:
        return self.get(request, slug, picture_id)


class GuidelineReceiptsView(ManagedProjectView):
    @extend_schema(operation_id="guideline_receipts", responses=GuidelineReceiptSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """Who has read which version (manager)."""
        rows = [
            {
                "user": {"id": row.user.pk, "name": row.user.name},
                "number": row.read.number if row.read is not None else None,
                "read_at": row.read.at if row.read is not None else None,
                "how": row.read.how if row.read is not None else None,
            }
            for row in selectors.receipts_in(self.project(slug))
        ]
        return Response(GuidelineReceiptSerializer(rows, many=True).data)


ROOT = "projects/<slug:slug>/guidelines"
urlpatterns: list[URLPattern | URLResolver] = [
    path(ROOT, GuidelinesView.as_view()),
    path(f"{ROOT}/versions/<int:number>", GuidelineVersionView.as_view()),
    path(f"{ROOT}/versions/<int:number>/read", GuidelineReadView.as_view()),
    path(f"{ROOT}/draft", GuidelineDraftView.as_view()),
    path(f"{ROOT}/publish", GuidelinePublishView.as_view()),
    path(f"{ROOT}/pictures", GuidelinePicturesView.as_view()),
    path(f"{ROOT}/pictures/<uuid:picture_id>", GuidelinePictureView.as_view()),
    path(f"{ROOT}/receipts", GuidelineReceiptsView.as_view()),
]
