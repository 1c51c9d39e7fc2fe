"""Threads on a case: answered, closed, and told of to nobody who may not read them."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from backend.common.errors import NotFound
from backend.review import services as review
from backend.review.selectors import comments_visible_to, readers_of
from tests.backend import flow

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_thread_is_answered_and_closed_and_no_peer_hears_of_it() -> None:
    cache.clear()
    team = flow.make_team()
    case = flow.start_case(team.project)
    first, second = (flow.take(rater, team.project) for rater in team.raters[:2])
    asked = review.add_comment(
        assignment_id=first.pk, actor=first.rater, pin=review.Pin("Facet?", label=20, voxel=[4, 4, 2])
    )
    answer = review.add_comment(
        assignment_id=first.pk, actor=first.rater, pin=review.Pin("It is.", parent=asked.pk)
    )
    deeper = review.add_comment(
        assignment_id=first.pk, actor=first.rater, pin=review.Pin("Sure.", parent=answer.pk)
    )
    assert [row.parent_id for row in (answer, deeper)] == [asked.pk, asked.pk]
    assert answer.label == 20
    # the peer takes part in the case, and must neither read nor hear of it
    assert readers_of(asked.pk, but=first.rater_id) == [team.manager.pk]
    assert not comments_visible_to(second.rater, case).exists()
    with pytest.raises(NotFound):
        review.resolve_comment(
            assignment_id=second.pk, comment_id=asked.pk, actor=second.rater, resolved=True
        )
    closed = review.resolve_comment(
        assignment_id=first.pk, comment_id=asked.pk, actor=first.rater, resolved=True
    )
    assert closed.resolved_at is not None
    again = review.resolve_comment(
        assignment_id=first.pk, comment_id=asked.pk, actor=first.rater, resolved=False
    )
    assert again.resolved_at is None
