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
from inference.synthesis import fast_spec, make_phantom
from tests.backend import flow

pytestmark = pytest.mark.django_db(transaction=True)
AsUser = Callable[[User | None], APIClient]


@pytest.fixture
def opened() -> Assignment:
    """A rater's assignment on a phantom whose L3 lost a corner."""
    phantom = make_phantom(fast_spec(2, first="L3", last="L3", shape=(64, 80, 60)))
    team = flow.make_team(raters=3)
    mask = phantom.mask.array.copy(order="F")
    case = flow.start_case(team.project, mask)
    nifti = put_blob(data=volume_bytes(phantom.volume))
    Volume.objects.filter(pk=case.volume_id).update(nifti=nifti, **phantom.volume.geometry.to_json())
    assignment = flow.take(team.raters[0], team.project)
    open_assignment(assignment_id=assignment.pk, actor=team.raters[0])
    return Assignment.objects.select_related("rater", "task__case__volume").get(pk=assignment.pk)


def test_a_click_gives_a_preview_and_changes_nothing(opened: Assignment, as_user: AsUser) -> None:
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
    ]:
        refused = client.post(address, wrong, format="json")
        assert (refused.status_code, refused.data["code"]) == (400, code)
    other = as_user(opened.task.case.project.created_by)
    assert other.post(address, body, format="json").status_code == 404
    refining._helper._end()
