"""What the OpenAPI schema says of every operation: statuses with their body, headers asked for and sent.

Most follows from the method and its description; what is special a view says in ``tells`` (`contract.Told`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from backend.common.contract import Told

JSON = "application/json"
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
RANGE_REQUEST = ("Range", "If-Range", "If-None-Match")
RANGE_ANSWER = ("ETag", "Accept-Ranges", "Cache-Control")


# What the schema says of each header that an answer may have
SENT: dict[str, str] = {
    "Accept-Ranges": "`bytes`: parts can be asked for with Range",
    "Cache-Control": "Who may keep the answer, and for how long",
    "Content-Disposition": "The name to save it under",
    "Content-Range": "Which bytes of how many these are; of a refused range, how many there are",
    "ETag": "Stands for exactly these bytes",
    "Location": "The address of what was made",
    "Retry-After": "Seconds after which to ask again",
    "Tus-Resumable": "The version of tus that is spoken",
    "Tus-Version": "The versions of tus that would be understood",
    "Upload-Length": "Size of the whole file in bytes",
    "Upload-Offset": "Bytes that have arrived; with a refusal, where they are at another place than was said",
    "WWW-Authenticate": "How to say who one is",
    "X-Blob-Size": "Size of the whole in bytes, whatever part is sent",
    "X-Vertebase-Changed": "Voxels that the delta changes",
    "X-Vertebase-Digest": "Digest of the mask's voxels; empty where the answer is no mask of a case",
    "X-Vertebase-Revision": "Revision of the mask that this is of",
    "X-Vertebase-Shapes": "All levels with the digests of their voxels: `20:0123456789abcdef,21:...`",
}
# Headers that any request may have, by the name of their component
ASKED: dict[str, tuple[str, str]] = {
    "ActingUser": (
        "X-Acting-User",
        "Id of the account under which this was made: 403 `other_account` where another one is signed in",
    ),
    "Csrf": ("X-CSRFToken", "The cookie `csrftoken` once more; asked of whoever is signed in by a cookie"),
    "Range": ("Range", "One range of bytes, to resume"),
    "IfRange": ("If-Range", "The ETag of the part at hand: the range is ignored where it is no longer right"),
    "IfNoneMatch": ("If-None-Match", "The ETag of the copy at hand: 304 where it is still good"),
}
COMPONENT_OF = {header: name for name, (header, _) in ASKED.items()}


@dataclass(frozen=True)
class Refusal:
    """The component of a status: its name, what it means, the headers it comes with."""

    name: str
    description: str
    headers: tuple[str, ...] = ()


REFUSALS: dict[int, Refusal] = {
    400: Refusal("Invalid", "The request itself is wrong; `extra.fields` names the fields"),
    401: Refusal(
        "SignedOut", "Nobody is signed in, or the token is not (or no longer) good", ("WWW-Authenticate",)
    ),
    403: Refusal(
        "Forbidden", "Whoever asks may know of it, but may not do this; or the CSRF header is missing"
    ),
    404: Refusal("NotFound", "There is no such thing, or whoever asks may not know of it"),
    406: Refusal("NotAcceptable", "Accept names nothing that this address sends"),
    409: Refusal("Conflict", "The thing is not in the state that the request supposes"),
    412: Refusal("TusVersion", "Another version of tus than 1.0.0", ("Tus-Version",)),
    413: Refusal("TooLarge", "The body is larger than is taken"),
    415: Refusal("UnsupportedMediaType", "The body is of a kind that is not taken"),
    416: Refusal(
        "RangeNotSatisfiable",
        "The range lies outside",
        ("Content-Range", "ETag", "Accept-Ranges", "Cache-Control", "X-Blob-Size"),
    ),
    429: Refusal("TooManyRequests", "Too many requests for now", ("Retry-After",)),
    460: Refusal("ChecksumMismatch", "tus: the bytes that arrived are not those that were sent"),
    500: Refusal("Failed", "A fault of the site"),
    503: Refusal("Unavailable", "The site cannot do this just now; nothing was changed", ("Retry-After",)),
    507: Refusal("DiskFull", "There is no room for the file", ("Retry-After",)),
}
ERROR_SCHEMA = {
    "type": "object",
    "description": "The body of every refusal.",
    "properties": {
        "code": {"type": "string", "description": "Stable and machine-readable"},
        "message": {"type": "string", "description": "One sentence for people"},
        "extra": {"type": "object", "additionalProperties": {}},
    },
    "required": ["code", "message", "extra"],
}


def _headers(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _refused(status: int, always: tuple[str, ...]) -> dict[str, Any]:
    """The status by reference; written out where it comes with headers of the view's own."""
    refusal = REFUSALS[status]
    if not always:
        return {"$ref": f"#/components/responses/{refusal.name}"}
    return _body_of(refusal, always)


def _body_of(refusal: Refusal, more: tuple[str, ...] = ()) -> dict[str, Any]:
    content = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
    headers = _headers((*refusal.headers, *more))
    return {
        "description": refusal.description,
        **({"headers": headers} if headers else {}),
        "content": content,
    }


class ContractSchema(AutoSchema):
    """drf-spectacular's description of a view, with every status and header that it can answer with."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        told: Told = getattr(self.view, "tells", {}).get(self.method, Told())
        self._describe_requests(operation, told)
        responses = operation["responses"]
        for response in responses.values():
            sent = (*told.sends, *told.always, *(RANGE_ANSWER if told.ranges else ()))
            if sent:
                response.setdefault("headers", {}).update(_headers(sent))
        if told.ranges:
            whole = responses["200"]
            part = {**whole, "description": "The part that was asked for"}
            part["headers"] = whole["headers"] | _headers(["Content-Range"])
            responses["206"] = part
            kept = [*RANGE_ANSWER, *(name for name in told.sends if name.startswith("X-"))]
            responses["304"] = {"description": "The copy at hand is still good", "headers": _headers(kept)}
        if told.redirects:
            elsewhere = "The object store sends it: follow Location, which holds for a quarter of an hour"
            responses["302"] = {
                "description": elsewhere,
                "headers": _headers(["Location", *responses["304"]["headers"]]),
            }
        for status in sorted(self._refusals(operation) | set(told.refuses)):
            responses.setdefault(str(status), _refused(status, told.always))
        return operation

    def _refusals(self, operation: dict[str, Any]) -> set[int]:
        found = {400, 406, 429, 500, 503}
        if self.view.authentication_classes:
            found |= {401, 403}
        pages = "/Paginated" in str(operation["responses"].get("200", {}).get("content", ""))
        if "{" in self.path or pages:
            found.add(404)
        if self.method in CHANGING:
            found.add(409)
        if "requestBody" in operation:
            found |= {413, 415}
        if getattr(self.view, "tells", {}).get(self.method, Told()).ranges:
            found.add(416)
        return found

    def _describe_requests(self, operation: dict[str, Any], told: Told) -> None:
        names = list(RANGE_REQUEST) if told.ranges else []
        if self.view.authentication_classes:
            names.append("X-Acting-User")
            if self.method in CHANGING:
                names.append("X-CSRFToken")
        if names:
            references = [{"$ref": f"#/components/parameters/{COMPONENT_OF[name]}"} for name in names]
            operation.setdefault("parameters", []).extend(references)


class Endpoints(EndpointEnumerator):
    """HEAD is an operation of its own where it does not go with GET."""

    def get_allowed_methods(self, callback: Any) -> list[str]:
        methods: list[str] = super().get_allowed_methods(callback)  # type: ignore[no-untyped-call]
        alone = hasattr(callback.cls, "head") and not hasattr(callback.cls, "get")
        return [*methods, "HEAD"] if alone else methods


class Generator(SchemaGenerator):
    endpoint_inspector_cls = Endpoints


def add_components(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Schema hook: the error's body and the statuses and headers that operations name."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Error"] = ERROR_SCHEMA
    components["responses"] = {refusal.name: _body_of(refusal) for refusal in REFUSALS.values()}
    components["headers"] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in SENT.items()
    }
    components["parameters"] = {
        name: {"in": "header", "name": header, "description": text, "schema": {"type": "string"}}
        for name, (header, text) in ASKED.items()
    }
    return result
