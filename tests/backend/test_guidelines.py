"""Guidelines: drafted, published as versions that stay, read, and recorded with what is handed in."""

from __future__ import annotations

import importlib
from io import BytesIO

import pytest
from django.apps import apps
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from backend.accounts.models import User
from backend.annotation.errors import GuidelinesUnread
from backend.annotation.work.services.taking import next_assignment
from backend.common.errors import NotFound
from backend.common.storage import read_blob
from backend.projects import guideline_selectors as selectors
from backend.projects import guidelines
from backend.projects.guideline_pictures import NotAPicture, PictureTooLarge, cleaned_picture
from backend.projects.models import GuidelineReceipt, GuidelineVersion, Project, ReadHow
from backend.projects.services import update_project
from backend.projects.shipped_rules import shipped_rules
from tests.backend import factories, flow
from tests.permissions.asking import JSON, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team(raters=2, radiologists=0)


def publish(team: flow.Team, text: str, *, must_read: bool = False, changes: str = "New") -> GuidelineVersion:
    draft = selectors.draft_of(team.project)
    kept = guidelines.save_draft(
        actor=team.manager, project=team.project, text=text, changes="", revision=draft.revision
    )
    return guidelines.publish_draft(
        actor=team.manager,
        project=team.project,
        revision=kept.revision,
        changes=changes,
        must_read=must_read,
    )


def test_the_shipped_rules_are_the_first_version_and_each_later_one_stays(team: flow.Team) -> None:
    first = selectors.version_of(team.project, 1)
    assert first.text == shipped_rules()
    second = publish(team, "# Ours")
    assert second.number == 2
    assert selectors.draft_of(team.project).revision == 0, "what was published is no draft any more"
    assert selectors.version_of(team.project, 1).text == shipped_rules()
    team.project.refresh_from_db()
    assert team.project.guidelines == "# Ours"
    update_project(actor=team.manager, project=team.project, changes={"guidelines": "# Theirs"})
    in_force = selectors.version_in_force(team.project)
    assert in_force is not None
    assert (in_force.number, in_force.text) == (3, "# Theirs")
    with pytest.raises(NotFound):
        selectors.version_of(team.project, 4)


def test_a_draft_is_nobody_else_s_and_never_overwritten_unseen(team: flow.Team) -> None:
    guidelines.save_draft(actor=team.manager, project=team.project, text="# One", changes="", revision=0)
    with pytest.raises(guidelines.DraftChanged):
        guidelines.save_draft(actor=team.manager, project=team.project, text="# Two", changes="", revision=0)
    assert selectors.draft_of(team.project).text == "# One"
    guidelines.save_draft(actor=team.manager, project=team.project, text="# Three", changes="", revision=1)
    with pytest.raises(guidelines.DraftChanged):  # as it was read before that
        guidelines.save_draft(actor=team.manager, project=team.project, text="# Four", changes="", revision=1)
    guidelines.save_draft(actor=team.manager, project=team.project, text="# One", changes="", revision=2)
    answer = signed_in(team.raters[0]).get(f"/api/v1/projects/{team.project.slug}/guidelines")
    assert "# One" not in answer.content.decode()
    with pytest.raises(guidelines.DraftChanged):
        guidelines.publish_draft(
            actor=team.manager, project=team.project, revision=7, changes="New", must_read=False
        )
    with pytest.raises(guidelines.ChangesUnsaid):
        publish(team, "# One", changes=" ")
    guidelines.drop_draft(actor=team.manager, project=team.project)
    with pytest.raises(guidelines.NothingNew):
        publish(team, shipped_rules())


def test_what_is_handed_in_keeps_the_version_in_force_and_the_case_shows_it(team: flow.Team) -> None:
    case = flow.start_case(team.project)
    flow.hand_in(flow.take(team.raters[0], team.project))
    publish(team, "# Ours")
    flow.hand_in(flow.take(team.raters[1], team.project))
    page = signed_in(team.manager).get(f"/api/v1/cases/{case.pk}").json()
    assert [row["guidelines"] for row in page["tasks"][0]["assignments"]] == [1, 2]


def read(user: User, version: GuidelineVersion) -> None:
    guidelines.note_read(actor=user, version=version, how=ReadHow.BUTTON)


def test_the_next_task_waits_where_the_rules_must_be_read_and_work_in_hand_does_not(team: flow.Team) -> None:
    flow.start_case(team.project)
    begun = flow.take(team.raters[0], team.project)
    asked = publish(team, "# Ours", must_read=True)
    later = publish(team, "# Later")
    assert next_assignment(user=team.raters[0], project=team.project) == begun
    rater = team.raters[1]
    with pytest.raises(GuidelinesUnread) as refused:
        next_assignment(user=rater, project=team.project)
    assert refused.value.extra == {"version": 3}
    read(rater, selectors.version_of(team.project, 1))
    with pytest.raises(GuidelinesUnread):
        next_assignment(user=rater, project=team.project)
    read(rater, later)  # says all that the one before said
    assert next_assignment(user=rater, project=team.project) is not None
    assert asked.number == 2


def test_the_first_page_says_that_the_rules_have_changed_until_they_are_read(team: flow.Team) -> None:
    rater, client = team.raters[0], signed_in(team.raters[0])
    assert client.get("/api/v1/home").json()["guidelines"] == []  # the first version is no change
    read(rater, selectors.version_of(team.project, 1))
    second = publish(team, "# Ours", changes="Ribs stay out")
    [told] = client.get("/api/v1/home").json()["guidelines"]
    assert (told["number"], told["read"], told["changes"], told["must_read"]) == (
        2,
        1,
        "Ribs stay out",
        False,
    )
    address = f"/api/v1/projects/{team.project.slug}/guidelines"
    for how in ("end", "button"):
        said = client.post(f"{address}/versions/{second.number}/read", {"how": how}, content_type=JSON)
        assert said.status_code == 204
    assert client.get("/api/v1/home").json()["guidelines"] == []
    receipts = signed_in(team.manager).get(f"{address}/receipts").json()
    told_of = {row["user"]["id"]: (row["number"], row["how"]) for row in receipts}
    assert told_of == {str(rater.pk): (2, "end"), str(team.raters[1].pk): (None, None)}


def picture_with_notes(kind: str) -> bytes:
    image, out = Image.new("RGB", (8, 4), "white"), BytesIO()
    image.putpixel((0, 0), (200, 0, 0))
    if kind == "PNG":
        notes = PngInfo()
        notes.add_text("Comment", "Mrs Example")
        image.save(out, "PNG", pnginfo=notes, dpi=(300, 300))
    else:
        exif = Image.Exif()
        exif[0x010E] = "Mrs Example"
        exif[0x0112] = 6  # lies on its side
        image.save(out, "JPEG", exif=exif, comment=b"Mrs Example")
    return out.getvalue() + b"Mrs Example"


@pytest.mark.parametrize(("kind", "size"), [("PNG", (8, 4)), ("JPEG", (4, 8))])
def test_of_a_picture_the_pixels_alone_stay(kind: str, size: tuple[int, int]) -> None:
    given = picture_with_notes(kind)
    assert b"Example" in given
    made = cleaned_picture(given)
    assert b"Example" not in made.data
    shown = Image.open(BytesIO(made.data))
    assert (shown.size, shown.format) == (size, kind)
    assert (made.width, made.height) == size
    assert dict(shown.getexif()) == {}
    assert not {"Comment", "comment", "dpi", "exif", "icc_profile"} & set(shown.info)


def test_what_is_no_picture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    gif = BytesIO()
    Image.new("L", (2, 2)).save(gif, "GIF")
    whole = picture_with_notes("PNG")
    for data in (b"", b"<svg onload='alert(1)'/>", gif.getvalue(), whole[: len(whole) // 2]):
        with pytest.raises(NotAPicture):
            cleaned_picture(data)
    with pytest.raises(PictureTooLarge):
        cleaned_picture(bytes(9 << 20))
    monkeypatch.setattr("backend.projects.guideline_pictures.MAX_PIXELS", 31)
    with pytest.raises(PictureTooLarge):
        cleaned_picture(whole)


def test_a_picture_is_served_as_it_was_encoded(team: flow.Team) -> None:
    root = f"/api/v1/projects/{team.project.slug}/guidelines/pictures"
    client = signed_in(team.manager)
    added = client.post(root, picture_with_notes("PNG"), content_type="image/png").json()
    shown = signed_in(team.raters[0]).get(added["address"])
    assert shown.headers["Content-Type"] == "image/png"
    kept = selectors.pictures_of(team.project).get()
    assert shown.content == read_blob(kept.blob)
    refused = client.post(root, b"<script>", content_type="image/png")
    assert (refused.status_code, refused.json()["code"]) == (400, "not_a_picture")


def test_guidelines_from_before_there_were_versions_become_the_first() -> None:
    project = factories.make_project()
    empty = factories.make_project()
    GuidelineReceipt.objects.all().delete()
    GuidelineVersion.objects.all().delete()
    Project.objects.filter(pk=empty.pk).update(guidelines="")
    migration = importlib.import_module("backend.projects.migrations.0008_guideline_versions")
    migration.first_versions(apps, None)
    made = GuidelineVersion.objects.get()
    assert (made.project, made.number, made.text) == (project, 1, project.guidelines)
    assert made.published_by == project.created_by
