"""Results that were evaluated elsewhere: one end to end, and those that are refused."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backend.accounts.models import User
from backend.audit.models import Record
from backend.challenge.api.elsewhere import ResultThrottle
from backend.challenge.models import CaseScore, EvaluationKey, Submission
from backend.challenge.reports import CaseReport
from backend.challenge.services.references import items_by_name
from backend.client import evaluating
from backend.masks.selectors import load_mask
from backend.releases.content import case_paths, released_centroids
from backend.releases.models import Custodian, Release
from backend.science.formats.nifti import mask_bytes
from backend.science.formats.verse import centroids_bytes
from backend.science.signed_results import canonical_bytes, signature_of
from backend.science.volume import MaskArray
from tests.backend import contest, factories
from tests.backend.contest import Contest
from tests.backend.thaw import thawed_afterwards, unheld

pytestmark = pytest.mark.django_db(transaction=True)

# predicts the reference of the first case, which it has beside itself, and nothing of the others
PROGRAM = """
import pathlib, shutil, sys
given, made, known = map(pathlib.Path, sys.argv[1:])
assert not list(given.rglob("*msk*")), "references are none of its business"
first = sorted(given.glob("*_ct.nii.gz"))[0]
shutil.copy(known, made / first.name.replace("_ct", "_seg-vert_msk"))
"""


@pytest.fixture(autouse=True)
def thawed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(ResultThrottle, "rate", "10000/min")
    with thawed_afterwards():
        yield


@pytest.fixture
def world() -> Contest:
    made = contest.make_contest()
    made.team("One")
    return made


def key_of(world: Contest, split: str = "validation", user: User | None = None) -> dict[str, Any]:
    address = f"{world.root}/phases/{split}/keys"
    made = world.client(user or world.manager).post(
        address, {"name": "Computing centre"}, content_type="application/json"
    )
    assert made.status_code == 201, made.json()
    assert made["Cache-Control"] == "no-store"
    told: dict[str, Any] = made.json()
    return told


def result_of(world: Contest, key: dict[str, Any]) -> dict[str, Any]:
    """A result as the command makes it, of predictions that are right."""
    return contest.signed_figures(EvaluationKey.objects.get(pk=key["key"]), team="one", nonce="0" * 32)


def post(world: Contest, body: bytes | dict[str, Any], split: str = "validation") -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(f"{world.root}/phases/{split}/signed-results", sent, content_type="application/json")


def signed(result: dict[str, Any], key: dict[str, Any]) -> dict[str, Any]:
    return {"result": result, "signature": signature_of(result, key["secret"])}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def board(world: Contest) -> dict[str, Any]:
    answer = world.client(world.manager).get(f"{world.root}/phases/validation/leaderboard").json()
    (row,) = answer["board"]["rows"]
    told: dict[str, Any] = row
    return told


def test_the_score_is_worked_out_from_the_figures_and_stands_with_who_evaluated(world: Contest) -> None:
    key = key_of(world)
    answer = post(world, signed(result_of(world, key), key))
    assert answer.status_code == 201, answer.json()
    assert set(answer.json()) == {"submission_id", "team", "split"}, "no score is told to who sends it"
    row = board(world)
    assert (row["team"], row["evaluated_by"]) == ("One", "Computing centre")
    assert row["dice"]["value"] == pytest.approx(0.8)
    (listed,) = world.client(world.manager).get(f"{world.root}/phases/validation/keys").json()["results"]
    assert listed["used_at"] is not None
    assert "secret" not in listed
    assert Record.objects.filter(verb="challenge.result_taken").count() == 1


def levels(result: dict[str, Any]) -> list[dict[str, Any]]:
    case: dict[str, Any] = next(iter(result["cases"].values()))
    found: list[dict[str, Any]] = case["levels"]
    return found


def two_of_one(result: dict[str, Any]) -> None:
    levels(result).append(dict(levels(result)[0]))


def another_case(result: dict[str, Any]) -> None:
    name = next(iter(result["cases"]))
    result["cases"]["sub-other"] = result["cases"].pop(name)


def missing_case(result: dict[str, Any]) -> None:
    result["cases"].popitem()


def other_mask(result: dict[str, Any]) -> None:
    next(iter(result["cases"].values()))["mask_digest"] = "f" * 64


Change = Callable[[dict[str, Any]], object]
REFUSED: dict[str, tuple[Change, tuple[int, str]]] = {
    "dice above one": (lambda r: levels(r)[0].update(dice=1.2), (400, "bad_result")),
    "dice below nothing": (lambda r: levels(r)[0].update(dice=-0.1), (400, "bad_result")),
    "a total of its own": (lambda r: r.update(dice=1.0), (400, "bad_result")),
    "identified too far off": (lambda r: levels(r)[0].update(distance_mm=21.0), (400, "bad_result")),
    "identified nowhere": (lambda r: levels(r)[0].update(distance_mm=None), (400, "bad_result")),
    "overlap without a distance": (lambda r: levels(r)[0].update(hausdorff_mm=None), (400, "bad_result")),
    "absent with figures": (
        lambda r: next(iter(r["cases"].values())).update(absent=True),
        (400, "bad_result"),
    ),
    "a vertebra twice": (two_of_one, (400, "bad_result")),
    "a vertebra left out": (lambda r: levels(r).pop(), (400, "bad_result")),
    "another case": (another_case, (400, "bad_result")),
    "a case left out": (missing_case, (400, "bad_result")),
    "another reference": (other_mask, (409, "other_release")),
    "another version": (lambda r: r.update(version="0.9"), (409, "other_release")),
    "another manifest": (lambda r: r.update(manifest_sha256="f" * 64), (409, "other_release")),
    "another split": (lambda r: r.update(split="test"), (409, "other_phase")),
    "another challenge": (lambda r: r.update(challenge="0" * 8 + r["challenge"][8:]), (409, "other_phase")),
    "no such team": (lambda r: r.update(team="Two"), (409, "no_such_team")),
    "a team with NUL": (lambda r: r.update(team="o\0ne"), (400, "bad_result")),
    "too old": (
        lambda r: r.update(signed_at=(timezone.now() - timedelta(days=2)).isoformat()),
        (409, "result_too_old"),
    ),
    "from the future": (
        lambda r: r.update(signed_at=(timezone.now() + timedelta(hours=1)).isoformat()),
        (409, "result_too_old"),
    ),
    "at no time": (lambda r: r.update(signed_at="yesterday"), (400, "bad_result")),
}


def test_what_is_signed_and_cannot_be_is_refused_and_noted(world: Contest) -> None:
    key = key_of(world)
    for name, (change, wanted) in REFUSED.items():
        result = result_of(world, key)
        change(result)
        assert code(post(world, signed(result, key))) == wanted, name
    assert not Submission.objects.exists()
    assert Record.objects.filter(verb="challenge.result_refused").count() == len(REFUSED)


def test_what_is_not_signed_as_it_is_gets_no_further(world: Contest) -> None:
    key = key_of(world)
    right = signed(result_of(world, key), key)
    edited = json.loads(json.dumps(right))
    levels(edited["result"])[0]["dice"] = 0.9
    strange = signed({**right["result"], "key": "0" * 8 + key["key"][8:]}, key)
    for body in (edited, {**right, "signature": "0" * 64}, strange):
        assert code(post(world, body)) == (403, "not_signed")
    assert code(post(world, {**right, "signature": "é"})) == (400, "bad_result")
    told = json.dumps(right).replace("0.8", "NaN", 1).encode()
    for content in (told, told.replace(b"NaN", b"1e999"), b"[]", b"{}", b"\xff", b"[" * 100_000, b"7"):
        assert code(post(world, content)) == (400, "bad_result"), content[:20]
    assert not Record.objects.filter(verb="challenge.result_refused").exists(), "strangers fill no record"
    assert post(world, right).status_code == 201


def test_each_result_counts_once_and_as_many_a_day_as_submissions(world: Contest) -> None:
    key = key_of(world)
    right = signed(result_of(world, key), key)
    assert post(world, right).status_code == 201
    assert code(post(world, right)) == (409, "result_seen")
    again = [signed({**result_of(world, key), "nonce": f"{n:032x}"}, key) for n in (1, 2, 3)]
    assert [post(world, one).status_code for one in again[:2]] == [201, 201]
    assert code(post(world, again[2])) == (409, "daily_limit")


def test_a_key_is_of_one_phase_until_it_is_revoked_or_the_phase_ends(world: Contest) -> None:
    key = key_of(world)
    right = signed(result_of(world, key), key)
    assert code(post(world, right, "test")) == (409, "other_phase")
    contest.end(world.public)
    assert code(post(world, right)) == (409, "phase_closed")
    gone = world.client(world.manager).delete(f"{world.root}/phases/validation/keys/{key['key']}")
    assert gone.status_code == 204
    assert code(post(world, right)) == (403, "key_revoked")


def test_of_a_sealed_part_custodians_alone_make_keys(world: Contest) -> None:
    early = key_of(world, "test")
    keeper = factories.make_user("keeper")
    Custodian.objects.create(
        release=world.release,
        user=keeper,
        named_by=world.manager,
        state="accepted",
        accepted_at=timezone.now(),
    )
    address = f"{world.root}/phases/test/keys"
    name = {"name": "X"}
    refused = world.client(world.manager).post(address, name, content_type="application/json")
    assert code(refused) == (403, "keys_of_readers")
    for user in (world.researcher(), world.challenge.teams.get().captain):
        assert world.client(user).get(address).status_code == 403
        assert world.client(user).post(address, name, content_type="application/json").status_code == 403
    right = signed(result_of(world, early), early)
    assert code(post(world, right, "test")) == (403, "key_revoked"), "its maker reads the part no more"
    key = key_of(world, "test", keeper)
    assert post(world, signed(result_of(world, key), key), "test").status_code == 201
    captain = world.challenge.teams.get().captain
    seen = world.client(captain).get(f"/api/v1/submissions/{Submission.objects.get().pk}").json()
    assert (seen["evaluated_by"], seen["cases"]) == ("Computing centre", None)
    assert world.client(captain).get(f"{world.root}/phases/test/leaderboard").json()["board"] is None


def released(world: Contest, folder: Path) -> None:
    """The public part of the release as files, whose list is that of the release."""
    rows = []
    for item in items_by_name(world.public).values():
        mask, paths = load_mask(item.mask), case_paths(item, 1)
        points = released_centroids(item.mask, mask)
        blank = type(mask)(mask.geometry, mask.array * 0)  # stands for the CT
        files = {
            paths.ct: mask_bytes(blank),
            paths.mask: mask_bytes(mask),
            paths.centroids: centroids_bytes(points, mask.geometry),
        }
        for name, content in files.items():
            path = folder / "validation" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            rows.append({"path": f"validation/{name}", "split": "validation", "sha256": digest})
    manifest = json.dumps({"files": rows, "sealed": None}).encode()
    (folder / "manifest.json").write_bytes(manifest)
    with unheld():
        Release.objects.filter(pk=world.release.pk).update(
            manifest_sha256=hashlib.sha256(manifest).hexdigest()
        )


def test_a_program_is_evaluated_elsewhere_as_the_site_would_have(world: Contest, tmp_path: Path) -> None:
    data = tmp_path / "data"
    released(world, data)
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key_of(world)))
    key = evaluating.Key.read(file)
    assert key.secret not in repr(key)
    known = tmp_path / "known.nii.gz"
    known.write_bytes(next(iter(contest.predictions(world.public, blundered).values())))
    (tmp_path / "program.py").write_text(PROGRAM)
    command = f"{sys.executable} {tmp_path}/program.py {{input}} {{output}} {known}"
    document = evaluating.evaluate(key, data=data, command=command, team="One", limit_seconds=60)
    sent = post(world, canonical_bytes(document))
    assert sent.status_code == 201, sent.json()
    captain = world.challenge.teams.get().captain
    first = dict(list(contest.predictions(world.public, blundered).items())[:1])
    assert world.send(captain, contest.zipped(first)).status_code == 201
    elsewhere, here = Submission.objects.order_by("created_at")
    scores = [
        [
            (row.item_id, row.absent, CaseReport.read(row.report).to_json())
            for row in CaseScore.objects.filter(submission=one).order_by("item_id")
        ]
        for one in (elsewhere, here)
    ]
    assert sorted(0 < scored["dice"] < 1 for _, _, scored in scores[0]) == [False, True]
    for (item, absent, mine), (other, theirs_absent, theirs) in zip(*scores, strict=True):
        assert (item, absent) == (other, theirs_absent)
        assert close(mine, theirs)
    assert EvaluationKey.objects.get().used_at is not None


def blundered(voxels: MaskArray) -> None:
    """L1 too thin, a part of L2 called L3."""
    voxels[:4][voxels[:4] == 20] = 0
    voxels[:5][voxels[:5] == 21] = 22


def close(mine: Any, theirs: Any) -> bool:
    """Equal, but for numbers that a file rounds."""
    if isinstance(mine, float) and isinstance(theirs, float):
        return abs(mine - theirs) < 0.01
    if isinstance(mine, dict):
        return mine.keys() == theirs.keys() and all(close(mine[name], theirs[name]) for name in mine)
    if isinstance(mine, list):
        return len(mine) == len(theirs) and all(map(close, mine, theirs))
    return bool(mine == theirs)
