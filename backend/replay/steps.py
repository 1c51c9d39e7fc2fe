"""The steps of a replay through the public API. Each may be begun again: it looks what is there already."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from django.utils import timezone

from backend.client import Conflict, JobFailed, NotFound, Project, Release, Site, VertebaseError
from backend.client import wire_generated as wire
from backend.client.lanes import side_by_side
from backend.client.site import Role
from backend.client.waiting import wait_for
from backend.replay import calibration, teams
from backend.replay.bots import Bot
from backend.replay.people import ROLES, People
from backend.replay.recipe import Recipe
from backend.replay.scenes import Scenes
from backend.replay.state import State
from backend.science.formats.verse import SPLIT_FOLDERS

VERSION = "1.0"
TITLE = "The paper, made again"
EMBARGO_DAYS = 180
SPLITS_OF_PHASES: tuple[wire.ChallengeSplit, ...] = ("validation", "test")
PATIENCE_SECONDS = 3600.0
LOOK_SECONDS = 3.0
OPEN_DAYS = 30
RULES = (
    "Predict from the CT alone. One team each. Made-up teams take part; nothing here tells of a real method."
)
Tell = Callable[[str], None]


@dataclass(slots=True)
class Replay:
    """Everything that the steps share."""

    slug: str
    folder: Path
    recipe: Recipe
    scenes: Scenes
    people: People
    state: State
    tell: Tell

    def site(self, key: str = "manager") -> Site:
        return self.people.site(key)

    def project(self, key: str = "manager") -> Project:
        return self.site(key).project(self.slug)


def found_project(replay: Replay) -> dict[str, Any]:
    """The project with everybody in it."""
    site = replay.site()
    try:
        project = site.project(replay.slug)
    except NotFound:
        project = site.create_project(TITLE, protocol="Multi-rater", slug=replay.slug)
    inside = {(member["user"]["email"], member["role"]) for member in site.api.members(replay.slug)}
    asked = {(one["email"], one["role"]) for one in site.api.invitations(replay.slug)}
    for key, role in ROLES.items():
        email = replay.people.email(key)
        if key == "manager" or (email, role) in inside:
            continue
        if (email, role) not in asked:
            project.invite(email, cast("Role", role))
        _accept(replay, key, project.row["name"], role)
    return {"people": len(ROLES)}


def _accept(replay: Replay, key: str, project: str, role: str) -> None:
    """Take an invitation up, which is a person's to do: no token may."""
    for offer in replay.site(key).api.my_invitations():
        if offer["project_name"] == project and offer["role"] == role:
            session = replay.people.session(key)
            session.ask(f"/api/v1/me/invitations/{offer['id']}", {"accepts": True}, "PUT")


def enter_calibrations(replay: Replay) -> dict[str, Any]:
    """A verified line for each scanner and phase."""
    api = replay.site().api
    known = {(row["scanner_model"], str(row["phase"])): row for row in api.calibrations(replay.slug)}
    for scanner, phase in calibration.settings_of(replay.recipe):
        row = known.get((scanner, phase))
        if row is None:
            body: wire.CalibrationInputRequest = {
                "scanner_model": scanner,
                "kvp": 120,
                "phase": cast("wire.ContrastPhase", phase),
                "slope": calibration.SLOPE,
                "intercept": calibration.INTERCEPT,
            }
            row = api.calibration_enter(replay.slug, body)
        if row["state"] == "candidate":
            verified: wire.VerificationInputRequest = {
                "phantom": calibration.PHANTOM,
                "source": calibration.SOURCE,
                "valid_from": calibration.VALID_FROM,
            }
            api.calibration_verify(row["id"], verified)
    return {"lines": len(calibration.settings_of(replay.recipe))}


def upload(replay: Replay) -> dict[str, Any]:
    """All zips as one batch, then the phases that the headers leave open; every series has its case."""
    wanted = sum(1 for _ in replay.recipe.series())
    os.environ["VERTEBASE_STATE"] = str(replay.folder / "client")  # where the client notes what it has sent
    project = replay.project()
    if len(list(project.series())) < wanted:
        batch = project.upload(replay.scenes.uploads, wait_seconds=PATIENCE_SECONDS)
        for one in batch["uploads"]:
            if one["state"] != "ingested":
                replay.state.note(f"upload {one['relative_path']}: {one['state']}, {one['reason']}")

        made = len(list(project.series()))
        if made < wanted:
            raise VertebaseError(f"Of {wanted} zips {made} became a series; the others stand in quarantine.")

    def opened() -> list[wire.Series] | None:
        rows = list(project.series())
        waiting = [row for row in rows if row["case_id"] is None]
        replay.tell(f"{len(rows) - len(waiting)} of {wanted} series have a case")
        return None if waiting or len(rows) < wanted else rows

    rows = wait_for(opened, seconds=PATIENCE_SECONDS, what="a case of every series")
    return {"series": {str(number): row for number, row in _matched(replay, rows).items()}}


def _matched(replay: Replay, rows: list[wire.Series]) -> dict[int, dict[str, str]]:
    """The recipe's number of each series, by its grid; and its contrast phase stated."""
    api = replay.site().api
    found = {}
    for row in rows:
        if row["volume"] is None:
            raise VertebaseError(f"Series {row['number']} of {row['patient']['pseudonym']} has no volume.")
        index = api.volume_index(row["volume"]["id"])
        number = replay.scenes.find(index["shape"], index["affine_ras_mm"])
        patient, _ = replay.scenes.plan(number)
        api.series_phase(row["id"], {"phase": cast("wire.ContrastPhase", patient.contrast)})
        found[number] = {"id": row["id"], "pseudonym": row["patient"]["pseudonym"]}
    return found


def rate(replay: Replay) -> dict[str, Any]:
    """Raters and radiologists at work, each in a thread, until every case is accepted."""
    finished, stop = threading.Event(), threading.Event()
    bots = [
        Bot(key, replay.site(key), replay.slug, replay.scenes, replay.recipe.seed, replay.state.note)
        for key, role in ROLES.items()
        if role in ("rater", "radiologist")
    ]

    def act(bot: Bot | None) -> None:
        if bot is not None:
            bot.work(lambda: finished.is_set() or stop.is_set())
            return
        _watch(replay, stop)
        finished.set()

    side_by_side(act, [*bots, None], at_once=len(bots) + 1, stop=stop)
    return {"tasks": {bot.key: dict(bot.done) for bot in bots}}


def _watch(replay: Replay, stop: threading.Event) -> None:
    """Tell how far the cases are, until all are accepted."""
    project = replay.project()
    said = ""
    while not stop.is_set():
        states = Counter(
            case["state"] if case["state"] == "accepted" else case["stage_title"] for case in project.cases()
        )
        now = ", ".join(f"{n} {name}" for name, n in sorted(states.items()))
        if now != said:
            replay.tell(f"cases: {now}")
            said = now
        if set(states) == {"accepted"}:
            return
        stop.wait(LOOK_SECONDS)


def release(replay: Replay) -> dict[str, Any]:
    """Version 1.0 in the paper's splits, the secret part under embargo, frozen and published; its Table 1."""
    project = replay.project()
    try:
        made = project.release(VERSION)
    except VertebaseError:
        made = project.draft_release(
            {
                "version": VERSION,
                "title": TITLE,
                "notes": "Synthetic: made by bots after the paper's table.",
                "fractions": {"training": 0.5, "validation": 0.25, "test": 0.25},
                "seed": replay.recipe.seed,
                "embargo_until": (timezone.now() + timedelta(days=EMBARGO_DAYS)).date().isoformat(),
                "open_test_images": True,
            }
        )
    if made.row["state"] in ("draft", "failed"):
        _place(replay, made)
        made.freeze(wait_seconds=PATIENCE_SECONDS)
    else:
        made.row = wait_for(lambda: _frozen(made), seconds=PATIENCE_SECONDS, what="the release to be frozen")
    if made.row["standing"] == "unpublished":
        made.publish()
    return {
        "id": made.id,
        "manifest_sha256": made.row["manifest_sha256"],
        "statistics": made.api.release_statistics(made.id),
    }


def _frozen(made: Release) -> wire.Release | None:
    now = made.api.release_get(made.id)
    if now["state"] == "failed":
        raise JobFailed(now["error"] or "the release could not be built")
    return now if now["state"] == "frozen" else None


def _place(replay: Replay, made: Release) -> None:
    """Every patient where the paper has them: by hand, since the paper's splits are no optimiser's."""
    series = replay.state.steps["upload"]["result"]["series"]
    wanted: dict[str, Any] = {}
    for number, row in series.items():
        patient, _ = replay.scenes.plan(int(number))
        wanted[_subject(row["pseudonym"])] = patient.split
    named = {place["subject"] for place in made.api.release_plan(made.id)["places"]}
    if named != set(wanted):
        raise VertebaseError(f"The draft has other patients than the recipe: {sorted(named ^ set(wanted))}")
    made.api.release_place(made.id, {"places": wanted})


def _subject(pseudonym: str) -> str:
    """A patient's name in a release: BIDS takes letters and digits only."""
    return "sub-" + "".join(ch for ch in pseudonym.removeprefix("sub-") if ch.isalnum() and ch.isascii())


def challenge(replay: Replay) -> dict[str, Any]:
    """A challenge with a public and a secret phase, three teams, and a scored submission of each to both."""
    release_id = replay.state.steps["release"]["result"]["id"]
    opened = _challenge(replay, release_id)
    folder = _download(replay, release_id)
    for skill in teams.TEAMS:
        _take_part(replay, opened, skill, folder)
    _await_scores(replay, opened)
    return {"id": opened, "hidden_before": _hidden_before(replay, opened)}


def boards(replay: Replay) -> dict[str, Any]:
    """Both phases ended, and their leaderboards: as organisers see them, and whether teams do."""
    opened = replay.state.steps["challenge"]["result"]["id"]
    api, team = replay.site().api, replay.site(teams.TEAMS[0].key).api
    for split in SPLITS_OF_PHASES:
        _end_phase(api, opened, split)
    return {
        "boards": {split: api.challenge_leaderboard(opened, split)["board"] for split in SPLITS_OF_PHASES},
        "shown": {
            split: team.challenge_leaderboard(opened, split)["board"] is not None
            for split in SPLITS_OF_PHASES
        },
    }


def _challenge(replay: Replay, release_id: str) -> str:
    api = replay.site().api
    for row in api.challenges_list(release=release_id):
        if row["title"] == TITLE:
            found = api.challenge_get(row["id"])
            break
    else:
        found = api.challenge_draft(
            release_id, {"title": TITLE, "rules": RULES, "tasks": ["labelling", "segmentation", "grading"]}
        )
    if found["opened_at"] is None:
        now = timezone.now()
        for split in SPLITS_OF_PHASES:
            times: wire.ChallengePhaseInputRequest = {
                "opens_at": (now - timedelta(minutes=1)).isoformat(),
                "closes_at": (now + timedelta(days=OPEN_DAYS)).isoformat(),
                "daily_limit": 3,
            }
            api.challenge_set_phase(found["id"], split, times)
        api.challenge_open(found["id"])
    return found["id"]


def _download(replay: Replay, release_id: str) -> Path:
    """What the first team downloads and verifies: all that is open, the secret part's CTs too."""
    for skill in teams.TEAMS:
        site = replay.site(skill.key)
        site.release(release_id).accept_terms(affiliation=skill.name, purpose="The challenge")
    target = replay.folder / "download"
    target.mkdir(exist_ok=True)
    return replay.site(teams.TEAMS[0].key).release(release_id).download(target, unpacked=True)


def _take_part(replay: Replay, challenge_id: str, skill: teams.Skill, folder: Path) -> None:
    api = replay.site(skill.key).api
    if api.challenge_get(challenge_id)["my_team"] is None:
        api.challenge_make_team(challenge_id, {"name": skill.name, "accepts_rules": True})
    for split in SPLITS_OF_PHASES:
        states = [row["state"] for row in api.challenge_submissions(challenge_id, split)]
        if any(state in ("waiting", "evaluating", "evaluated") for state in states):
            continue
        cases = teams.cases_below(folder, SPLIT_FOLDERS[split])
        replay.tell(f"{skill.name} predicts {len(cases)} scans of {split}")
        api.challenge_submit(
            challenge_id, split, teams.archive(cases, replay.scenes, skill, replay.recipe.seed)
        )


def _await_scores(replay: Replay, challenge_id: str) -> None:
    api = replay.site().api

    def scored() -> bool | None:
        rows = [row for split in SPLITS_OF_PHASES for row in api.challenge_submissions(challenge_id, split)]
        replay.tell(f"{sum(row['state'] == 'evaluated' for row in rows)} of {len(rows)} submissions scored")
        failed = [row for row in rows if row["state"] in ("refused", "failed")]
        if failed:
            raise JobFailed(
                f"{failed[0]['team']}, {failed[0]['split']}: {failed[0]['state']}, {failed[0]['check']}"
            )
        return True if all(row["state"] == "evaluated" for row in rows) else None

    wait_for(scored, seconds=PATIENCE_SECONDS, what="the scores")


def _hidden_before(replay: Replay, challenge_id: str) -> dict[str, bool]:
    """While the secret phase is open: its board, its scores and its masks are kept from the teams."""
    api = replay.site(teams.TEAMS[0].key).api
    sent = [row["id"] for row in api.challenge_submissions(challenge_id, "test")]
    masks = (replay.folder / "download").glob(f"**/{SPLIT_FOLDERS['test']}/**/*_msk.nii.gz")
    return {
        "board": api.challenge_leaderboard(challenge_id, "test")["board"] is None,
        "scores": all(api.challenge_submission(one)["cases"] is None for one in sent),
        "masks": not list(masks),
    }


def _end_phase(api: Any, challenge_id: str, split: wire.ChallengeSplit) -> None:
    """Close a phase now, so that everybody sees its board."""
    phases = {phase["split"]: phase for phase in api.challenge_get(challenge_id)["phases"]}
    if phases[split]["state"] != "over":
        times: wire.ChallengePhaseInputRequest = {
            "opens_at": phases[split]["opens_at"],
            "closes_at": timezone.now().isoformat(),
            "daily_limit": phases[split]["daily_limit"],
        }
        with contextlib.suppress(Conflict):  # over meanwhile
            api.challenge_set_phase(challenge_id, split, times)
