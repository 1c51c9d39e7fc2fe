"""A release from frozen to withdrawn: who sets its page, who reads it, who asks for files, who answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone
from PIL import Image

from backend.releases.access.services import digest
from backend.releases.faults.selectors import items_of_a_link
from backend.releases.models import AccessRequest, Custodian, FaultReport, Release
from backend.releases.published import standing_of
from backend.releases.publishing import services
from backend.releases.publishing.selectors import figures_of, showable_items
from backend.releases.publishing.services import publish_release
from backend.releases.selectors import terms_sha256
from backend.releases.services import building
from tests.backend import contest, factories
from tests.permissions.asking import Row
from tests.permissions.crew import Crew


def publishing(crew: Crew, release: Release) -> Iterator[Row]:
    """Of a frozen release: its page, requests for it, and its withdrawal."""
    release.refresh_from_db()
    if release.state == "draft":
        building.start_freeze(release_id=release.pk, actor=crew.manager)
        release.refresh_from_db()
    root, page = f"/api/v1/releases/{release.pk}", f"/api/v1/public/releases/{release.pk}"
    item = showable_items(release)[0].pk
    yield Row("get", f"{root}/publication", {"manager": 200})
    yield Row("get", f"{root}/publication/items/{item}/picture.png", {"manager": 200})
    said = {"public": True, "access": "on_request", "pictures": [str(item)], "looked_at": True}
    yield Row("get", page, {"manager": 200}, nobody=(404,))  # a preview
    yield Row("put", f"{root}/publication", {"manager": 200}, said)
    later = (timezone.now() + timedelta(days=1)).isoformat()
    yield Row("post", f"{root}/publish", {"manager": 200}, {"at": later})
    publish_release(release_id=release.pk, actor=crew.manager, at=timezone.now() + timedelta(days=2))
    yield Row("delete", f"{root}/publish", {"manager": 200})
    services.set_page(
        release_id=release.pk,
        actor=crew.manager,
        public=True,
        access="on_request",
        pictures=[item],
        looked_at=True,
    )
    yield Row("post", f"{root}/publish", {"manager": 200}, {})
    if standing_of(Release.objects.get(pk=release.pk)) != "published":
        publish_release(release_id=release.pk, actor=crew.manager)
    release = Release.objects.get(pk=release.pk)
    figure = figures_of(release)[0]
    for address in (
        "/api/v1/public/releases?level=L1",
        page,
        f"{page}/items/{item}/picture.png",
        f"{page}/figures/{figure['split']}/{figure['name']}.svg",
    ):
        yield for_all("get", address)
    yield from asking(crew, release)
    yield from keeping(crew)
    yield Row("post", f"{root}/withdraw", {"manager": 200, "researcher": 403}, {"reason": "A mix-up"})


def keeping(crew: Crew) -> Iterator[Row]:
    """A sealed part, and custodians: one who has no other role here, and the researcher."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    release = contest.frozen_release(crew.project, ["test"], version="9.0", embargo_until=tomorrow)
    root = f"/api/v1/releases/{release.pk}"
    managers, researcher = {"manager": 200, "researcher": 403}, crew.people["researcher"]
    yield Row("get", f"{root}/embargo", managers)
    outsider = factories.make_user("outsider")
    asked = {"email": outsider.email}
    yield Row("post", f"{root}/custodians", {"researcher": 403, "manager": 201}, asked)
    place = Custodian.objects.create(release=release, user=researcher, named_by=crew.manager)
    mine = {"manager": 404, "researcher": 204}
    yield Row("post", f"{root}/custodians/{place.pk}/answer", mine, {"accept": True})
    if place.accepted_at is None:
        Custodian.objects.filter(pk=place.pk).update(state="accepted", accepted_at=timezone.now())
    yield Row("get", f"{root}/embargo", {"manager": 200, "researcher": 200})
    yield Row("put", f"{root}/embargo/opening", {"manager": 403, "researcher": 200}, {"opens": True})
    Custodian.objects.filter(user=outsider).delete()  # the other place, of somebody who stays
    Custodian.objects.create(
        release=release, user=outsider, named_by=crew.manager, state="accepted", accepted_at=timezone.now()
    )
    left = {"manager": 404, "researcher": 204}
    yield Row("delete", f"{root}/custodians/{place.pk}", left)


def for_all(method: str, address: str, body: dict[str, Any] | None = None) -> Row:
    """What anybody may do, signed in or not."""
    return Row(method, address, {}, body, others=200, strangers=200, nobody=(200,))


def reporting(release: Release, granted: AccessRequest) -> Iterator[Row]:
    """Faults, by whoever holds a link."""
    root, link = "/api/v1/public/granted/faults", {"X-Link": "a link"}
    item = items_of_a_link(granted)[0]
    yield replace(for_all("get", root), headers=link)
    said = {"item_id": str(item.pk), "text": "It leaks"}
    yield Row("post", root, {}, said, others=201, strangers=201, nobody=(201,), headers=link)
    own = FaultReport.objects.create(item=item, text="It leaks", access=granted)
    out = BytesIO()
    Image.new("L", (2, 2)).save(out, "PNG")
    shown = Row(
        "put", f"{root}/{own.pk}/picture", {}, out.getvalue(), others=200, strangers=200, nobody=(200,)
    )
    yield replace(shown, content_type="application/octet-stream", headers=link)


def asking(crew: Crew, release: Release) -> Iterator[Row]:
    """Requests: from whoever does not rate in the project, answered by its managers."""
    root, page = f"/api/v1/releases/{release.pk}", f"/api/v1/public/releases/{release.pk}"
    terms = terms_sha256(release)
    asked = {"name": "Ann", "email": "a@x.test", "institution": "U", "purpose": "P", "terms_sha256": terms}
    may = dict.fromkeys(("manager", "researcher", "physicist"), 201)
    # without mail nobody can ask who has no account
    yield Row("post", f"{page}/access-requests", may, asked, others=403, strangers=201, nobody=(503,))

    def row(number: int, **fields: Any) -> AccessRequest:
        told = {**asked, "email": f"{number}@y.test"} | fields
        return AccessRequest.objects.create(release=release, **told)

    confirmed = row(1, state="unconfirmed", confirm_sha256=digest("a secret"))
    yield for_all("post", "/api/v1/public/access-requests/confirm", {"token": "a secret"})
    yield Row("get", f"{root}/access-requests", {"manager": 200, "researcher": 403})
    answers = f"{root}/access-requests"
    waiting, unwanted = row(2), row(3)
    granted = row(
        4, state="granted", expires_at=timezone.now() + timedelta(days=1), link_sha256=digest("a link")
    )
    assert confirmed.pk
    yield for_all("post", "/api/v1/public/granted", {"token": "a link"})
    yield for_all("get", "/api/v1/public/granted/a%20link/archives/all.zip")
    yield from reporting(release, granted)
    manages = {"manager": 200, "researcher": 403}
    yield Row("post", f"{answers}/{waiting.pk}/grant", manages, {"days": 30})
    yield Row("post", f"{answers}/{unwanted.pk}/refuse", manages, {"reason": "No"})
    yield Row("post", f"{answers}/{granted.pk}/revoke", manages, {"reason": "Passed on"})
