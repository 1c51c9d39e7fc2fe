"""Which requests are sent again and when, what refusals become, and pages."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from backend.client import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    SiteError,
    Unavailable,
    Unreachable,
    VertebaseError,
)
from backend.client.operations_generated import Operations
from backend.client.transport import part
from tests.client.serving import Asked, Reply, Server, serving

JSON = {"Content-Type": "application/json"}
BUSY = Reply(
    503, json.dumps({"code": "busy", "message": "Later.", "extra": {}}).encode(), {**JSON, "Retry-After": "0"}
)
ME = Reply(200, b'{"email": "a@b.test"}', JSON)
BROKEN = Reply(cut=0)
CHOICE = {"label": 20, "choice": "fused"}


class Turns:
    """Answers in turn; the last one for ever."""

    def __init__(self, *replies: Reply) -> None:
        self._replies: Iterator[Reply] = iter(replies)
        self._last = replies[-1]

    def __call__(self, asked: Asked) -> Reply:
        return next(self._replies, self._last)


def api(server: Server, patience_seconds: float = 20.0) -> Operations:
    return Operations(server.url, "secret", patience_seconds=patience_seconds)


def test_every_request_carries_the_token() -> None:
    with serving(lambda asked: ME) as server, api(server) as site:
        assert site.me()["email"] == "a@b.test"
    assert server.asked[0].headers["Authorization"] == "Bearer secret"


@pytest.mark.parametrize("trouble", [BUSY, Reply(502), Reply(504), BROKEN])
def test_reading_is_tried_again(trouble: Reply) -> None:
    with serving(Turns(trouble, trouble, ME)) as server, api(server) as site:
        assert site.me()["email"] == "a@b.test"
    assert len(server.asked) == 3


def test_the_site_says_how_long_to_wait() -> None:
    later = Reply(429, b"", {"Retry-After": "1"})
    with serving(Turns(later, ME)) as server, api(server) as site:
        began = time.monotonic()
        site.me()
    assert time.monotonic() - began >= 1


def test_who_waits_longer_than_patience_lasts_is_told_at_once() -> None:
    later = Reply(429, b"", {"Retry-After": "3600"})
    with serving(lambda asked: later) as server, api(server) as site, pytest.raises(Unavailable):
        site.me()
    assert len(server.asked) == 1


def test_a_broken_site_is_given_up_in_the_end() -> None:
    with serving(lambda asked: BROKEN) as server, api(server, 1.0) as site, pytest.raises(Unreachable):
        site.me()
    assert len(server.asked) > 1


def test_a_write_without_a_key_is_not_repeated_when_nobody_knows_whether_it_was_done() -> None:
    for trouble, error in ((BROKEN, Unreachable), (Reply(502), Unavailable)):
        turns = Turns(trouble, Reply(201, b"{}", JSON))
        with serving(turns) as server, api(server) as site, pytest.raises(error):
            site.batch_create("spines")
        assert len(server.asked) == 1


def test_a_write_that_the_busy_site_did_not_begin_is_repeated() -> None:
    with serving(Turns(BUSY, Reply(201, b'{"id": "b"}', JSON))) as server, api(server) as site:
        assert site.batch_create("spines")["id"] == "b"
    assert len(server.asked) == 2


def test_a_keyed_write_is_repeated_under_the_same_key_and_the_next_has_another() -> None:
    done = Reply(200, b"{}", JSON)
    with serving(Turns(BROKEN, Reply(502), done)) as server, api(server) as site:
        site.adjudication_choose("a", {"label": 20, "choice": "fused"})
        site.adjudication_choose("a", {"label": 20, "choice": "fused"})
    keys = [asked.headers["Idempotency-Key"] for asked in server.asked]
    assert len(keys) == 4
    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]
    assert [json.loads(asked.body) for asked in server.asked] == [CHOICE] * 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Invalid), (401, NotSignedIn), (403, Forbidden), (404, NotFound), (409, Conflict), (413, Invalid)],
)
def test_a_refusal_is_an_error_with_the_sites_code_and_sentence(status: int, kind: type[SiteError]) -> None:
    body = {"code": "some_code", "message": "Not like this.", "extra": {"labels": [20]}}
    reply = Reply(status, json.dumps(body).encode(), JSON)
    with serving(lambda asked: reply) as server, api(server) as site, pytest.raises(kind) as refused:
        site.me()
    error = refused.value
    assert (error.status, error.code, str(error), error.extra) == (
        status,
        "some_code",
        "Not like this.",
        {"labels": [20]},
    )
    assert len(server.asked) == 1


def test_a_refusal_that_is_not_the_sites_own_says_so() -> None:
    reply = Reply(404, b"<html>", {"Content-Type": "text/html"})
    with serving(lambda asked: reply) as server, api(server) as site, pytest.raises(NotFound) as refused:
        site.me()
    assert refused.value.code == "http_404"


def test_a_list_is_read_page_by_page_as_it_is_asked_for() -> None:
    def answer(asked: Asked) -> Reply:
        page = int(parse_qs(asked.query)["page"][0])
        told = {
            "count": 3,
            "previous": None,
            "next": "more" if page < 3 else None,
            "results": [{"id": str(page)}],
        }
        return Reply(200, json.dumps(told).encode(), JSON)

    with serving(answer) as server, api(server) as site:
        rows = site.jobs("spines", state="failed")
        assert server.asked == []
        assert next(rows)["id"] == "1"
        assert len(server.asked) == 1
        assert [row["id"] for row in rows] == ["2", "3"]
    assert all(parse_qs(asked.query)["state"] == ["failed"] for asked in server.asked)


def test_a_token_does_not_travel_unencrypted_unless_told() -> None:
    with pytest.raises(VertebaseError, match="not encrypted"):
        Operations("http://spines.test", "secret")
    assert Operations("http://spines.test", "secret", insecure=True).url == "http://spines.test"
    assert Operations("https://spines.test/", "secret").url == "https://spines.test"
    with pytest.raises(VertebaseError, match="no address"):
        Operations("spines.test", "secret")


def test_a_name_cannot_lead_to_another_address() -> None:
    assert part("../x?y") == "..%2Fx%3Fy"
