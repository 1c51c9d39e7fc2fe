"""The extension for 3D Slicer against a site: its parts over HTTP, and the module itself in a stand-in."""

from __future__ import annotations

import ast
import importlib
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nrrd
import numpy as np
import pytest
import slicerio
from django.test import Client

from backend.accounts import programs
from backend.accounts.models import ProgramRequest
from backend.accounts.services import create_token
from backend.annotation.models import Assignment
from backend.annotation.work.selectors.in_hand import mask_state
from backend.masks.services import add_version
from backend.projects.models import Role
from tests.backend import factories, flow, rows
from tests.support.slicer_stand_in import EXTENSION, Segmentation, Slicer, standing_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def parts() -> Iterator[None]:
    sys.path.insert(0, str(EXTENSION))
    yield
    sys.path.remove(str(EXTENSION))


def part(name: str) -> Any:
    return importlib.import_module(f"VertebaseLib.{name}")


@pytest.fixture
def mine() -> Assignment:
    project = factories.make_project()
    case = rows.case_in(project)
    start = add_version(volume=case.volume, mask=factories.block_mask(), source="engine")
    return rows.held(rows.task_on(case, start_mask=start), factories.make_member(project, Role.RATER))


def signed_in(url: str, assignment: Assignment) -> Any:
    _, token = create_token(user=assignment.rater, name="Slicer", scope="annotate")
    return part("site").Site(url, token)


def drawn(path: Path, voxel: tuple[int, int, int], number: int) -> Path:
    """The same segmentation with one voxel more, as Slicer would save it."""
    voxels, header = nrrd.read(str(path))
    voxels[voxel] = number
    target = path.with_name("drawn.seg.nrrd")
    nrrd.write(str(target), voxels, header)
    return target


def test_it_is_read_by_the_python_of_slicer() -> None:
    for path in EXTENSION.rglob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 9))


def test_it_comes_as_a_zip_that_knows_its_site() -> None:
    answer = Client().get("/api/v1/slicer-extension")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        assert archive.read("Vertebase/VertebaseLib/site.txt").decode() == "http://testserver\n"
    assert {"Vertebase/Vertebase.py", "Vertebase/VertebaseLib/work.py", "Vertebase/README.txt"} <= set(names)
    assert "Vertebase-Slicer.zip" in answer["Content-Disposition"]


def test_a_task_is_opened_edited_saved_and_handed_in(
    mine: Assignment, live_server: Any, tmp_path: Path
) -> None:
    work, site = part("work"), signed_in(live_server.url, mine)
    (listed,) = work.tasks_of(site)
    assert (listed.id, listed.can_open) == (str(mine.pk), True)
    opened = work.open_task(site, listed.id, tmp_path)
    segments = slicerio.read_segmentation(str(opened.mask))["segments"]
    assert [segment["name"] for segment in segments] == ["L1", "L2"]
    assert segments[0]["terminology"]["type"][:2] == ["SCT", "66794005"]
    assert [level.name for level in work.levels_of(opened)][:2] == ["C1", "C2"]
    edited = drawn(opened.mask, (0, 0, 7), 20)
    change = work.difference(site, opened, edited)
    assert work.in_words(opened, change) == "L1: +1 and -0 voxels"
    assert mask_state(flow.reload(mine)).revision == 0, "only looked at"
    work.keep_draft(opened, edited)
    saved = work.save(site, opened, change)
    assert (saved.revision, saved.draft.exists()) == (1, False)
    work.save(site, opened, change)
    state = mask_state(flow.reload(mine))
    assert (state.revision, state.array[0, 0, 7]) == (1, 20), "sent again it is not done again"
    nothing = work.difference(site, saved, saved.mask)
    assert (nothing.changed_voxels, work.in_words(saved, nothing)) == (0, "Nothing differs.")
    with pytest.raises(part("site").Refused) as refused:
        work.hand_in(site, saved, nothing, active_seconds=60)
    assert refused.value.code in ("findings_unanswered", "gradings_missing")


def test_what_was_edited_at_the_site_is_not_overwritten(
    mine: Assignment, live_server: Any, tmp_path: Path
) -> None:
    work, site = part("work"), signed_in(live_server.url, mine)
    opened = work.open_task(site, str(mine.pk), tmp_path)
    work.keep_draft(opened, drawn(opened.mask, (0, 0, 7), 20))
    flow.paint(flow.reload(mine), lambda mask: mask.__setitem__((0, 0, 4), 20))
    with pytest.raises(part("site").Refused) as refused:
        work.difference(site, opened, opened.draft)
    assert refused.value.code == "mask_moved_on"
    again = work.open_task(site, str(mine.pk), tmp_path)
    assert again.revision == 1
    assert not again.draft.exists()
    assert (again.folder / "draft-r0.seg.nrrd").exists(), "it is put aside, not lost"


def test_nobody_opens_the_task_of_another(mine: Assignment, live_server: Any, tmp_path: Path) -> None:
    other = rows.held(mine.task, factories.make_member(mine.task.case.project, Role.RATER))
    site = signed_in(live_server.url, other)
    with pytest.raises(part("site").Refused) as refused:
        part("work").open_task(site, str(mine.pk), tmp_path)
    assert refused.value.status == 404
    assert list(tmp_path.iterdir()) == []


def test_a_sign_in_is_sent_to_no_open_line() -> None:
    for address in ("http://spines.example.org", "spines.example.org", "file:///etc"):
        with pytest.raises(ValueError, match=r"https|encrypted"):
            part("site").Site(address)


class Panel:
    """The module's panel in the stand-in, and its buttons by their words."""

    def __init__(self, told: Slicer) -> None:
        self.told = told
        self.widget = importlib.import_module("Vertebase").VertebaseWidget()
        self.widget.setup()

    def press(self, method: str) -> str:
        self.widget._guarded(getattr(self.widget, method))
        return str(self.widget.status.text)

    @property
    def segmentation(self) -> Segmentation:
        found: Segmentation = self.widget.logic.segmentation
        return found


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    with standing_in(tmp_path) as told:
        yield Panel(told)


def test_the_module_signs_in_by_a_code_opens_keeps_and_saves(
    mine: Assignment, live_server: Any, panel: Panel, tmp_path: Path
) -> None:
    widget = panel.widget
    assert panel.press("on_list") == "Sign in first."
    widget.address.text = live_server.url
    said = panel.press("on_sign_in")
    assert panel.told.opened == [widget.code.address]
    assert widget.code.user_code in said
    assert widget.asking.started == 5000
    widget.asking.ring()
    assert widget.code is not None, "nobody has confirmed yet"
    programs.answer(user=mine.rater, code=widget.code.user_code, allows=True)
    ProgramRequest.objects.update(asked_at=None)
    widget.asking.ring()
    assert widget.status.text == f"Signed in as {mine.rater.email}."
    assert len(widget.choice.items) == 1
    panel.press("on_open")
    assert panel.told.loaded == [str(widget.logic.task.ct), str(widget.logic.task.mask)]
    assert panel.segmentation.reference == widget.logic.ct
    widget.drafts.ring()
    assert not widget.logic.task.draft.exists(), "nothing was drawn"
    widget.level.currentIndex = widget.level.items.index("T12")
    panel.press("on_add")
    panel.segmentation.draw((0, 0, 7), 200)
    widget.ticks.ring()
    widget.drafts.ring()
    assert widget.logic.task.draft.exists()
    assert widget.logic.active_seconds == 10
    panel.told.says_yes = False
    panel.press("on_save")
    assert mask_state(flow.reload(mine)).revision == 0, "shown, and not wanted"
    panel.told.says_yes = True
    assert panel.press("on_save") == "Saved at the site."
    assert "T12: +1 and -0 voxels (new)" in panel.told.questions[-1]
    assert mask_state(flow.reload(mine)).array[0, 0, 7] == 19
    said = panel.press("on_hand_in")
    assert f"Go on at {live_server.url}/assignments/{mine.pk}" in said
    assert widget.logic.task is not None, "refused, it stays open"


def test_a_draft_is_gone_on_with(mine: Assignment, live_server: Any, panel: Panel) -> None:
    widget = panel.widget
    site = signed_in(live_server.url, mine)
    widget.address.text, widget.token.text = live_server.url, site.token
    panel.press("on_token")
    assert widget.token.text == ""
    panel.press("on_open")
    panel.segmentation.draw((0, 0, 7), 20)
    panel.press("cleanup")
    again = Panel(panel.told)
    assert again.widget.status.text == f"Signed in as {mine.rater.email}.", "the token is kept"
    assert again.press("on_open") == "It goes on from the draft on this machine."
    assert np.asarray(again.segmentation.voxels)[0, 0, 7] == 20
    again.press("on_sign_out")
    assert again.widget.logic.segmentation is None
    assert again.press("on_list") == "Sign in first."
