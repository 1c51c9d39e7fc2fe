"""The demo project: made through the services, once, in every stage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.test import override_settings

from backend.accounts.models import User
from backend.annotation.models import Case
from backend.audit.services import verify_chain
from backend.projects.models import Membership
from backend.releases.models import Release, ReleaseState
from backend.science.volume import Mask, Volume, VolumeGeometry, label_voxels
from backend.workflow import demo_hands
from tests.backend.thaw import thawed_afterwards

pytestmark = pytest.mark.django_db(transaction=True)


def PhantomSpec(**fields: Any) -> dict[str, Any]:
    return fields


def make_phantom(spec: dict[str, Any]) -> Any:
    """Blocks with a process behind, quicker than a phantom: T12 to L5, one above the other."""
    shape = (20, 24, 52)
    labels = np.zeros(shape, np.uint8, order="F")
    for place, label in enumerate((24, 23, 22, 21, 20, 19)):
        start = 3 + 8 * place
        labels[5:15, 12:21, start : start + 6] = label
        labels[9:11, 4:12, start : start + 6] = label
    noise = np.random.default_rng(spec["seed"]).integers(-40, 40, shape)
    hu = np.where(labels > 0, 300, 30) + noise
    hu[:2] = hu[-2:] = -1000
    geometry = VolumeGeometry(shape, np.diag([2.0, 2.0, 2.0, 1.0]))
    return SimpleNamespace(
        volume=Volume(geometry, np.asfortranarray(hu.astype(np.int16))), mask=Mask(geometry, labels)
    )


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


def test_hands_differ_but_by_no_more_than_a_threshold_allows() -> None:
    truth = make_phantom({"seed": 1}).mask.array
    drawn = []
    for number, share in enumerate(demo_hands.HANDS):
        mask = truth.copy(order="F")
        demo_hands.trace(share, seed=number)(mask)
        drawn.append(mask)
    for one, other in combinations(drawn, 2):
        for label in label_voxels(truth):
            a, b = one == label, other == label
            dice = 2 * np.sum(a & b) / (np.sum(a) + np.sum(b))
            assert 0.95 < dice < 1.0, label


@override_settings(VERTEBASE_PHANTOM="tests.backend.test_demo")
@pytest.mark.slow
def test_the_demo_has_work_in_every_stage_and_a_release(tmp_path: Any, settings: Any) -> None:
    settings.VERTEBASE_VAR = tmp_path
    call_command("demo", "--no-engine")
    stages = Counter("accepted" if c.state == "accepted" else c.stage_key for c in Case.objects.all())
    assert stages == {"accepted": 3, "review": 1, "adjudicate": 1, "rate": 2}
    assert Release.objects.get().state == ReleaseState.FROZEN
    assert User.objects.filter(email__endswith="@demo.test").count() == 7
    assert verify_chain() is None
    counts = [model.objects.count() for model in (Case, Release, User, Membership)]
    call_command("demo", "--no-engine")
    assert [model.objects.count() for model in (Case, Release, User, Membership)] == counts
