"""After an erratum: a corrected version, and what was sent before scored on it again, both scores kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.challenge.errors import NotACorrection
from backend.challenge.models import CaseRescore, CaseScore, Rescoring
from backend.challenge.services import evaluating, rescoring
from backend.challenge.services.elsewhere import receive
from backend.challenge.services.keys import make_key
from backend.masks.selectors import load_mask
from backend.masks.services import add_version
from backend.releases.models import Release, ReleaseState
from backend.science.signed_results import signature_of
from tests.backend import contest, factories
from tests.backend.contest import Contest
from tests.backend.thaw import thawed_afterwards

pytestmark = pytest.mark.django_db(transaction=True)


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


def corrected(world: Contest, *, without: str = "", **fields: Any) -> Release:
    """The next version: in the first case L2 is called L3, which it had been all along."""
    said = {"version": "1.1", "title": "Spines", "terms": "Cite us.", "created_by": world.manager}
    usual = {"embargo_until": world.release.embargo_until, "open_test_images": True}
    release = Release.objects.create(project=world.project, **said | usual | fields)
    for number, item in enumerate(world.release.items.order_by("release_patient__subject")):
        before = item.release_patient
        if before.subject == without:
            continue
        row = release.patients.create(patient=before.patient, split=before.split, subject=before.subject)
        mask = item.mask
        if number == 0:
            voxels = load_mask(mask).array.copy(order="F")
            voxels[voxels == 21] = 22
            mask = add_version(volume=item.case.volume, mask=voxels, source="review")
        release.items.create(release_patient=row, case=item.case, mask=mask)
    release.state, release.manifest_sha256 = ReleaseState.FROZEN, "1" * 64
    release.frozen_at = timezone.now()
    release.save()
    return release


def boards(world: Contest, user: User) -> dict[str, Any]:
    told = world.client(user).get(f"{world.root}/corrected").json()["boards"]
    return {board["split"]: board for board in told}


def first_board(world: Contest, user: User) -> Any:
    return world.client(user).get(f"{world.root}/phases/validation/leaderboard").json()["board"]


def ask(world: Contest, release: Release) -> Any:
    return world.client(world.manager).post(
        f"{world.root}/corrected", {"release_id": str(release.pk)}, content_type="application/json"
    )


def test_both_scores_are_kept(world: Contest, captain: User) -> None:
    world.send(captain, contest.zipped(contest.predictions(world.public)))
    release = corrected(world)
    assert ask(world, release).status_code == 202
    (first,) = first_board(world, captain)["rows"]
    assert first["identification_rate"]["value"] == 1.0, "as it was"
    told = boards(world, captain)["validation"]
    assert told["version"] == "1.1"
    (again,) = told["board"]["rows"]
    assert again["identification_rate"]["value"] == 3 / 4, "of four vertebrae one has another name now"
    assert (again["missed"], again["extra"]) == (1, 1)
    levels = {part["name"]: part["identification_rate"] for part in again["parts"]}
    assert levels == {"lumbar": 3 / 4, "L1": 1.0, "L2": 1.0, "L3": 0.0}
    assert CaseScore.objects.count() == CaseRescore.objects.count() == 2


def test_only_cases_with_another_mask_are_evaluated_again(
    world: Contest, captain: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.send(captain, contest.zipped(contest.predictions(world.public)))
    seen: list[str] = []
    evaluated = evaluating.evaluated

    def noted(archive: Any, entry: Any, item: Any, *grades: Any) -> Any:
        seen.append(item.release_patient.subject)
        return evaluated(archive, entry, item, *grades)

    monkeypatch.setattr("backend.challenge.services.rescoring.evaluated", noted)
    release = corrected(world)
    ask(world, release)
    assert seen == ["sub-verse000"]
    other = world.researcher()
    world.team("Two", other)
    world.send(other, contest.zipped(contest.predictions(world.public)))
    ask(world, release)
    assert seen == ["sub-verse000"] * 2, "asked again, only what is new"
    assert len(boards(world, captain)["validation"]["board"]["rows"]) == 2
    assert Rescoring.objects.count() == 2, "one for each phase"


def test_a_case_that_was_taken_out_counts_for_nobody(world: Contest, captain: User) -> None:
    world.send(captain, contest.zipped(contest.predictions(world.public)))
    ask(world, corrected(world, without="sub-verse001"))
    board = boards(world, captain)["validation"]["board"]
    assert (board["cases"], board["rows"][0]["identification_rate"]["value"]) == (1, 1 / 2)


def test_a_team_that_was_evaluated_elsewhere_is_left_out(world: Contest, captain: User) -> None:
    """The site has its figures and no masks: what cannot be scored again does not stop the others."""
    other = world.researcher()
    world.team("Two", other)
    world.send(other, contest.zipped(contest.predictions(world.public)))
    key = make_key(phase=world.public, actor=world.manager, name="Centre")
    result = contest.signed_figures(key, team="One", nonce="0" * 32)
    body = json.dumps({"result": result, "signature": signature_of(result, key.secret)}).encode()
    receive(challenge_id=world.challenge.pk, split="validation", body=body)
    assert len(first_board(world, captain)["rows"]) == 2
    ask(world, corrected(world))
    assert [row["team"] for row in boards(world, captain)["validation"]["board"]["rows"]] == ["Two"]


def test_of_the_secret_phase_a_corrected_board_is_kept_back_too(world: Contest, captain: User) -> None:
    world.send(captain, contest.zipped(contest.predictions(world.secret)), "test")
    ask(world, corrected(world))
    told = boards(world, captain)["test"]
    assert (told["board"], told["board_at"]) == (None, None)
    assert boards(world, world.manager)["test"]["board"]["rows"][0]["parts"]
    contest.end(world.secret)
    (row,) = boards(world, captain)["test"]["board"]["rows"]
    assert (row["dice"]["value"], row["parts"]) == (1.0, []), "the answers are sealed still"


def test_a_correction_that_opens_later_keeps_its_answers_until_then(
    world: Contest, captain: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = world.release.embargo_until
    assert opens is not None
    world.send(captain, contest.zipped(contest.predictions(world.secret)), "test")
    ask(world, corrected(world, embargo_until=opens + timedelta(days=30)))
    contest.end(world.secret)
    for days, opened in ((0, False), (30, True)):
        day = opens + timedelta(days=days)
        monkeypatch.setattr("backend.releases.embargo.timezone.localdate", lambda day=day: day)
        (row,) = boards(world, captain)["test"]["board"]["rows"]
        assert bool(row["parts"]) is opened


def test_no_other_release_is_a_correction(world: Contest, captain: User) -> None:
    elsewhere = contest.frozen_release(factories.make_project(), ["validation"])
    later = contest.frozen_release(world.project, ["validation"], version="1.2")
    draft = Release.objects.create(
        project=world.project, version="2.0", title="Spines", created_by=world.manager
    )
    for wrong in (elsewhere, world.release, draft):
        with pytest.raises(NotACorrection):
            rescoring.start_rescoring(challenge=world.challenge, actor=world.manager, release=wrong)
    address = f"{world.root}/corrected"
    refused = world.client(captain).post(
        address, {"release_id": str(later.pk)}, content_type="application/json"
    )
    assert refused.status_code == 403
