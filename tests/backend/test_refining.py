"""Refinement over REST: clicks give a preview that changes nothing, computed by the real helper process."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.models import Assignment
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services.working import open_assignment
from backend.common.storage import put_blob
from backend.imaging.models import Volume
from backend.pipeline.runs import refining
from backend.science import edits
from backend.science.formats.nifti import volume_bytes
from inference.evaluation import dice
from inference.synthesis import Phantom, fast_spec, make_phantom
from tests.backend import flow

pytestmark = pytest.mark.django_db(transaction=True)
AsUser = Callable[[User | None], APIClient]


def begun(*, drawn: bool) -> tuple[Assignment, Phantom]:
    """A rater's assignment on a phantom of L3, or one in which nobody has drawn L3 yet."""
    phantom = make_phantom(fast_spec(2, first="L3", last="L3", shape=(64, 80, 60)))
    team = flow.make_team(raters=3)
    mask = phantom.mask.array.copy(order="F")
    if not drawn:
        mask[mask == 22] = 0
        mask[:2, :2, :2] = 20
    case = flow.start_case(team.project, mask)
    nifti = put_blob(data=volume_bytes(phantom.volume))
    Volume.objects.filter(pk=case.volume_id).update(nifti=nifti, **phantom.volume.geometry.to_json())
    assignment = flow.take(team.raters[0], team.project)
    open_assignment(assignment_id=assignment.pk, actor=team.raters[0])
    return Assignment.objects.select_related("rater", "task__case__volume").get(pk=assignment.pk), phantom


def test_a_click_gives_a_preview_and_changes_nothing(as_user: AsUser) -> None:
    opened, _ = begun(drawn=True)
    client = as_user(opened.rater)
    address = f"/api/v1/assignments/{opened.pk}/refine"
    before = mask_state(opened)
    inside = np.argwhere(before.array == 22)
    middle = [int(v) for v in np.rint(inside.mean(axis=0))]
    body = {"label": 22, "positive": [middle], "negative": [[int(v) for v in inside[0]]]}
    answer = client.post(address, body, format="json")
    assert answer.status_code == 200, answer.content
    after = before.array.copy(order="F")
    changed = edits.apply(after, edits.decode(answer.content, shape=before.array.shape))
    assert changed == int(answer["X-Vertebase-Changed"])
    assert answer["X-Vertebase-Revision"] == "0"
    assert after[tuple(inside[0])] == 0
    assert set(np.unique(after)) <= {0, 22}
    assert mask_state(opened).digest == before.digest
    for wrong, code in [
        ({"label": 22, "positive": [], "negative": []}, "no_clicks"),
        ({"label": 99, "positive": [middle], "negative": []}, "unknown_label"),
        ({"label": 22, "positive": [[0, 0, 99]], "negative": []}, "click_outside"),
        ({"label": 23, "positive": [middle], "negative": []}, "taken"),
        ({"label": 23, "positive": [], "negative": [middle]}, "no_centre"),
    ]:
        refused = client.post(address, wrong, format="json")
        assert (refused.status_code, refused.data["code"]) == (400, code)
    other = as_user(opened.task.case.project.created_by)
    assert other.post(address, body, format="json").status_code == 404
    refining._helper._end()


def test_the_first_click_on_an_empty_level_draws_it(as_user: AsUser) -> None:
    opened, phantom = begun(drawn=False)
    client = as_user(opened.rater)
    address = f"/api/v1/assignments/{opened.pk}/refine"
    before = mask_state(opened).array
    centre = phantom.volume.geometry.ras_mm_to_voxel(phantom.centroids_ras_mm[22])
    click = [int(v) for v in np.rint(centre)]
    answer = client.post(address, {"label": 22, "positive": [click], "negative": []}, format="json")
    assert answer.status_code == 200, answer.content
    after = before.copy(order="F")
    edits.apply(after, edits.decode(answer.content, shape=before.shape))
    assert dice(after == 22, phantom.mask.array == 22) > 0.8
    assert np.array_equal(after == 20, before == 20)
    taken = client.post(address, {"label": 22, "positive": [[0, 0, 0]], "negative": []}, format="json")
    assert (taken.status_code, taken.data["code"]) == (400, "taken")
    assert "L1" in taken.data["message"]
    refining._helper._end()
