"""What the views on one's own work share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.parsers import BaseParser

from backend.annotation.models import Assignment
from backend.annotation.selectors import (
    assignments_visible_to,
)
from backend.common.api import ApiView
from backend.common.contract import Told
from backend.common.errors import TooLarge
from backend.common.scopes import OWN_WORK
from backend.common.selectors import one_of
from backend.science.edits import encode_mask

MAX_DELTA_BYTES = 64 << 20

MASK_MEDIA_TYPE = "application/vnd.vertebase.mask"


class BytesParser(BaseParser):
    """The body as it came, up to the largest delta."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body: bytes = stream.read(MAX_DELTA_BYTES + 1)
        if len(body) > MAX_DELTA_BYTES:
            raise TooLarge(message="One edit may take 64 MB at the most, packed.")
        return body


class AssignmentView(ApiView):
    """Base of views on one of the user's own assignments; anybody else's does not exist (404)."""

    scopes = OWN_WORK

    def assignment(self, assignment_id: UUID) -> Assignment:
        return one_of(assignments_visible_to(self.actor), assignment_id)


def mask_response(array: Any, *, revision: int, digest: str) -> HttpResponse:
    """A mask as VBD1 with its revision and digest."""
    response = HttpResponse(encode_mask(array), content_type=MASK_MEDIA_TYPE)
    response["X-Vertebase-Revision"] = str(revision)
    response["X-Vertebase-Digest"] = digest
    response["Cache-Control"] = "private, no-store"
    return response


MASK = Told(sends=("X-Vertebase-Revision", "X-Vertebase-Digest", "Cache-Control"))  # `mask_response`
MASK_RESPONSE = {(200, MASK_MEDIA_TYPE): OpenApiTypes.BINARY}
