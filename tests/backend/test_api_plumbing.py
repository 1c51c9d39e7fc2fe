"""What every view of the API stands on: statuses, sentences, scopes, accounts, pages and their schema."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from backend.accounts.models import User
from backend.common import api, errors
from backend.common.database import RETRY_SECONDS
from backend.science.errors import BadInput
from tests.backend import factories

pytestmark = pytest.mark.django_db
make = APIRequestFactory()


def handled(exc: Exception) -> Response:
    answer = api.exception_handler(exc, {})
    assert answer is not None
    return answer


class Nameless(errors.DomainError):
    """A kind without a status of its own."""


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.NotFound, 404),
        (errors.Forbidden, 403),
        (errors.Conflict, 409),
        (errors.Invalid, 400),
        (errors.TooLarge, 413),
        (errors.Unavailable, 503),
        (Nameless, 400),
    ],
)
def test_each_kind_of_refusal_has_its_status(kind: type[errors.DomainError], status: int) -> None:
    answer = handled(kind("code", "Why.", {"more": 1}))
    assert (answer.status_code, answer.data) == (
        status,
        {"code": "code", "message": "Why.", "extra": {"more": 1}},
    )
    assert answer.headers.get("Retry-After") == (str(RETRY_SECONDS) if status == 503 else None)


@pytest.mark.parametrize(
    ("exc", "status", "code"),
    [
        (BadInput("sheared", "Why."), 400, "sheared"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "forbidden"),
        (RequestDataTooBig(), 413, "too_large"),
        (OperationalError("database is locked"), 503, "busy"),
        (OperationalError("connection refused"), 503, "unavailable"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.PermissionDenied("CSRF Failed: no token"), 403, "csrf_failed"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
    ],
)
def test_every_refusal_has_a_status_and_a_code(exc: Exception, status: int, code: str) -> None:
    answer = handled(exc)
    assert (answer.status_code, answer.data["code"], answer.data["extra"]) == (status, code, {})
    assert ("Retry-After" in answer.headers) is (status == 503)


def test_a_bug_is_no_refusal() -> None:
    assert api.exception_handler(RuntimeError("a bug"), {}) is None


def test_who_has_to_wait_is_told_the_whole_second_after() -> None:
    answer = handled(exceptions.Throttled(wait=2))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")


def test_who_is_nobody_is_told_how_to_sign_in() -> None:
    error = exceptions.NotAuthenticated()
    assert "WWW-Authenticate" not in handled(error).headers
    error.auth_header = "Bearer"  # type: ignore[attr-defined]
    assert handled(error).headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("detail", "sentence"),
    [
        ({"age": ["A number.", "Not this."], "name": ["Missing."]}, "age: A number."),
        ({"non_field_errors": ["Both, or none."]}, "Both, or none."),
        ({"parts": {"size": ["Too large."]}}, "parts: size: Too large."),
        (["First.", "Second."], "First."),
        ({"age": []}, "age: Not valid."),
        ({}, ": Not valid."),
    ],
)
def test_the_first_thing_that_is_wrong_is_the_sentence(detail: Any, sentence: str) -> None:
    answer = handled(exceptions.ValidationError(detail))
    assert (answer.status_code, answer.data["code"], answer.data["message"]) == (400, "invalid", sentence)
    assert answer.data["extra"]["fields"] == detail


# A view


class Row(serializers.Serializer[Any]):
    number = serializers.IntegerField()


class Rows(api.ApiView):
    """Numbers by page; a write that counts how often it was done."""

    done = 0

    def get(self, request: Any) -> Response:
        self.parse_query(Row)
        return self.page([{"number": n} for n in range(1000)], Row)

    def post(self, request: Any) -> Response:
        number = self.parse(Row)["number"]

        def act() -> Response:
            Rows.done += 1
            return Response({"number": number, "who": str(self.actor.pk)}, status=201)

        return self.once(act)


@pytest.fixture
def person() -> User:
    return factories.make_user()


def ask(person: User | None, method: str = "get", *, token: Any = None, **headers: Any) -> Response:
    body = headers.pop("body", {"number": 1})
    extra = {f"HTTP_{name.upper()}": value for name, value in headers.items() if name != "query"}
    if method == "get":
        request = make.get("/rows", headers.get("query", {"number": 1}), **extra)
    else:
        request = make.post("/rows", body, format="json", **extra)
    if person is not None:
        force_authenticate(request, user=person, token=token)
    return Rows.as_view()(request)


class Token:
    """What a bearer token is to a view: its scope."""

    def __init__(self, scope: str) -> None:
        self.scope = scope


def test_nobody_gets_in(person: User) -> None:
    assert ask(None).status_code in (401, 403)
    assert ask(person).status_code == 200


@pytest.mark.parametrize(
    ("scope", "reads", "writes"), [("read", 200, 403), ("annotate", 200, 403), ("manage", 200, 201)]
)
def test_a_token_does_what_its_scope_covers(person: User, scope: str, reads: int, writes: int) -> None:
    assert ask(person, token=Token(scope)).status_code == reads
    answer = ask(person, "post", token=Token(scope))
    assert answer.status_code == writes
    if writes == 403:
        assert answer.data["code"] == "token_scope"
        assert answer.data["extra"] == {"needed": "manage", "scope": scope}


def test_what_was_made_under_another_account_is_refused(person: User) -> None:
    assert ask(person, x_acting_user=str(person.pk)).status_code == 200
    answer = ask(person, x_acting_user=str(factories.make_user().pk))
    assert (answer.status_code, answer.data["code"]) == (403, "other_account")


def test_pages_hold_fifty_rows_and_five_hundred_at_most(person: User) -> None:
    def numbers(**query: int) -> list[int]:
        return [row["number"] for row in ask(person, query={"number": 1, **query}).data["results"]]

    assert numbers() == list(range(50))
    assert numbers(page=2) == list(range(50, 100))
    assert numbers(page_size=7) == list(range(7))
    assert numbers(page_size=500) == numbers(page_size=501) == list(range(500))


def test_what_is_sent_is_checked(person: User) -> None:
    for answer in (ask(person, query={"number": "x"}), ask(person, "post", body={"number": "x"})):
        assert (answer.status_code, answer.data["code"]) == (400, "invalid")
        assert answer.data["message"].startswith("number: ")


def test_a_write_under_a_key_is_done_once(person: User) -> None:
    Rows.done, key = 0, str(uuid4())
    first = ask(person, "post", idempotency_key=key, body={"number": 3, "more": 1})
    again = ask(person, "post", idempotency_key=key, body={"more": 1, "number": 3})
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert (first.status_code, Rows.done) == (201, 1), "in whichever order its fields stand"
    other = ask(person, "post", idempotency_key=key, body={"number": 4})
    assert (other.status_code, other.data["code"]) == (409, "key_reused")
    assert ask(person, "post").status_code == ask(person, "post").status_code == 201
    assert Rows.done == 3, "without a key each is done"
    bad = ask(person, "post", idempotency_key="7")
    assert (bad.status_code, bad.data["code"]) == (400, "bad_key")
    assert api.IDEMPOTENCY_KEY.required is False


# The schema of pages


def test_a_page_in_the_schema_is_a_list_with_its_neighbours() -> None:
    page = api.paged(Row)
    assert page.__name__ == "PaginatedRowListSerializer"
    fields = page().get_fields()
    assert list(fields) == ["count", "next", "previous", "results"]
    assert fields["next"].allow_null
    assert fields["previous"].allow_null
    assert isinstance(fields["results"], serializers.ListSerializer)
    assert isinstance(fields["results"].child, Row)


def test_only_operations_that_answer_with_pages_take_their_number() -> None:
    def answers(name: str, **more: Any) -> dict[str, Any]:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        return {"responses": {"200": {"content": content}}, **more}

    own = {"in": "query", "name": "search"}
    schema = {
        "paths": {
            "/one": {"get": answers("Row"), "post": {"responses": {"204": {}}}},
            "/many": {"post": answers("Row"), "get": answers("PaginatedRowList", parameters=[own])},
            "/more": {"get": answers("PaginatedRowList")},
        }
    }
    paths = api.add_page_parameters(schema)["paths"]
    assert "parameters" not in paths["/one"]["get"]
    assert "parameters" not in paths["/one"]["post"]
    assert "parameters" not in paths["/many"]["post"]
    names = [[row["name"] for row in paths[path]["get"]["parameters"]] for path in ("/many", "/more")]
    assert names == [["search", "page", "page_size"], ["page", "page_size"]]
    assert {row["in"] for row in paths["/more"]["get"]["parameters"]} == {"query"}
    assert api.add_page_parameters({}) == {}
