"""Uploads: what arrives, what is sent again after a break, and what is not."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.client import Changed, SiteError, Unreachable, VertebaseError, uploads
from backend.client.keeping import state_folder
from backend.client.operations_generated import Operations
from backend.client.uploads import Sent, Uploading
from tests.client.serving import Asked, Reply, Server, serving
from tests.client.tus import Tus

PIECE = 1000
BROKEN = Reply(cut=0)


@pytest.fixture(autouse=True)
def small_and_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pieces, and notes that are this test's own."""
    monkeypatch.setattr(uploads, "PIECE_BYTES", PIECE)
    monkeypatch.setenv("VERTEBASE_STATE", str(tmp_path / "state"))


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    contents = {
        "a/1.dcm": 3 * PIECE + 7,
        "a/2.dcm": PIECE,
        "b.nii.gz": 10,
        "empty": 0,
        ".DS_Store": 5,
        ".git/x": 5,
    }
    for name, size in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(random.Random(name).randbytes(size))
    return folder


class Running:
    """Uploads of one folder to one site, at one address throughout."""

    def __init__(self, tus: Tus, server: Server, source: Path) -> None:
        self.tus, self.server, self.url, self.source = tus, server, server.url, source

    def run(self, patience_seconds: float = 20.0, **more: Any) -> str:
        with Operations(self.url, "secret", patience_seconds=patience_seconds) as api:
            return Uploading(api, "spines", self.source, **more).run()["id"]

    def arrived(self, batch: str) -> dict[str, bytes]:
        return {one.relative: one.data for one in self.tus.in_batch(batch)}


@pytest.fixture
def running(scans: Path) -> Iterator[Running]:
    tus = Tus()
    with serving(tus) as server:
        yield Running(tus, server, scans)


def visible(folder: Path) -> dict[str, bytes]:
    names = ("a/1.dcm", "a/2.dcm", "b.nii.gz", "empty")
    return {f"scans/{name}": (folder / name).read_bytes() for name in names}


def notes() -> list[Path]:
    return list((state_folder() / "uploads").glob("*"))


def pieces(asked: list[Asked]) -> list[int]:
    return [int(one.headers["Upload-Offset"]) for one in asked if one.method == "PATCH"]


def test_a_folder_arrives_with_its_paths_and_without_hidden_files(running: Running, scans: Path) -> None:
    heard: list[Sent] = []
    batch = running.run(progress=heard.append)
    assert running.arrived(batch) == visible(scans)
    assert running.tus.states == {batch: "processing"}
    total = sum(map(len, visible(scans).values()))
    (begun,) = (one for one in running.server.asked if one.path.endswith("/batches"))
    assert begun.query == f"size_bytes={total}", "a site without room refuses it before a byte is sent"
    assert (heard[-1].files_done, heard[-1].files, heard[-1].bytes_done, heard[-1].bytes) == (
        4,
        4,
        total,
        total,
    )
    assert notes() == []


def test_a_single_file_is_taken_too(running: Running, scans: Path) -> None:
    running.source = scans / "b.nii.gz"
    assert set(running.arrived(running.run())) == {"b.nii.gz"}


def test_nothing_to_upload_is_said_before_the_site_is_asked(running: Running, tmp_path: Path) -> None:
    running.source = tmp_path / "nothing"
    running.source.mkdir()
    with pytest.raises(VertebaseError, match="no file to upload"):
        running.run()
    assert running.tus.states == {}


@pytest.mark.parametrize("lost", [BROKEN, Reply(502), Reply(503, headers={"Retry-After": "0"})])
def test_a_piece_whose_answer_was_lost_is_not_there_twice(running: Running, scans: Path, lost: Reply) -> None:
    """The site has it already: it is asked how far it is, and the rest follows."""
    broken: list[Asked] = []

    def trouble(asked: Asked, reply: Reply) -> Reply:
        if asked.method == "PATCH" and not broken:
            broken.append(asked)
            return lost
        return reply

    running.tus.trouble = trouble
    assert running.arrived(running.run(at_once=1)) == visible(scans)
    assert broken


def test_an_upload_started_again_sends_only_what_is_missing(running: Running, scans: Path) -> None:
    sent: list[Asked] = []

    def trouble(asked: Asked, reply: Reply) -> Reply:
        sent.append(asked)
        return BROKEN if len(pieces(sent)) > 2 else reply

    running.tus.trouble = trouble
    with pytest.raises(Unreachable):
        running.run(patience_seconds=0.1, at_once=1)
    begun = list(running.tus.states)
    assert len(notes()) == 1
    assert notes()[0].stat().st_mode & 0o077 == 0
    before = sum(len(one.data) for one in running.tus.held.values())
    again: list[Asked] = []

    def listen(asked: Asked, reply: Reply) -> Reply:
        again.append(asked)
        return reply

    running.tus.trouble = listen
    assert [running.run()] == begun
    assert running.arrived(begun[0]) == visible(scans)
    bodies = sum(len(one.body) for one in again if one.method == "PATCH")
    assert bodies == sum(map(len, visible(scans).values())) - before
    assert notes() == []


def test_a_file_that_was_changed_between_is_sent_anew(running: Running, scans: Path) -> None:
    running.tus.trouble = lambda asked, reply: BROKEN if asked.path.endswith("/process") else reply
    with pytest.raises(Unreachable):
        running.run(patience_seconds=0.1)
    (scans / "b.nii.gz").write_bytes(b"another")
    running.tus.trouble = lambda asked, reply: reply
    running.tus.states = dict.fromkeys(running.tus.states, "receiving")
    batch = running.run()
    assert running.arrived(batch) == visible(scans)
    assert len(running.tus.in_batch(batch)) == 4, "the older file is taken back"


def test_an_announcement_whose_answer_was_lost_does_not_hold_up_the_batch(
    running: Running, scans: Path
) -> None:
    def lose(asked: Asked, reply: Reply) -> Reply:
        return BROKEN if asked.path == "/api/v1/uploads/" else reply

    running.tus.trouble = lose
    with pytest.raises(Unreachable):
        running.run(patience_seconds=0.1, at_once=1)
    assert len(running.tus.held) == 1
    running.tus.trouble = lambda asked, reply: reply
    assert running.arrived(running.run()) == visible(scans)


def test_a_batch_that_is_gone_is_begun_anew(running: Running, scans: Path) -> None:
    running.tus.trouble = lambda asked, reply: BROKEN if asked.path.endswith("/process") else reply
    with pytest.raises(Unreachable):
        running.run(patience_seconds=0.1)
    running.tus.trouble = lambda asked, reply: reply
    running.tus.states.clear()
    running.tus.held.clear()
    assert running.arrived(running.run()) == visible(scans)


def test_notes_that_were_cut_are_read_as_far_as_they_go(running: Running, scans: Path) -> None:
    running.tus.trouble = lambda asked, reply: BROKEN if asked.path.endswith("/process") else reply
    with pytest.raises(Unreachable):
        running.run(patience_seconds=0.1)
    (path,) = notes()
    lines = path.read_text().splitlines()
    assert json.loads(lines[0]) == {"batch": next(iter(running.tus.states))}
    path.write_text("\n".join([*lines[:-1], lines[-1][:20]]))
    running.tus.trouble = lambda asked, reply: reply
    running.tus.states = dict.fromkeys(running.tus.states, "receiving")
    assert running.arrived(running.run()) == visible(scans)


def test_a_file_that_changes_while_it_is_sent_is_not_handed_over(running: Running, scans: Path) -> None:
    def change(asked: Asked, reply: Reply) -> Reply:
        if asked.method == "PATCH":
            (scans / "a/1.dcm").write_bytes(b"x" * (3 * PIECE + 7))
        return reply

    running.tus.trouble = change
    with pytest.raises(Changed, match=r"1\.dcm changed"):
        running.run(at_once=1)
    assert set(running.tus.states.values()) == {"receiving"}


def test_a_refusal_ends_it_at_once(running: Running) -> None:
    def full(asked: Asked, reply: Reply) -> Reply:
        body = b'{"code": "disk_full", "message": "The disk is full.", "extra": {}}'
        return Reply(507, body, {"Content-Type": "application/json"}) if asked.method == "PATCH" else reply

    running.tus.trouble = full
    with pytest.raises(SiteError, match="The disk is full"):
        running.run(at_once=1)
