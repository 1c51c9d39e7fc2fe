"""What holds of drafts, versions, receipts and pictures of guidelines: rows alone, nobody works."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backend.accounts.models import User
from backend.common.errors import Forbidden, Invalid
from backend.projects import guideline_selectors as selectors
from backend.projects import guidelines
from backend.projects.guideline_pictures import PictureTooLarge, cleaned_picture
from backend.projects.models import GuidelineDraft, GuidelineVersion, Membership, Project, ReadHow, Role
from backend.projects.services import ProjectDraft, create_project
from tests.backend import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return factories.make_project()


def save(project: Project, text: str, revision: int = 0, **more: Any) -> GuidelineDraft:
    return guidelines.save_draft(
        **{"actor": project.created_by, "changes": "", **more},
        project=project,
        text=text,
        revision=revision,
    )


def publish(
    project: Project, text: str, actor: User | None = None, *, must: bool = False
) -> GuidelineVersion:
    draft = save(project, text, selectors.draft_of(project).revision)
    return guidelines.publish_draft(
        actor=actor or project.created_by,
        project=project,
        revision=draft.revision,
        changes=" New ",
        must_read=must,
    )


def without_rules(manager: User) -> Project:
    return create_project(
        actor=manager, draft=ProjectDraft(name="Bare", protocol_key="multi_rater", guidelines="")
    )


def test_a_draft_that_was_never_seen_is_not_the_one_meant(project: Project) -> None:
    with pytest.raises(guidelines.DraftChanged):
        save(project, "# One", revision=1)
    save(project, "# One")
    with pytest.raises(guidelines.DraftChanged):
        save(project, "# Two", revision=2)


def test_a_draft_keeps_its_line_on_what_changes_and_is_thrown_away_alone(project: Project) -> None:
    other = factories.make_project()
    save(other, "# Theirs")
    save(project, "# One", changes="Ribs")
    save(project, "# One", revision=1, changes=" Ribs and tails ")
    assert selectors.draft_of(project).changes == "Ribs and tails"
    guidelines.drop_draft(actor=project.created_by, project=project)
    assert GuidelineDraft.objects.get().project == other


def test_a_paragraph_at_the_end_makes_the_draft_another(project: Project) -> None:
    save(project, "# One")
    draft = guidelines.add_to_draft(project=project, paragraph="Tails stay out.")
    assert (draft.text, draft.revision) == ("# One\n\nTails stay out.\n", 2)
    with pytest.raises(guidelines.DraftChanged):
        save(project, "# One", revision=1)


def test_the_text_has_an_end(project: Project) -> None:
    save(project, "x" * guidelines.MAX_TEXT)
    with pytest.raises(Invalid, match="200,001"):
        save(project, "x" * (guidelines.MAX_TEXT + 1), revision=1)


def test_who_publishes_is_named_and_has_read_it(project: Project) -> None:
    second = factories.make_member(project, Role.MANAGER)
    factories.make_member(project, Role.RATER, user=second)
    made = publish(project, "# Ours", second, must=True)
    assert (made.published_by, made.changes) == (second, "New")
    assert selectors.has_to_read(second, project) is None
    assert selectors.read_by(second, project)[made.number].how == ReadHow.WROTE
    assert selectors.read_by(factories.make_member(project, Role.RATER), project) == {}


def test_raters_publish_nothing(project: Project) -> None:
    rater = factories.make_member(project, Role.RATER)
    save(project, "# Ours")
    acts = (
        lambda: save(project, "# Mine", 1, actor=rater),
        lambda: guidelines.drop_draft(actor=rater, project=project),
        lambda: guidelines.publish_draft(
            actor=rater, project=project, revision=1, changes="Mine", must_read=False
        ),
        lambda: guidelines.add_picture(actor=rater, project=project, data=b""),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert selectors.draft_of(project).text == "# Ours"


def test_versions_and_pictures_are_the_projects_own(project: Project) -> None:
    other = factories.make_project()
    publish(other, "# Theirs")
    assert [row.number for row in selectors.versions_of(project)] == [1]
    assert [row.number for row in selectors.versions_of(other)] == [2, 1]
    out = BytesIO()
    Image.new("RGB", (8, 4)).save(out, "PNG")
    kept = guidelines.add_picture(actor=other.created_by, project=other, data=out.getvalue())
    assert (kept.width, kept.height) == (8, 4)
    assert (selectors.pictures_of(project).count(), selectors.pictures_of(other).get()) == (0, kept)


def test_those_who_work_by_them_are_asked_whether_they_have_read_them(project: Project) -> None:
    rater, expert = (
        factories.make_member(project, Role.RATER),
        factories.make_member(project, Role.RADIOLOGIST),
    )
    left = factories.make_member(project, Role.RATER)
    Membership.objects.filter(user=left).update(active=False)
    first = selectors.version_of(project, 1)
    second = publish(project, "# Ours")
    for version in (second, first):  # the newest counts, whenever that was
        guidelines.note_read(actor=expert, version=version, how=ReadHow.END)
    told = {row.user: row.read and row.read.number for row in selectors.receipts_in(project)}
    assert told == {rater: None, expert: 2}


def test_the_first_rules_are_news_only_where_they_must_be_read() -> None:
    manager = factories.make_project().created_by
    project = without_rules(manager)
    rater = factories.make_member(project, Role.RATER)
    assert selectors.unread_by(rater, [project]) == []
    publish(project, "# First", must=True)
    [told] = selectors.unread_by(rater, [project])
    assert (told.number, told.read, told.must_read) == (1, None, True)
    guidelines.note_read(actor=rater, version=selectors.version_of(project, 1), how=ReadHow.END)
    assert selectors.unread_by(rater, [project]) == []
    publish(project, "# Second")
    [told] = selectors.unread_by(rater, [project])
    assert (told.number, told.read, told.must_read) == (2, 1, False)


def png(image: Image.Image, **how: Any) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", **how)
    return out.getvalue()


def test_a_picture_keeps_what_is_see_through_and_its_grey_values() -> None:
    palette = Image.new("P", (2, 1))
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.putpixel((1, 0), 1)
    shown = Image.open(BytesIO(cleaned_picture(png(palette, transparency=0)).data))
    assert (shown.mode, shown.getpixel((0, 0)), shown.getpixel((1, 0))) == (
        "RGBA",
        (0, 0, 0, 0),
        (255, 0, 0, 255),
    )
    deep = Image.fromarray(np.array([[0, 0x4000, 0xFFFF]], dtype=np.uint16))
    grey = Image.open(BytesIO(cleaned_picture(png(deep)).data))
    assert (grey.mode, [grey.getpixel((x, 0)) for x in range(3)]) == ("L", [0, 64, 255])


def test_a_picture_that_claims_to_be_huge_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)  # Pillow refuses twice that by itself
    with pytest.raises(PictureTooLarge):
        cleaned_picture(png(Image.new("L", (8, 4))))
