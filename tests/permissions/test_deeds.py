"""Every address of the API succeeds for somebody, and for nobody whom it is not for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.backend.thaw import thawed_afterwards
from tests.permissions import deeds_challenge, deeds_lower, deeds_own, deeds_work
from tests.permissions.asking import Row, wrongs
from tests.permissions.crew import Crew, make_crew

pytestmark = pytest.mark.django_db(transaction=True)
AREAS = (*deeds_own.AREAS, *deeds_lower.AREAS, *deeds_work.AREAS, *deeds_challenge.AREAS)


@pytest.fixture(autouse=True)
def site(small_engines: None, settings: Any) -> Iterator[None]:
    settings.VERTEBASE_SENDS_MAIL = False  # a link is told to whoever invites
    with thawed_afterwards():
        yield


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.__name__)
def test_each_deed_is_for_whom_it_is_for(area: Callable[[Crew], Iterator[Row]]) -> None:
    here, there = make_crew(), make_crew()
    assert wrongs(area(here), here.people, there.people) == []
