"""REST of the extension for 3D Slicer: its files, for anybody."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from backend.common.api import ApiView
from backend.common.contract import DOWNLOAD
from backend.interchange.slicer.bundle import extension_zip

ZIP_MEDIA_TYPE = "application/zip"


class SlicerExtensionView(ApiView):
    authentication_classes = ()
    permission_classes = ()
    tells = {"GET": DOWNLOAD}

    @extend_schema(
        operation_id="slicer_extension", responses={(200, ZIP_MEDIA_TYPE): OpenApiTypes.BINARY}, auth=[]
    )
    def get(self, request: Request) -> HttpResponse:
        """The extension for 3D Slicer as a zip, with this site's address in it."""
        site = request.build_absolute_uri("/").rstrip("/")
        response = HttpResponse(extension_zip(site), content_type=ZIP_MEDIA_TYPE)
        response["Content-Disposition"] = 'attachment; filename="Vertebase-Slicer.zip"'
        response["Cache-Control"] = "no-cache"
        return response


urlpatterns: list[URLPattern | URLResolver] = [path("slicer-extension", SlicerExtensionView.as_view())]
