"""What anybody may ask for, and what is one's own: of no project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from backend.accounts import programs
from backend.accounts.models import User
from backend.accounts.program_api import GRANT
from backend.accounts.services import allow_projects, create_token
from backend.common.models import Job, JobState
from backend.progress.keeping.selectors import FIGURES_KIND
from backend.projects import invitations
from tests.backend import factories
from tests.permissions.asking import Row
from tests.permissions.crew import Crew


def reading(crew: Crew) -> Iterator[Row]:
    everybody = dict.fromkeys(crew.people, 200)
    for path in ("config", "schema", "slicer-extension"):
        yield Row("get", f"/api/v1/{path}", everybody, strangers=200, nobody=(200,))
    mine = ("home", "me", "me/tokens", "me/mail", "me/invitations", "assignments", "projects")
    for path in (*mine, "engines", "protocols"):
        yield Row("get", f"/api/v1/{path}", everybody, strangers=200)


def being_oneself(crew: Crew) -> Iterator[Row]:
    everybody = dict.fromkeys(crew.people, 200)
    yield Row("patch", "/api/v1/me", everybody, {"display_name": "I"}, strangers=200)
    yield Row("put", "/api/v1/me/mail", everybody, {"often": "weekly"}, strangers=200)
    made = dict.fromkeys(crew.people, 201)
    yield Row("post", "/api/v1/me/tokens", made, {"name": "mine"}, strangers=201)
    token, _ = create_token(user=crew.people["rater_a"], name="theirs")
    yield Row("delete", f"/api/v1/me/tokens/{token.pk}", {"rater_a": 204})


def making_projects(crew: Crew) -> Iterator[Row]:
    named = {"name": "Another", "protocol_key": "verse_2019"}
    refused = {name: 403 for name in crew.people if name != "manager"}
    for other in User.objects.exclude(pk=crew.manager.pk):
        allow_projects(user=other, allowed=False)  # a right on the site, which the other manager has, too
    yield Row("post", "/api/v1/projects", {**refused, "manager": 201}, named, strangers=403)
    site = crew.people["researcher"]
    site.is_staff = True
    site.save()
    right = {"email": crew.people["expert"].email, "allowed": True}
    yield Row("put", "/api/v1/project-rights", {"researcher": 200}, right, others=403, strangers=403)


def administering(crew: Crew) -> Iterator[Row]:
    site = crew.people["researcher"]
    site.is_staff = True
    site.save()
    own: dict[str, Any] = {"others": 403, "strangers": 403}
    for path in ("accounts", "acts", "health", "queues", "failed-jobs", "storage", "storage/projects"):
        yield Row("get", f"/api/v1/site/{path}", {"researcher": 200}, **own)
    account = f"/api/v1/site/accounts/{crew.people['expert'].pk}"
    yield Row("patch", account, {"researcher": 200}, {"may_create_projects": True}, **own)
    lost = f"/api/v1/site/accounts/{factories.make_user().pk}/sign-out"
    yield Row("post", lost, {"researcher": 200}, **own)
    limit, of_project = {"quota_bytes": 10**12}, f"/api/v1/site/storage/projects/{crew.project.slug}"
    yield Row("put", "/api/v1/site/storage", {"researcher": 200}, limit, **own)
    yield Row("put", of_project, {"researcher": 200}, limit, **own)
    yield Row("post", "/api/v1/site/storage/count", {"researcher": 202}, **own)
    failed = Job.objects.create(
        kind=FIGURES_KIND,
        project_id_ref=crew.project.pk,
        state=JobState.FAILED,
        arguments={"figures_id": str(uuid4()), "user_id": str(site.pk)},  # of none: nothing is left to do
    )
    yield Row("post", f"/api/v1/site/failed-jobs/{failed.pk}/retry", {"researcher": 200}, **own)


def being_invited(crew: Crew) -> Iterator[Row]:
    invited = crew.people["physicist"]

    def offer(role: str) -> invitations.Invited:
        return invitations.invite(
            actor=crew.manager,
            project=crew.project,
            email=invited.email,
            role=role,
            link_of=lambda token: token,
        )

    mine = offer("rater").invitation
    yield Row("put", f"/api/v1/me/invitations/{mine.pk}", {"physicist": 200}, {"accepts": True})
    link = {"token": offer("researcher").link}
    everybody = dict.fromkeys(crew.people, 200)
    yield Row("post", "/api/v1/invitations/offer", everybody, link, strangers=200, nobody=(200,))
    yield Row(
        "post",
        "/api/v1/invitations/accept",
        {"physicist": 201},
        link,
        others=403,
        strangers=403,
        nobody=(409,),  # the address has an account: its owner signs in first
    )


def letting_programs_in(crew: Crew) -> Iterator[Row]:
    everybody = dict.fromkeys(crew.people, 200)
    named = {"client_id": "vertebase"}

    def begun() -> programs.Asked:
        return programs.ask(program="vertebase", scope="read")

    def code() -> dict[str, Any]:
        return {"code": begun().user_code}

    def allowed() -> dict[str, Any]:
        asked = begun()
        programs.answer(user=crew.manager, code=asked.user_code, allows=True)
        return {**named, "grant_type": GRANT, "device_code": asked.device_code}

    open_to_all: dict[str, Any] = {"strangers": 200, "nobody": (200,)}
    yield Row("post", "/api/v1/device/code", everybody, named, **open_to_all)
    yield Row("post", "/api/v1/device/token", everybody, allowed, **open_to_all)  # it holds the secret
    yield Row("post", "/api/v1/me/programs/look", everybody, code, strangers=200)
    answered = "/api/v1/me/programs/answer"
    yield Row("post", answered, everybody, lambda: {**code(), "allows": True}, strangers=200)
    mine = begun()
    programs.look(user=crew.people["rater_a"], code=mine.user_code)  # who entered it first answers it
    yield Row("post", answered, {"rater_a": 200}, {"code": mine.user_code, "allows": False})


AREAS = (reading, being_oneself, making_projects, administering, being_invited, letting_programs_in)
