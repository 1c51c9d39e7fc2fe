"""API plumbing: the one place where domain errors become HTTP, base view, pages, OpenAPI error part."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError, models
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import BaseParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from backend.common import errors, scopes
from backend.common.contract import Told
from backend.common.database import BUSY_CODE, BUSY_MESSAGE, RETRY_SECONDS, is_busy
from backend.common.once import KEPT_DAYS, Answered, do_once
from backend.science.errors import BadInput

logger = logging.getLogger(__name__)

STATUS_OF: tuple[tuple[type[errors.DomainError], int], ...] = (
    (errors.NotFound, 404),
    (errors.Forbidden, 403),
    (errors.Conflict, 409),
    (errors.Invalid, 400),
    (errors.TooLarge, 413),
    (errors.Unavailable, 503),
)


class ScopeTooNarrow(errors.Forbidden):
    code = "token_scope"
    message = "The token may not be used for this. Make one with a wider scope, or do it in the browser."


def status_of(error: errors.DomainError) -> int:
    """The HTTP status of a domain error; 400 for kinds without one of their own."""
    return next((status for kind, status in STATUS_OF if isinstance(error, kind)), 400)


def _body(code: str, message: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "extra": extra or {}}


def _flatten(detail: Any) -> str:
    """The first sentence of a validation error, with the field's name where there is one."""
    if isinstance(detail, dict):
        field, inner = next(iter(detail.items()), ("", "Not valid."))
        text = _flatten(inner)
        return text if field == "non_field_errors" else f"{field}: {text}"
    if isinstance(detail, list):
        return _flatten(detail[0]) if detail else "Not valid."
    return str(detail)


def _try_again(code: str, message: str) -> Response:
    return Response(_body(code, message), status=503, headers={"Retry-After": str(RETRY_SECONDS)})


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Map domain, DRF and Django errors to ``{code, message, extra}``; anything else is a bug and a 500."""
    set_rollback()
    if is_busy(exc):
        logger.warning("the database is busy: %s", exc)
        return _try_again(BUSY_CODE, BUSY_MESSAGE)
    if isinstance(exc, errors.DomainError):
        status = status_of(exc)
        headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else None
        return Response(_body(exc.code, str(exc.message), exc.extra), status=status, headers=headers)
    if isinstance(exc, BadInput):
        return Response(_body(exc.code, exc.message), status=400)
    if isinstance(exc, Http404):
        return Response(_body("not_found", "Not found."), status=404)
    if isinstance(exc, PermissionDenied):
        return Response(_body("forbidden", "You may not do this."), status=403)
    if isinstance(exc, RequestDataTooBig):
        return Response(_body("too_large", "The request body is larger than the site takes."), status=413)
    if isinstance(exc, OperationalError):
        logger.error("the database refused: %s", exc)
        return _try_again("unavailable", "The database does not answer. Nothing was changed.")
    if isinstance(exc, exceptions.ValidationError):
        return Response(_body("invalid", _flatten(exc.detail), {"fields": exc.detail}), status=400)
    if isinstance(exc, exceptions.APIException):
        headers = {}
        auth_header = getattr(exc, "auth_header", None)
        if auth_header:
            headers["WWW-Authenticate"] = auth_header
        wait = getattr(exc, "wait", None)
        if wait is not None:
            headers["Retry-After"] = str(int(wait) + 1)
        code = "csrf_failed" if "CSRF" in str(exc.detail) else str(exc.get_codes())
        return Response(_body(code, str(exc.detail)), status=exc.status_code, headers=headers)
    return None


class OtherAccount(errors.Forbidden):
    code = "other_account"
    message = "This was made under another account; sign in with that one to send it."


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    required=False,
    description="The client's id of this write: sent again with the same body it is answered as before, not "
    f"done again, for {KEPT_DAYS} days; with another body it is 409 `key_reused`",
)


class Pagination(PageNumberPagination):
    """``{count, next, previous, results}``; ``?page=`` and ``?page_size=`` (at most 500)."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


M = TypeVar("M", bound=models.Model)
S = TypeVar("S", bound=serializers.BaseSerializer[Any])


class Late(Sequence[M]):
    """Rows of a query of which a page reads the ids first and all else of those alone.

    Sorting ten thousand rows with all that is joined to them takes far longer than sorting their ids.
    """

    def __init__(self, rows: models.QuerySet[M]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows.count()

    def __getitem__(self, span: Any) -> Any:
        ids = list(self._rows.values_list("pk", flat=True)[span])
        found = {row.pk: row for row in self._rows.order_by().filter(pk__in=ids)} if ids else {}
        return [found[pk] for pk in ids if pk in found]


class RawParser(BaseParser):
    """Leaves the body to the view, which reads it in blocks."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream


class ApiView(APIView):
    """Base of every view: signed in unless it says otherwise; parse, call one service, serialise."""

    permission_classes: Sequence[Any] = [IsAuthenticated]
    tells: ClassVar[dict[str, Told]] = {}  # by method, for the schema, where there is more than usual
    scopes: ClassVar[dict[str, str]] = {}  # by method, where it is not `read` to read and `manage` to change

    def check_permissions(self, request: Request) -> None:
        """Beside the view's own permissions, and not to be replaced by them: the scope of a token."""
        super().check_permissions(request)
        token: Any = request.auth  # the API's own, above this layer
        if token is None:
            return
        asked = scopes.needed(self.scopes, request.method or "")
        if not scopes.covers(token.scope, asked):
            raise ScopeTooNarrow(extra={"needed": asked, "scope": token.scope})

    @property
    def actor(self) -> Any:
        """The signed-in user."""
        return self.request.user

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Refuse what was made under another account: a browser's cookies may have changed hands since."""
        super().initial(request, *args, **kwargs)
        meant = request.headers.get("X-Acting-User")
        if meant is not None and meant != str(request.user.pk):
            raise OtherAccount

    def once(self, act: Callable[[], Response]) -> Response:
        """``act``, or its former answer where the request's ``Idempotency-Key`` was used before."""
        given = self.request.headers.get("Idempotency-Key")
        if given is None:
            return act()
        try:
            key = UUID(given)
        except ValueError as exc:
            raise errors.Invalid("bad_key", "The Idempotency-Key is a UUID.") from exc
        request = (self.request.method, self.request.path, self.request.data)
        digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()

        def answered() -> Answered:
            response = act()
            return Answered(response.status_code, json.loads(json.dumps(response.data)))

        done = do_once(user=self.actor, key=key, request_digest=digest, act=answered)
        return Response(done.body, status=done.status)

    def parse(self, serializer_class: type[serializers.Serializer[Any]], **kwargs: Any) -> dict[str, Any]:
        """The request body, checked; a `ValidationError` names the field that is wrong."""
        serializer = serializer_class(data=self.request.data, **kwargs)
        serializer.is_valid(raise_exception=True)
        return cast("dict[str, Any]", serializer.validated_data)

    def parse_query(self, serializer_class: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The query string, checked."""
        serializer = serializer_class(data=self.request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        return cast("dict[str, Any]", serializer.validated_data)

    def page(
        self,
        rows: models.QuerySet[M] | Sequence[Any],
        serializer_class: type[serializers.BaseSerializer[Any]],
        context: Callable[[list[Any]], dict[str, Any]] | None = None,
    ) -> Response:
        """One page of ``rows``; ``context`` gives what the serializer needs for the rows of that page."""
        paginator = Pagination()
        late = Late(rows) if isinstance(rows, models.QuerySet) and not rows.query.combinator else rows
        page: Any = paginator.paginate_queryset(cast("Any", late), self.request, view=self)
        extra = context(page) if context is not None else {}
        serializer = serializer_class(page, many=True, context={"request": self.request, **extra})
        return paginator.get_paginated_response(serializer.data)


def paged(serializer_class: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The serializer of one page of ``serializer_class``, for the schema."""
    name = serializer_class.__name__.removesuffix("Serializer")
    return cast(
        "type[serializers.Serializer[Any]]",
        type(
            f"Paginated{name}ListSerializer",
            (serializers.Serializer,),
            {
                "count": serializers.IntegerField(),
                "next": serializers.URLField(allow_null=True),
                "previous": serializers.URLField(allow_null=True),
                "results": serializer_class(many=True),
                "__doc__": f"One page of {name}.",
            },
        ),
    )


PAGE_PARAMETERS = (
    ("page", "Which page, from 1"),
    ("page_size", f"Rows on a page, at most {Pagination.max_page_size}"),
)


def add_page_parameters(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Schema hook: operations that answer with a page take ``page`` and ``page_size``."""
    for path in result.get("paths", {}).values():
        for operation in path.values():
            content = operation.get("responses", {}).get("200", {}).get("content", {})
            reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            if "/Paginated" not in reference:
                continue
            operation.setdefault("parameters", []).extend(
                {"in": "query", "name": name, "schema": {"type": "integer"}, "description": text}
                for name, text in PAGE_PARAMETERS
            )
    return result
