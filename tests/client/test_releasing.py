"""A release frozen and published from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from backend.client.cli import main
from tests.client.serving import Asked, Reply, Server, serving

JSON = {"Content-Type": "application/json"}


class Shelf:
    """A project with one release; asked to freeze it, the site has built it at once."""

    def __init__(self) -> None:
        self.row: dict[str, Any] = {"id": "r1", "version": "1.0", "state": "draft", "manifest_sha256": ""}

    def __call__(self, asked: Asked) -> Reply:
        match asked.method, asked.path.strip("/").split("/")[2:]:
            case "GET", ["projects", slug]:
                return self._said({"slug": slug})
            case "GET", ["projects", _, "releases"]:
                return self._said({"results": [self.row], "next": None})
            case "POST", ["releases", "r1", "freeze"]:
                self.row |= {"state": "frozen", "manifest_sha256": "ab" * 32}
                return self._said(self.row)
            case "GET", ["releases", "r1"]:
                return self._said(self.row)
            case "POST", ["releases", "r1", "publish"] if self.row["state"] == "frozen":
                return self._said({})
        return Reply(409, json.dumps({"code": "not_frozen", "message": "Freeze it first."}).encode(), JSON)

    def _said(self, told: dict[str, Any]) -> Reply:
        return Reply(200, json.dumps(told).encode(), JSON)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving(Shelf()) as server:
        monkeypatch.setenv("VERTEBASE_CONFIG", str(tmp_path))
        monkeypatch.setenv("VERTEBASE_URL", server.url)
        monkeypatch.setenv("VERTEBASE_TOKEN", "secret")
        yield server


def test_a_draft_is_frozen_and_then_published(site: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", "lumbar", "1.0"]) == 2
    assert "Freeze it first" in capsys.readouterr().err
    assert main(["freeze", "lumbar", "1.0"]) == 0
    assert "abababababab), and not published yet" in capsys.readouterr().out
    assert main(["publish", "lumbar", "1.0"]) == 0
    assert json.loads(site.asked[-2].body) == {"at": None}
    assert "1.0 is published." in capsys.readouterr().out


def test_a_set_time_is_sent_with_its_zone(site: Server, capsys: pytest.CaptureFixture[str]) -> None:
    main(["freeze", "lumbar", "1.0"])
    assert main(["publish", "lumbar", "1.0", "--at", "2030-01-31T09:00"]) == 0
    sent = datetime.fromisoformat(json.loads(site.asked[-2].body)["at"])
    assert sent == datetime(2030, 1, 31, 9, 0).astimezone()
    asked = len(site.asked)
    assert main(["publish", "lumbar", "1.0", "--at", "soon"]) == 2
    assert "soon is no time" in capsys.readouterr().err
    assert len(site.asked) == asked
