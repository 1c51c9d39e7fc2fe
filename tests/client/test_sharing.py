"""Cases given out, findings answered, public releases and requests for them: from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.client.cli import main
from backend.client.tasks import Pulled
from tests.client.serving import Asked, Reply, Server, serving

JSON = {"Content-Type": "application/json"}
FINDINGS = [
    {"code": "islands", "label": 20, "rule": "block", "answer": "", "message": "L1 has islands."},
    {"code": "missing_level", "label": None, "rule": "warn", "answer": "", "message": "L2 is missing."},
]
REQUEST = {
    "id": "q1",
    "state": "asked",
    "name": "Ida",
    "email": "ida@lab.org",
    "institution": "Lab",
    "purpose": "x",
}


def answer(asked: Asked) -> Reply:
    """A project with two cases and a public release, and a task with findings."""
    told: Any
    match asked.method, asked.path.strip("/").split("/")[2:]:
        case "GET", ["me"]:
            told = {"display_name": "Ida", "email": "ida@lab.org"}
        case "GET", ["projects", slug]:
            told = {"slug": slug}
        case "GET", ["projects", _, "cases"]:
            told = _page({"id": "c1", "alias": "case-1"}, {"id": "c2", "alias": "case-2"})
        case "GET", ["projects", _, "members"]:
            told = _page({"user": {"id": "u1", "email": "ada@lab.org"}})
        case "POST", ["projects", _, "cases", "bulk"]:
            ids = json.loads(asked.body)["case_ids"]
            told = [{"case_id": one, "alias": one, "done": one != "c2", "message": "no place"} for one in ids]
        case "GET", ["assignments", "t1"]:
            told = {"id": "t1"}
        case "GET", ["assignments", "t1", "findings"]:
            told = FINDINGS
        case "GET", ["assignments", "t1", "mask"]:
            return Reply(200, b"", {"X-Vertebase-Digest": "d"})
        case "GET", ["public", "releases"]:
            told = {"releases": [{"id": "r1", "version": "1.0", "title": "Spines", "licence": "CC0-1.0"}]}
        case "GET", ["public", "releases", "r1"]:
            told = {"terms": "Be fair.", "terms_sha256": "ff" * 32, "title": "Spines", "version": "1.0"}
            told |= {
                "licence": "CC0-1.0",
                "access": "on_request",
                "errata": [],
                "citations": {"text": "Cite it."},
            }
        case "GET", ["projects", _, "releases"]:
            told = _page({"id": "r1", "version": "1.0"})
        case "GET", ["releases", "r1"]:
            told = {"id": "r1", "version": "1.0"}
        case "GET", ["releases", "r1", "access-requests"]:
            told = _page(REQUEST)
        case "POST", ["releases", "r1", "access-requests", "q1", "grant"]:
            told = {**REQUEST, "state": "granted", "expires_at": "2030-01-31"}
        case "POST", ["releases", "r1", "access-requests", "q1", "refuse" | "revoke" as act]:
            told = {**REQUEST, "state": f"{act}d"}
        case _:
            told = {"state": "asked"}
    return Reply(200, json.dumps(told).encode(), JSON)


def _page(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"results": rows, "next": None}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving(answer) as server:
        monkeypatch.setenv("VERTEBASE_CONFIG", str(tmp_path / "config"))
        monkeypatch.setenv("VERTEBASE_URL", server.url)
        monkeypatch.setenv("VERTEBASE_TOKEN", "secret")
        yield server


def sent(site: Server) -> Any:
    return json.loads(site.asked[-1].body)


def test_cases_are_given_to_one_person_or_spread(site: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assign", "lumbar", "case-1", "--to", "Ada@lab.org"]) == 0
    assert sent(site) == {"action": "give", "case_ids": ["c1"], "preview": False, "user_id": "u1"}
    assert main(["assign", "lumbar", "case-1", "case-2", "--dry-run"]) == 1, "one could not be given"
    assert sent(site) == {"action": "distribute", "case_ids": ["c1", "c2"], "preview": True}
    assert "no place" in capsys.readouterr().out
    for words in (["case-1", "--to", "nobody@lab.org"], ["case-3"]):
        assert main(["assign", "lumbar", *words]) == 2
    told = capsys.readouterr().err
    assert "nobody@lab.org" in told
    assert "no case case-3" in told


def test_a_finding_that_blocks_is_answered_as_the_work_is_handed_in(
    site: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "task"
    folder.mkdir()
    Pulled(site=site.url, task="t1", kind="correct", case="case-1", revision=1, digest="d").write(folder)
    assert main(["findings", str(folder)]) == 1
    assert '--answer "islands:L1=WHY"' in capsys.readouterr().out
    assert (
        main(
            ["submit", str(folder), "--answer", "islands:L1=a real ossicle", "--answer", "missing_level=cut"]
        )
        == 0
    )
    assert sent(site)["answers"] == [
        {"code": "islands", "label": 20, "reason": "a real ossicle"},
        {"code": "missing_level", "label": None, "reason": "cut"},
    ]
    for wrong in ("islands:L2=why", "islands:L1=", "islands:L1"):
        assert main(["submit", str(folder), "--answer", wrong]) == 2
    assert "islands:L1, missing_level" in capsys.readouterr().err


def test_a_public_release_is_found_read_and_asked_for(
    site: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["public", "--search", "lumbar spine"]) == 0
    assert "search=lumbar" in site.asked[-1].query
    assert main(["public", "r1"]) == 0
    assert "Be fair." in capsys.readouterr().out
    ask = ["ask", "r1", "--affiliation", "Lab", "--purpose", "A network"]
    assert main(ask) == 2
    assert "Be fair." in capsys.readouterr().err
    assert site.count("POST") == 0
    assert main([*ask, "--accept-terms"]) == 0
    assert sent(site) == {
        "name": "Ida",
        "email": "ida@lab.org",
        "institution": "Lab",
        "purpose": "A network",
        "terms_sha256": "ff" * 32,
    }


def test_a_manager_answers_requests(site: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["requests", "lumbar", "1.0"]) == 0
    assert "ida@lab.org" in capsys.readouterr().out
    assert main(["requests", "lumbar", "1.0", "--grant", "q1", "--days", "30"]) == 0
    assert sent(site) == {"days": 30}
    assert "granted until 2030-01-31" in capsys.readouterr().out
    for act, word in (("--refuse", "refuse"), ("--take-back", "revoke")):
        assert main(["requests", "lumbar", "1.0", act, "q1"]) == 2
        assert main(["requests", "lumbar", "1.0", act, "q1", "--reason", "Not now"]) == 0
        assert site.asked[-1].path.endswith(f"/q1/{word}")
        assert sent(site) == {"reason": "Not now"}
