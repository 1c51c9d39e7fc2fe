"""Five raters on the real lumbar CT, each with a fault of their own, through to the accepted mask."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.cache import cache
from scipy import ndimage

from backend.annotation.models import Case, CaseState, Task
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services import submitting
from backend.annotation.work.services.working import open_assignment
from backend.consensus.models import AdjudicationItem, AgreedGrade, Comparison, Fusion, NamingDispute
from backend.consensus.selectors import decisions_of
from backend.consensus.services import adjudicating, naming
from backend.masks.selectors import load_mask
from backend.review import services as review
from backend.science.formats.nifti import read_mask
from backend.science.geometry import to_canonical
from backend.science.volume import MaskArray
from tests.backend import flow
from tests.science.real_data import real_data

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_ct]

UPPER, LEAKING, THICK = 21, 22, 23  # L2 that one rater forgets, L3 on which one leaks, L4 drawn too large


def lumbar_mask() -> MaskArray:
    """L2 to L4 of the real mask, head up, with room for a rater to draw too much."""
    mask = to_canonical(read_mask(real_data("tptbox-lumbar/vertebrae.nii.gz")))
    return np.asfortranarray(np.pad(mask.array, 4))


def leak(mask: MaskArray) -> None:
    """A blob of L3 in the soft tissue beside it."""
    x, y, z = np.argwhere(mask == LEAKING).max(axis=0)
    where = (slice(max(x - 2, 0), x + 4), slice(max(y - 8, 0), y - 2), slice(max(z - 6, 0), z))
    mask[where][mask[where] == 0] = LEAKING


def count_lower(mask: MaskArray) -> None:
    """L2 to L4 taken for L3 to L5."""
    table = np.arange(256, dtype=np.uint8)
    table[21:24] += 1
    mask[:] = table[mask]


def forget(mask: MaskArray) -> None:
    mask[mask == UPPER] = 0


def thicken(mask: MaskArray) -> None:
    """One voxel too much all round L4."""
    grown = ndimage.binary_dilation(mask == THICK)
    mask[grown & (mask == 0)] = THICK


def test_five_raters_with_planted_faults_come_to_the_right_mask() -> None:
    cache.clear()
    truth = lumbar_mask()
    team = flow.make_team(raters=5)
    team.project.protocol["stages"][0]["overlap"] = 5
    team.project.save()
    case = flow.start_case(team.project, truth)
    grades = {LEAKING: 2}
    shifted = {LEAKING + 1: 2}
    flow.rate(
        team,
        changes=[None, leak, count_lower, forget, thicken],
        grades=[grades, grades, shifted, grades, {LEAKING: 1}],
    )
    # seen and named: places, names and the whole of what differs
    comparison = Comparison.objects.get()
    assert comparison.spots.filter(kind="missing", label=UPPER).exists()
    assert comparison.spots.filter(kind="boundary", label=LEAKING).exists()
    assert comparison.spots.filter(kind="naming").count() == 3
    # no single rater of five moves the fused mask; only holes that one of them had closed are filled
    fusion = Fusion.objects.get(chosen=True)
    holes = sum(row["holes_filled"] for row in fusion.report["instances"])
    fused = load_mask(fusion.result).array
    assert np.count_nonzero(fused != truth) == holes < 20
    assert not truth[fused != truth].any()
    items = {item.label: item for item in AdjudicationItem.objects.all()}
    assert set(items) == {21, 22, 23}
    assert "missing" in items[UPPER].reasons
    assert "grade" in items[LEAKING].reasons
    _adjudicate(team)
    case.refresh_from_db()
    _accept(team, case)
    assert case.accepted_mask is not None
    assert np.array_equal(load_mask(case.accepted_mask).array, fused)
    chosen = {row["label"]: (row["choice"], row["slot"]) for row in decisions_of(case)}
    assert chosen[UPPER][0] == "rater"
    assert AgreedGrade.objects.get(case=case, label=LEAKING, current=True).grade == 2


def _adjudicate(team: flow.Team) -> None:
    """The expert keeps the count of most, takes the forgotten vertebra from who drew it, and grades."""
    expert = team.radiologists[0]
    assignment = flow.take(expert, team.project)
    open_assignment(assignment_id=assignment.pk, actor=expert)
    dispute = NamingDispute.objects.get()
    most = max(dispute.candidates, key=lambda candidate: len(candidate["sources"]))
    assert most["labels"] == [21, 22, 23]
    settled = naming.settle_names(
        assignment_id=assignment.pk, naming=naming.Naming(most["labels"], "ribs above"), actor=expert
    )
    assert settled is None  # the fused mask has these names
    item = AdjudicationItem.objects.get(label=UPPER)
    drew = next(key for key, name in sorted(item.names.items()) if name == UPPER and key != "fused")
    adjudicating.apply_choice(
        assignment_id=assignment.pk, choice=adjudicating.Choice(UPPER, "rater", drew), actor=expert
    )
    flow.grade_all(assignment, {LEAKING: 2})
    state = mask_state(flow.reload(assignment))
    submitting.submit(
        assignment_id=assignment.pk,
        actor=expert,
        hand_in=submitting.HandIn(digest=state.digest, active_seconds=60),
    )


def _accept(team: flow.Team, case: Case) -> None:
    assert case.stage_key == "review"
    assert Task.objects.filter(case=case, kind="adjudicate", state="complete").exists()
    reviewer = team.radiologists[1]
    assignment = flow.take(reviewer, team.project)
    review.decide(assignment_id=assignment.pk, actor=reviewer, accept=True)
    case.refresh_from_db()
    assert case.state == CaseState.ACCEPTED
