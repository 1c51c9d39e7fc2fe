"""What participants send: checked, scored case by case, kept back while it could tell answers."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from django.conf import settings as site
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backend.accounts.models import User
from backend.audit.models import Record
from backend.challenge.models import CaseScore, Phase, Submission, SubmissionState
from backend.challenge.services.evaluating import run_evaluation
from backend.common.models import Job, JobState
from backend.common.tasks import JobCancelled
from backend.projects.models import Role
from backend.releases.custody import services as custody
from backend.releases.models import Release
from backend.science.submission import score_entry
from backend.science.volume import MaskArray
from tests.backend import contest, factories
from tests.backend.contest import Contest
from tests.backend.thaw import thawed_afterwards, unheld

pytestmark = pytest.mark.django_db(transaction=True)
NIFTI = ".nii.gz"


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
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


def told(world: Contest, user: User, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = world.client(user).get(f"/api/v1/submissions/{answer.json()['id']}").json()
    return found


def board(world: Contest, user: User, split: str = "validation") -> Any:
    return world.client(user).get(f"{world.root}/phases/{split}/leaderboard").json()["board"]


def drop(label: int) -> Callable[[MaskArray], None]:
    def change(mask: MaskArray) -> None:
        mask[mask == label] = 0

    return change


def test_the_answer_itself_scores_one(world: Contest, captain: User) -> None:
    found = told(world, captain, world.send(captain, contest.zipped(contest.predictions(world.public))))
    assert (found["state"], found["progress"]) == ("evaluated", 1.0)
    assert found["check"] == {
        "cases": 2, "missing": [], "extra": [], "extra_count": 0, "faults": [], "faults_count": 0,
        "grades": "",
    }  # fmt: skip
    assert [case["report"]["dice"] for case in found["cases"]] == [1.0, 1.0]
    assert [case["report"]["identification_rate"] for case in found["cases"]] == [1.0, 1.0]
    (row,) = board(world, captain)["rows"]
    assert (row["team"], row["missed"], row["extra"], row["absent_cases"]) == ("One", 0, 0, 0)
    assert row["segmentation"]["rank"] == 1
    verbs = Record.objects.filter(subject_id=found["id"]).values_list("verb", flat=True)
    assert list(verbs) == ["challenge.submission_sent", "challenge.submission_evaluated"]


def test_what_is_missing_counts_as_missed_and_what_is_strange_is_named(world: Contest, captain: User) -> None:
    files = contest.predictions(world.public, drop(20))
    first, second = files
    sent = {first: files[first], "readme.txt": b"hello", "__MACOSX/._x": b""}
    found = told(world, captain, world.send(captain, contest.zipped(sent)))
    assert found["state"] == "evaluated"
    assert found["check"]["missing"] == [second.removesuffix("_seg-vert_msk.nii.gz")]
    assert found["check"]["extra"] == ["readme.txt"]
    kept, lost = found["cases"]
    assert (kept["report"]["missed"], kept["absent"]) == ([20], False)
    assert (lost["report"]["missed"], lost["report"]["dice"], lost["absent"]) == ([20, 21], 0.0, True)
    (row,) = board(world, captain)["rows"]
    assert (row["missed"], row["absent_cases"]) == (3, 1)
    assert row["identification_rate"]["value"] == 0.25
    assert row["dice"]["value"] == 0.25


def test_a_mask_in_another_order_of_axes_is_the_same_prediction(
    world: Contest, captain: User, tmp_path: Path
) -> None:
    files = {}
    for name, content in contest.predictions(world.public).items():
        (tmp_path / name).write_bytes(content)
        image: Any = nib.load(tmp_path / name)
        turned = image.as_reoriented(np.array([[1, -1], [0, 1], [2, -1]]))
        nib.save(turned, tmp_path / name)
        files[name] = (tmp_path / name).read_bytes()
    found = told(world, captain, world.send(captain, contest.zipped(files)))
    assert [case["report"]["dice"] for case in found["cases"]] == [1.0, 1.0]


# --- attacks -----------------------------------------------------------------------------------------------


def hostile(world: Contest) -> dict[str, tuple[bytes, str]]:
    """Archives that are refused before anything is kept, and what is said of them."""
    files = contest.predictions(world.public)
    name = next(iter(files))
    link = zipfile.ZipInfo("link" + NIFTI)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with_bomb = contest.zipped({name: b"\0" * (200 << 20)})
    return {
        "no archive": (b"hello", "bad_zip"),
        "cut off": (contest.zipped(files)[:-30], "bad_zip"),
        "bomb": (with_bomb, "zip_too_large"),
        "link": (contest.zipped(files, (link, b"/etc/passwd")), "not_a_file"),
        "outside": (contest.zipped({**files, "../../up" + NIFTI: b"x"}), "bad_path"),
        "root": (contest.zipped({**files, "/etc/up" + NIFTI: b"x"}), "bad_path"),
        "none of ours": (contest.zipped({"other" + NIFTI: b"x"}), "no_prediction"),
        "two masks": (contest.zipped({**files, "again/" + name: b"x"}), "two_masks"),
    }


def test_hostile_archives_are_refused_at_once_and_leave_nothing(world: Contest, captain: User) -> None:
    for what, (archive, code) in hostile(world).items():
        answer = world.send(captain, archive)
        assert answer.status_code == 400, what
        refused = answer.json()
        faults = refused["extra"].get("report", {}).get("faults", [])
        assert code in {refused["code"], *(fault["code"] for fault in faults)}, (what, refused)
    assert not Submission.objects.exists()
    assert list((Path(site.VERTEBASE_VAR) / "scratch" / "submissions").iterdir()) == []


def strange_voxels(shape: tuple[int, int, int], value: float) -> bytes:
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    voxels = np.zeros(shape, np.float32)
    voxels[2, 2, 2] = value
    return bytes(nib.Nifti1Image(voxels, affine).to_bytes())


def test_strange_files_are_refused_each_by_name_and_do_not_count(world: Contest, captain: User) -> None:
    files = contest.predictions(world.public)
    first, second = files
    mask = factories.block_mask()
    strange = {
        "other_grid": contest.elsewhere(mask),
        "not_finite": strange_voxels(mask.shape, np.nan),
        "unknown_label": strange_voxels(mask.shape, 255),
        "bad_nifti": b"not a scan at all",
    }
    for code, content in strange.items():
        name = first if code == "other_grid" else first.replace(NIFTI, ".nii")
        found = told(
            world, captain, world.send(captain, contest.zipped({name: content, second: files[second]}))
        )
        assert found["state"] == "refused", code
        (fault,) = found["check"]["faults"]
        assert fault["file"] == name
        assert fault["message"]
    assert not CaseScore.objects.exists()
    left = world.client(captain).get(world.root).json()["phases"][0]["left_today"]
    assert left == 3
    # what is refused is told by the participant's file and the CT's grid alone
    assert Record.objects.filter(verb="challenge.submission_refused").count() == len(strange)


def test_a_broken_centroid_file_is_named(world: Contest, captain: User) -> None:
    files = contest.predictions(world.public)
    name = next(iter(files)).replace("_seg-vert_msk" + NIFTI, "_seg-subreg_ctd.json")
    for content in (b"{}", json.dumps([{"direction": ["L", "A"]}]).encode(), b"[" * 100_000):
        found = told(world, captain, world.send(captain, contest.zipped({**files, name: content})))
        assert found["state"] == "refused"
        assert [fault["file"] for fault in found["check"]["faults"]] == [name]


def test_a_body_over_the_limit_is_refused_before_it_is_kept(
    world: Contest, captain: User, settings: Any
) -> None:
    settings.VERTEBASE_MAX_SUBMISSION_BYTES = 100
    assert world.send(captain, b"x" * 101).status_code == 413
    address = f"{world.root}/phases/validation/submissions"
    client = world.client(captain)
    lying = client.generic("POST", address, b"x" * 101, content_type="application/zip", CONTENT_LENGTH="")
    assert lying.status_code in (400, 413)
    assert client.post(address, b"x", content_type="text/plain").status_code == 415


def test_limits_hold_for_the_team_and_the_day(
    world: Contest, captain: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Phase.objects.filter(pk=world.public.pk).update(daily_limit=1)
    archive = contest.zipped(contest.predictions(world.public))
    assert world.send(captain, archive).status_code == 201
    again = world.send(captain, archive)
    assert (again.status_code, again.json()["code"]) == (409, "daily_limit")
    Submission.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert world.send(captain, archive).status_code == 201


def test_refused_tries_are_bounded_too(
    world: Contest, captain: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.challenge.services.submitting.MAX_TRIES_A_DAY", 1)
    first, second = files = contest.predictions(world.public)
    bad = contest.zipped({first: contest.elsewhere(factories.block_mask()), second: files[second]})
    assert told(world, captain, world.send(captain, bad))["state"] == "refused"
    assert world.send(captain, bad).json()["code"] == "daily_limit"


def test_too_early_and_too_late(world: Contest, captain: User) -> None:
    archive = contest.zipped(contest.predictions(world.public))
    Phase.objects.filter(pk=world.public.pk).update(opens_at=timezone.now() + timedelta(minutes=1))
    assert world.send(captain, archive).json()["code"] == "phase_not_open"
    Phase.objects.filter(pk=world.public.pk).update(opens_at=timezone.now() - timedelta(hours=2))
    contest.end(world.public)
    assert world.send(captain, archive).json()["code"] == "phase_closed"


def test_only_a_team_sends_and_for_itself_alone(world: Contest, captain: User) -> None:
    archive = contest.zipped(contest.predictions(world.public))
    outsider = world.researcher()
    assert world.send(outsider, archive).json()["code"] == "not_in_a_team"
    mine = world.send(captain, archive).json()["id"]
    other = world.researcher()
    world.team("Two", other)
    assert world.client(other).get(f"/api/v1/submissions/{mine}").status_code == 404
    address = f"{world.root}/phases/validation/submissions"
    assert world.client(other).get(address).json()["results"] == []
    assert [row["team"] for row in world.client(world.manager).get(address).json()["results"]] == ["One"]
    # who has come to know answers since sends nothing more
    factories.make_member(world.project, Role.RATER, user=captain)
    assert world.send(captain, archive).json()["code"] == "not_in_a_team"


# --- what is secret ----------------------------------------------------------------------------------------


def test_of_the_secret_phase_no_more_is_told_than_that_it_was_evaluated(
    world: Contest, captain: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = contest.zipped(contest.predictions(world.secret, drop(20)))
    found = told(world, captain, world.send(captain, archive, "test"))
    assert (found["state"], found["cases"]) == ("evaluated", None)
    assert board(world, captain, "test") is None
    right = contest.zipped(contest.predictions(world.secret))
    better = told(world, captain, world.send(captain, right, "test"))
    differ = {key for key in found if found[key] != better[key]}
    assert differ <= {"id", "sent_at", "evaluated_at", "size_bytes"}  # nothing that depends on the answer
    # organisers see all of it
    seen = world.client(world.manager).get(f"/api/v1/submissions/{found['id']}").json()
    assert seen["cases"][0]["report"]["missed"] == [20]
    assert len(board(world, world.manager, "test")["rows"]) == 1
    # after the deadline the board, and the cases only once the embargo is over, too
    contest.end(world.secret)
    (row,) = board(world, captain, "test")["rows"]
    assert row["dice"]["value"] == 1.0  # of the last one sent
    assert row["parts"] == [], "the levels of a board are those of the answers"
    assert board(world, world.manager, "test")["rows"][0]["parts"]
    address = f"/api/v1/submissions/{found['id']}"
    assert world.client(captain).get(address).json()["cases"] is None
    opens = world.release.embargo_until
    monkeypatch.setattr("backend.releases.embargo.timezone.localdate", lambda *_: opens)
    assert world.client(captain).get(address).json()["cases"][0]["report"]["missed"] == [20]
    levels = [part["name"] for part in board(world, captain, "test")["rows"][0]["parts"]]
    assert levels == ["lumbar", "L1", "L2"]


def test_in_custody_managers_read_the_board_but_no_case_and_no_level(world: Contest, captain: User) -> None:
    archive = contest.zipped(contest.predictions(world.secret, drop(20)))
    address = f"/api/v1/submissions/{told(world, captain, world.send(captain, archive, 'test'))['id']}"
    keepers = [factories.make_user("first"), factories.make_member(world.project, Role.MANAGER)]
    for user in keepers:
        row = custody.name_custodian(release=world.release, actor=world.manager, email=user.email)
        custody.answer(release=world.release, actor=user, custodian_id=row.pk, accept=True)

    def read(user: User) -> tuple[bool, bool, float]:
        (row,) = board(world, user, "test")["rows"]
        cases = world.client(user).get(address).json()["cases"]
        return cases is not None, bool(row["parts"]), row["dice"]["value"]

    assert read(world.manager) == (False, False, 0.5)
    assert read(keepers[1]) == (True, True, 0.5), "a manager who keeps it"
    for user in keepers:
        custody.confirm_opening(release=world.release, actor=user, opens=True)
    assert read(world.manager) == (True, True, 0.5)


def test_nothing_is_taken_while_the_ct_is_sealed(world: Contest, captain: User) -> None:
    archive = contest.zipped(contest.predictions(world.secret))
    with unheld():
        Release.objects.filter(pk=world.release.pk).update(open_test_images=False)
    assert world.send(captain, archive, "test").json()["code"] == "images_sealed"


# --- evaluation --------------------------------------------------------------------------------------------


def test_evaluation_goes_on_where_it_was_left(
    world: Contest, captain: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated: list[str] = []
    real = score_entry

    def stopping(*args: Any, **kwargs: Any) -> Any:
        if evaluated:
            raise JobCancelled
        evaluated.append("first")
        return real(*args, **kwargs)

    monkeypatch.setattr("backend.challenge.services.evaluating.score_entry", stopping)
    sent = world.send(captain, contest.zipped(contest.predictions(world.public)))
    submission = Submission.objects.get(pk=sent.json()["id"])
    assert submission.state == SubmissionState.FAILED  # it was cancelled: it does not count
    (kept,) = submission.scores.all()
    Submission.objects.update(state=SubmissionState.EVALUATING)  # as a lost worker leaves it

    def counting(*args: Any, **kwargs: Any) -> Any:
        evaluated.append("next")
        return real(*args, **kwargs)

    monkeypatch.setattr("backend.challenge.services.evaluating.score_entry", counting)
    job = factories.at_work("challenge.evaluate")
    run_evaluation(job=job, submission_id=submission.pk)
    assert evaluated == ["first", "next"]
    submission.refresh_from_db()
    assert submission.state == SubmissionState.EVALUATED
    assert submission.scores.count() == 2
    assert submission.scores.filter(pk=kept.pk).exists()
    assert Job.objects.get(pk=job.id).state == JobState.SUCCEEDED
    run_evaluation(job=factories.at_work("challenge.evaluate"), submission_id=submission.pk)
    assert evaluated == ["first", "next"]  # what has ended stays


def test_the_last_evaluated_submission_counts(world: Contest, captain: User) -> None:
    world.send(captain, contest.zipped(contest.predictions(world.public)))
    world.send(captain, contest.zipped(contest.predictions(world.public, drop(21))))
    (row,) = board(world, captain)["rows"]
    assert row["missed"] == 2


def test_a_board_takes_as_many_queries_with_more_teams(world: Contest, captain: User) -> None:
    def queries() -> int:
        client = world.client(captain)
        board_at = f"{world.root}/phases/validation/leaderboard"
        client.get(board_at)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(board_at).status_code == 200
            assert client.get(world.root).status_code == 200
        return len(captured)

    archive = contest.zipped(contest.predictions(world.public))
    world.send(captain, archive)
    few = queries()
    for name in ("Two", "Three"):
        other = world.researcher()
        world.team(name, other)
        world.send(other, archive)
    assert len(board(world, captain)["rows"]) == 3
    assert queries() == few
