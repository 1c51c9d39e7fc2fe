"""Archives of predictions that arrive in pieces: gone on with, handed in once, and nobody else's."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.services import create_token
from backend.challenge.models import PendingSubmission, Phase, Submission, Team, TeamMember
from backend.challenge.services import arriving, teams
from backend.client import Changed, Site, VertebaseError, uploads
from backend.client.predictions import pack
from backend.common.errors import NotFound
from backend.projects.models import Role
from tests.backend import contest, factories
from tests.backend.contest import Contest
from tests.backend.thaw import thawed_afterwards

pytestmark = pytest.mark.django_db(transaction=True)
TUS = {"Tus-Resumable": "1.0.0"}
ANNOUNCED = "/api/v1/uploads/predictions/"


@pytest.fixture(autouse=True)
def thawed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(arriving, "_folder", lambda: tmp_path / "submissions")
    with thawed_afterwards():
        yield


@pytest.fixture
def world() -> Contest:
    return contest.make_contest()


@pytest.fixture
def captain(world: Contest) -> User:
    captain = world.researcher()
    world.team("One", captain)
    return captain


def announce(world: Contest, user: User, size: int, split: str = "validation", name: str = "a.zip") -> Any:
    told = {"challenge": str(world.challenge.pk), "phase": split, "filename": name}
    pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
    return world.client(user).post(
        ANNOUNCED, headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": pairs}
    )


def begun(world: Contest, user: User, size: int) -> str:
    answer = announce(world, user, size)
    assert answer.status_code == 201, answer.content
    address: str = answer["Location"].removeprefix("http://testserver")
    return address


def send(client: Client, address: str, data: bytes, offset: int = 0) -> Any:
    return client.patch(
        address,
        data,
        content_type="application/offset+octet-stream",
        headers={**TUS, "Upload-Offset": str(offset)},
    )


def whole(world: Contest, user: User, archive: bytes) -> str:
    address = begun(world, user, len(archive))
    assert send(world.client(user), address, archive).status_code == 204
    return address


def files() -> list[Path]:
    folder = arriving.path_of(PendingSubmission()).parent
    return list(folder.iterdir()) if folder.is_dir() else []


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_archive_is_gone_on_with_where_it_stands_and_counts_once(world: Contest, captain: User) -> None:
    archive = contest.zipped(contest.predictions(world.public))
    client, half = world.client(captain), len(archive) // 2
    address = begun(world, captain, len(archive))
    assert send(client, address, archive[:half])["Upload-Offset"] == str(half)
    assert code(client.post(f"{address}submit")) == (409, "still_arriving")
    listed = client.get(f"{world.root}/phases/validation/uploads").json()["results"]
    assert [(row["name"], row["offset_bytes"], row["size_bytes"]) for row in listed] == [
        ("a.zip", half, len(archive))
    ]
    assert code(send(client, address, archive[:half])) == (409, "offset_conflict")
    head = client.head(address, headers=TUS)
    assert (head["Upload-Offset"], head["Upload-Length"]) == (str(half), str(len(archive)))
    assert send(client, address, archive[half:], half).status_code == 204
    sent = client.post(f"{address}submit")
    assert sent.status_code == 201, sent.content
    again = client.post(f"{address}submit")
    assert (again.status_code, again.json()["id"]) == (201, sent.json()["id"])
    assert Submission.objects.get().archive.size_bytes == len(archive)
    assert client.get(f"{world.root}/phases/validation/uploads").json()["results"] == []
    assert files() == []
    assert client.get(f"/api/v1/submissions/{sent.json()['id']}").json()["state"] == "evaluated"


def test_one_that_cannot_be_used_is_told_file_by_file_and_gone(world: Contest, captain: User) -> None:
    client = world.client(captain)
    address = whole(world, captain, contest.zipped({"readme.txt": b"no masks"}))
    refused = client.post(f"{address}submit")
    assert code(refused) == (400, "no_prediction")
    assert refused.json()["extra"]["report"]["extra"] == ["readme.txt"]
    assert client.post(f"{address}submit").status_code == 404
    no_zip = whole(world, captain, b"no archive at all")
    assert client.post(f"{no_zip}submit").status_code == 400
    assert (files(), PendingSubmission.objects.count(), Submission.objects.count()) == ([], 0, 0)


def test_what_may_not_be_sent_is_told_before_the_first_byte(
    world: Contest, captain: User, settings: Any
) -> None:
    settings.VERTEBASE_MAX_SUBMISSION_BYTES = 1 << 20
    assert code(announce(world, captain, (1 << 20) + 1)) == (413, "submission_too_large")
    assert code(announce(world, world.researcher(), 10)) == (403, "not_in_a_team")
    assert code(announce(world, world.manager, 10)) == (403, "not_in_a_team")
    outsider = factories.make_user("outsider")
    assert announce(world, outsider, 10).status_code == 404
    assert announce(world, captain, 10, split="training").status_code == 404
    settings.VERTEBASE_MIN_FREE_BYTES = 1 << 60
    assert code(announce(world, captain, 10)) == (507, "disk_full")
    settings.VERTEBASE_MIN_FREE_BYTES = 0
    contest.end(world.public)
    assert code(announce(world, captain, 10)) == (409, "phase_closed")
    assert files() == []


def test_a_team_begins_no_more_than_three(world: Contest, captain: User) -> None:
    addresses = [begun(world, captain, 10) for _ in range(3)]
    assert code(announce(world, captain, 10)) == (409, "too_many_unfinished")
    assert announce(world, captain, 10, split="test").status_code == 201, "each phase has its own"
    assert world.client(captain).delete(addresses[0], headers=TUS).status_code == 204
    assert announce(world, captain, 10).status_code == 201
    assert len(files()) == 4


def test_nobody_else_reaches_what_arrives_not_even_the_team_or_a_manager(
    world: Contest, captain: User
) -> None:
    team = Team.objects.get()
    mate = world.researcher()
    asked = teams.ask_to_join(team=team, actor=mate, accepts_rules=True)
    teams.take_in(member=asked, actor=captain)
    other = world.researcher()
    world.team("Two", other)
    address = begun(world, captain, 10)
    for user in (other, mate, world.manager, factories.make_user("stranger")):
        client = world.client(user)
        assert client.head(address, headers=TUS).status_code == 404
        assert send(client, address, b"0").status_code == 404
        assert client.delete(address, headers=TUS).status_code == 404
        assert client.post(f"{address}submit").status_code == 404
        listed = client.get(f"{world.root}/phases/validation/uploads")
        assert listed.status_code == 404 or listed.json()["results"] == []
    assert Client().head(address, headers=TUS).status_code == 401
    assert PendingSubmission.objects.get().offset_bytes == 0


def test_no_byte_more_than_was_announced_is_kept(world: Contest, captain: User) -> None:
    client = world.client(captain)
    address = begun(world, captain, 10)
    assert send(client, address, b"0" * 11).status_code == 413
    assert client.head(address, headers=TUS)["Upload-Offset"] == "0"
    assert send(client, address, b"0" * 10).status_code == 204
    assert code(send(client, address, b"0", 10)) in ((413, "too_large"), (409, "offset_conflict"))
    assert files()[0].stat().st_size == 10


def test_it_counts_when_it_is_handed_in(world: Contest, captain: User) -> None:
    """After the end nothing arrives or is handed in; on the next day what went over the limit may be."""
    archive = contest.zipped(contest.predictions(world.public))
    client = world.client(captain)
    Phase.objects.filter(pk=world.public.pk).update(daily_limit=1)
    first, second, third = (whole(world, captain, archive) for _ in range(3))
    assert client.post(f"{first}submit").status_code == 201
    assert code(client.post(f"{second}submit")) == (409, "daily_limit")
    assert client.head(second, headers=TUS)["Upload-Offset"] == str(len(archive)), "it stays"
    Submission.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert client.post(f"{second}submit").status_code == 201
    late = PendingSubmission.objects.get(pk=third.rstrip("/").rpartition("/")[2])
    PendingSubmission.objects.filter(pk=late.pk).update(offset_bytes=0)
    contest.end(world.public)
    assert code(send(client, third, archive)) == (409, "phase_closed")
    PendingSubmission.objects.filter(pk=late.pk).update(offset_bytes=len(archive))
    assert code(client.post(f"{third}submit")) == (409, "phase_closed")


def test_handed_in_twice_at_once_it_is_one_submission(world: Contest, captain: User) -> None:
    """Whichever is behind finds the row or the file as the other left it."""
    whole(world, captain, contest.zipped(contest.predictions(world.public)))
    first, late, later = (PendingSubmission.objects.get() for _ in range(3))
    content = arriving.path_of(first).read_bytes()
    sent = arriving.hand_in(row=first, actor=captain)
    assert arriving.hand_in(row=late, actor=captain) == sent, "its file is gone"
    arriving.path_of(later).write_bytes(content)
    assert arriving.hand_in(row=later, actor=captain) == sent, "both had begun"
    assert Submission.objects.count() == 1
    PendingSubmission.objects.update(submission=None)
    with pytest.raises(NotFound, match="send the archive again"):
        arriving.hand_in(row=PendingSubmission.objects.get(), actor=captain)


def test_who_has_left_the_team_reaches_nothing(world: Contest, captain: User) -> None:
    mate = world.researcher()
    asked = teams.ask_to_join(team=Team.objects.get(), actor=mate, accepts_rules=True)
    teams.take_in(member=asked, actor=captain)
    address = begun(world, mate, 10)
    assert world.client(mate).head(address, headers=TUS).status_code == 200
    teams.remove_member(member=TeamMember.objects.get(user=mate), actor=captain)
    assert world.client(mate).head(address, headers=TUS).status_code == 404


def test_who_becomes_a_reader_of_answers_hands_nothing_in(world: Contest, captain: User) -> None:
    address = whole(world, captain, contest.zipped(contest.predictions(world.public)))
    factories.make_member(world.project, Role.RATER, user=captain)
    assert code(world.client(captain).post(f"{address}submit")) == (403, "not_in_a_team")
    assert not Submission.objects.exists()


def test_what_is_left_is_deleted_after_two_days(world: Contest, captain: User) -> None:
    old, fresh = (begun(world, captain, 10) for _ in range(2))
    stray = arriving.path_of(PendingSubmission())
    stray.write_bytes(b"of a crash")
    now = timezone.now()
    assert arriving.clear_old(now=now) == 0
    pk = old.rstrip("/").rpartition("/")[2]
    PendingSubmission.objects.filter(pk=pk).update(updated_at=now - timedelta(days=2, seconds=1))
    assert arriving.clear_old(now=now) == 1
    assert [row.pk.hex for row in PendingSubmission.objects.all()] == [
        fresh.rstrip("/").rpartition("/")[2].replace("-", "")
    ]
    assert {path.name for path in files()} == {str(PendingSubmission.objects.get().pk), stray.name}
    assert arriving.clear_old(now=now + timedelta(days=3)) == 2
    assert files() == []


def test_the_client_goes_on_where_it_was_broken_off(
    world: Contest, captain: User, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PIECE_BYTES", 100)
    archive = tmp_path / "masks.zip"
    archive.write_bytes(contest.zipped(contest.predictions(world.public)))
    size = archive.stat().st_size
    assert size > 300
    _, token = create_token(user=captain, name="Client", scope="manage")
    told: list[int] = []

    def broken_off(arrived: int, of: int) -> None:
        told.append(arrived)
        if arrived == 200:
            raise KeyboardInterrupt

    with Site(live_server.url, token) as site:
        assert [row["id"] for row in site.challenges()] == [str(world.challenge.pk)]
        sending = partial(site.send_predictions, str(world.challenge.pk), "validation", archive)
        with pytest.raises(KeyboardInterrupt):
            sending(progress=broken_off)
        again: list[tuple[int, int]] = []
        sent = sending(progress=lambda *now: again.append(now))
    assert told == [100, 200]
    assert (again[0], again[-1]) == ((300, size), (size, size))
    assert (sent["team"], Submission.objects.get().archive.size_bytes) == ("One", size)


def test_the_client_sends_nothing_that_changed_meanwhile(
    world: Contest, captain: User, live_server: Any, tmp_path: Path
) -> None:
    archive = tmp_path / "masks.zip"
    archive.write_bytes(contest.zipped(contest.predictions(world.public)))
    _, token = create_token(user=captain, name="Client", scope="manage")

    def changed(arrived: int, of: int) -> None:
        archive.write_bytes(b"another")

    with Site(live_server.url, token) as site, pytest.raises(Changed):
        site.send_predictions(str(world.challenge.pk), "validation", archive, progress=changed)
    assert not Submission.objects.exists()
    assert not PendingSubmission.objects.exists()


def test_the_client_packs_a_folder_and_knows_it_again(
    world: Contest, captain: User, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mask for each case as a program writes them; what else lies there is not sent."""
    monkeypatch.setattr(uploads, "PIECE_BYTES", 100)
    folder = tmp_path / "mine"
    for name, content in contest.predictions(world.public).items():
        (folder / "deep" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "deep" / name).write_bytes(content)
    (folder / "log.txt").write_text("not sent")
    first, again = (pack(folder, tmp_path_of(tmp_path, name)) for name in ("one", "two"))
    assert first.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(first) as packed:
        assert sorted(Path(name).name for name in packed.namelist()) == sorted(
            contest.predictions(world.public)
        )
    _, token = create_token(user=captain, name="Client", scope="manage")

    def broken_off(arrived: int, of: int) -> None:
        if arrived == 200:
            raise KeyboardInterrupt

    told: list[int] = []
    with Site(live_server.url, token) as site:
        sending = partial(site.send_predictions, str(world.challenge.pk), "validation", folder)
        with pytest.raises(KeyboardInterrupt):
            sending(progress=broken_off)
        sent = sending(progress=lambda arrived, of: told.append(arrived))
        with pytest.raises(VertebaseError, match="no mask"):
            site.send_predictions(str(world.challenge.pk), "validation", tmp_path_of(tmp_path, "empty"))
    assert told[0] == 300
    row = Submission.objects.get()
    assert (sent["id"], row.archive.size_bytes) == (str(row.pk), first.stat().st_size)


def tmp_path_of(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name
