"""Where the engine was in doubt: shown to whoever starts from its mask, disguised where the image is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.annotation.work.selectors.doubt import NoDoubt, engine_doubt
from backend.science import edits
from backend.science.volume import MaskArray
from tests.backend import factories, flow

pytestmark = pytest.mark.django_db(transaction=True)
AsUser = Callable[[User | None], APIClient]


def doubtful() -> MaskArray:
    mask = factories.block_mask()
    entropy = np.zeros(mask.shape, np.uint8, order="F")
    entropy[2:5, 3:6, 2:7] = 200
    entropy[6, 6, 6] = 10  # less than a tenth of a bit
    return entropy


def test_who_starts_from_the_engines_mask_sees_its_doubt(as_user: AsUser) -> None:
    team = flow.make_team()
    case = flow.start_case(team.project)
    flow.made_by_engine(case, doubtful())
    assignment = flow.take(team.raters[0], team.project)
    address = f"/api/v1/assignments/{assignment.pk}/doubt"
    answer = as_user(team.raters[0]).get(address)
    assert answer.status_code == 200, answer.content
    shown = np.zeros(doubtful().shape, np.uint8, order="F")
    edits.apply(shown, edits.decode(answer.content, shape=shown.shape))
    assert np.array_equal(shown > 0, doubtful() > 25)
    assert set(np.unique(shown)) == {0, 192}
    assert as_user(team.raters[1]).get(address).status_code == 404


def test_a_mask_that_no_engine_made_has_none() -> None:
    team = flow.make_team()
    flow.start_case(team.project)
    assignment = flow.take(team.raters[0], team.project)
    with pytest.raises(NoDoubt):
        engine_doubt(assignment)
