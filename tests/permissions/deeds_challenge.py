"""Challenges: managers of the release's project make them, researchers take part, others know of none."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from backend.accounts.models import User
from backend.challenge.models import Challenge, EvaluationKey, Submission, Team, TeamMember
from backend.challenge.selectors import phase_of
from backend.challenge.services import arriving, organising, submitting, teams
from backend.challenge.services.keys import make_key
from backend.projects.models import Role
from backend.science.signed_results import signature_of
from tests.backend import contest, factories
from tests.permissions.asking import Row
from tests.permissions.crew import Crew

READERS = {"manager": 200, "researcher": 200}
MANAGES = {"researcher": 403}
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = "application/offset+octet-stream"


def times() -> organising.Times:
    now = timezone.now()
    return organising.Times(now - timedelta(hours=1), now + timedelta(days=1))


def organising_a_challenge(crew: Crew) -> Iterator[Row]:
    release = contest.frozen_release(crew.project, ["validation"])
    draft = {"title": "Spines", "rules": "Be fair."}
    made_at = f"/api/v1/releases/{release.pk}/challenges"
    yield Row("post", made_at, {**MANAGES, "manager": 201}, draft)
    said = organising.Draft(**draft)
    challenge = organising.draft_challenge(release=release, actor=crew.manager, draft=said)
    address = f"/api/v1/challenges/{challenge.pk}"
    yield Row("get", address, {"manager": 200})  # a draft is nobody else's
    yield Row("put", address, {"manager": 200}, draft)
    when = {"opens_at": "2026-01-01T00:00:00Z", "closes_at": "2036-01-01T00:00:00Z"}
    yield Row("put", f"{address}/phases/validation", {"manager": 200}, when)
    yield Row("put", f"{address}/phases/training", {}, when)
    yield Row("get", f"{address}/phases/validation/leaderboard", {"manager": 200})
    yield Row("post", f"{address}/open", {"manager": 200})
    yield Row("put", f"{address}/phases/validation", {**MANAGES, "manager": 200}, when)
    corrected = contest.frozen_release(crew.project, ["validation"], version="1.1")
    yield Row("get", f"{address}/corrected", READERS)
    yield Row("post", f"{address}/corrected", {**MANAGES, "manager": 202}, {"release_id": str(corrected.pk)})
    yield Row("post", f"{address}/open", {**MANAGES, "manager": 409})
    yield Row("put", address, {**MANAGES, "manager": 409}, draft)
    yield Row("delete", address, {**MANAGES, "manager": 409})
    unwanted = organising.draft_challenge(release=release, actor=crew.manager, draft=said)
    yield Row("delete", f"/api/v1/challenges/{unwanted.pk}", {"manager": 204})
    everybody = dict.fromkeys(crew.people, 200)  # each sees their own, which may be none
    yield Row("get", "/api/v1/challenges", everybody, strangers=200)
    yield Row("get", f"/api/v1/challenges?release={release.pk}", READERS)


def taking_part(crew: Crew) -> Iterator[Row]:
    release = contest.frozen_release(crew.project, ["validation"], version="2.0")
    said = organising.Draft(title="Spines", rules="Be fair.")
    challenge = organising.draft_challenge(release=release, actor=crew.manager, draft=said)
    organising.set_phase(challenge=challenge, actor=crew.manager, split="validation", times=times())
    challenge = organising.open_challenge(challenge=challenge, actor=crew.manager)
    address = f"/api/v1/challenges/{challenge.pk}"
    yield Row("get", address, READERS)
    board = f"{address}/phases/validation/leaderboard"
    yield Row("get", board, READERS)
    yield Row("get", f"{address}/phases/test/leaderboard", {})  # it has no such phase
    team = {"name": "One", "accepts_rules": True}
    yield Row("post", f"{address}/teams", {"manager": 403, "researcher": 201}, team)
    captain = factories.make_member(crew.project, Role.RESEARCHER)
    theirs = teams.make_team(challenge=challenge, actor=captain, name="Two", accepts_rules=True)
    members = f"/api/v1/teams/{theirs.pk}/members"
    researcher = crew.people["researcher"]
    Team.objects.filter(captain=researcher).delete()
    yield Row("post", members, {"manager": 403, "researcher": 201}, {"accepts_rules": True})
    TeamMember.objects.filter(user=researcher).delete()
    asked = teams.ask_to_join(team=theirs, actor=researcher, accepts_rules=True)
    yield Row("put", f"{members}/{asked.pk}", {"manager": 403, "researcher": 403})  # the captain's alone
    yield Row("delete", f"{members}/{asked.pk}", {"manager": 403, "researcher": 204})
    TeamMember.objects.filter(user=researcher).delete()
    own = teams.make_team(challenge=challenge, actor=researcher, name="One", accepts_rules=True)
    other = factories.make_member(crew.project, Role.RESEARCHER)
    joins = teams.ask_to_join(team=own, actor=other, accepts_rules=True)
    yield Row("put", f"/api/v1/teams/{own.pk}/members/{joins.pk}", {"manager": 403, "researcher": 200})
    sent_to = f"{address}/phases/validation/submissions"
    phase = phase_of(challenge, "validation")
    archive = contest.zipped(contest.predictions(phase))
    yield Row("post", sent_to, {"manager": 403, "researcher": 201}, archive, content_type="application/zip")
    yield Row("get", sent_to, READERS)
    yield from in_pieces(challenge, researcher, archive)
    keys = f"{address}/phases/validation/keys"
    yield Row("get", keys, {"manager": 200, "researcher": 403})
    yield Row("post", keys, {"manager": 201, "researcher": 403}, {"name": "Centre"})
    key = make_key(phase=phase, actor=crew.manager, name="Centre")
    body = signed_result(key)
    taken = dict.fromkeys(crew.people, 201)  # the signature lets it in, whoever sends it
    yield Row(
        "post", f"{address}/phases/validation/signed-results", taken, body, strangers=201, nobody=(201,)
    )
    yield Row("delete", f"{keys}/{key.pk}", {"manager": 204, "researcher": 403})
    mine = submitting.send(phase=phase, actor=researcher, body=io.BytesIO(archive), announced_bytes=None)
    yield Row("get", f"/api/v1/submissions/{mine.pk}", READERS)
    Submission.objects.filter(pk=mine.pk).update(team=theirs)
    yield Row("get", f"/api/v1/submissions/{mine.pk}", {"manager": 200})  # another team's


def in_pieces(challenge: Challenge, researcher: User, archive: bytes) -> Iterator[Row]:
    """The same by tus: whose it is reaches it, and nobody else of any role."""
    phase = phase_of(challenge, "validation")
    alone = {"researcher": 200}
    told = {"challenge": str(challenge.pk), "phase": "validation", "filename": "masks.zip"}
    pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
    announced = {**TUS, "Upload-Length": "4", "Upload-Metadata": pairs}
    yield Row("post", "/api/v1/uploads/predictions/", {"manager": 403, "researcher": 201}, headers=announced)
    yield Row("get", f"/api/v1/challenges/{challenge.pk}/phases/validation/uploads", READERS)

    def begun() -> str:
        row = arriving.begin(phase=phase, actor=researcher, name="masks.zip", size_bytes=len(archive))
        return f"/api/v1/uploads/predictions/{row.pk}/"

    address = begun()
    yield Row("head", address, alone, headers=TUS)
    sent = {**TUS, "Upload-Offset": "0"}
    yield Row("patch", address, {"researcher": 204}, archive, content_type=CHUNK, headers=sent)
    yield Row("post", f"{address}submit", {"researcher": 201})
    yield Row("delete", begun(), {"researcher": 204}, headers=TUS)


def signed_result(key: EvaluationKey) -> Callable[[], dict[str, Any]]:
    """Results signed with a key, each with a nonce of its own; the limit of a day is counted anew."""
    nonces = count()

    def made() -> dict[str, Any]:
        Submission.objects.filter(signed__isnull=False).update(created_at=timezone.now() - timedelta(days=2))
        result = contest.signed_figures(key, team="Two", nonce=f"{next(nonces):032x}")
        return {"result": result, "signature": signature_of(result, key.secret)}

    return made


AREAS = (organising_a_challenge, taking_part)
