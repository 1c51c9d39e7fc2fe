"""The steps of fusion on a few voxels, each answer worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log, sqrt

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from backend.science.agreement.surfels import Spacing
from backend.science.fusion.distances import mean_signed_distance_at_mm, signed_distance_at_mm
from backend.science.fusion.staple import expected_dice, rates_against, staple
from backend.science.fusion.voting import ABSTAIN, UNDECIDED, majority, pattern_entropy, vote_shares
from backend.science.labels import VALID_LABELS

UNIT: Spacing = (1.0, 1.0, 1.0)


# Shares of votes


def _votes(*rows: Sequence[int]) -> NDArray[np.uint8]:
    return np.array(rows, dtype=np.uint8)


def test_shares_are_those_of_the_weights() -> None:
    """3, 1 and 4 votes of 8; who abstains has none, so that 3 and 1 of 4 are left."""
    shares = vote_shares(_votes((20, 0, 21), (20, 20, 21)), [3, 1, 4])
    assert shares.shape == (2, 256)
    assert (shares[0, 20], shares[0, 0], shares[0, 21]) == (3 / 8, 1 / 8, 4 / 8)
    assert (shares[1, 20], shares[1, 21]) == (4 / 8, 4 / 8)
    assert shares.sum(axis=1) == pytest.approx([1, 1])
    silent = vote_shares(_votes((20, 0, ABSTAIN), (20, 20, 21)), [3, 1, 4])
    assert (silent[0, 20], silent[0, 0], silent[0, ABSTAIN]) == (3 / 4, 1 / 4, 0)
    assert silent[1, 20] == 4 / 8


def test_where_nobody_with_a_vote_speaks_there_is_background() -> None:
    for votes in ([(ABSTAIN, ABSTAIN)], [(ABSTAIN, ABSTAIN), (ABSTAIN, 20)]):
        shares = vote_shares(_votes(*votes), [1, 0])
        assert shares[:, 0].tolist() == [1.0] * len(votes)
        assert shares.sum(axis=1).tolist() == [1.0] * len(votes)


def test_undecided_and_silent_are_two_things_and_no_label() -> None:
    assert len({ABSTAIN, UNDECIDED} - VALID_LABELS - {0}) == 2


@pytest.mark.parametrize("weights", [[1], [1, 1, 1], [-1, 2], [0, 0]])
def test_weights_that_are_none_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="one non-negative number per rater"):
        vote_shares(_votes((20, 0)), weights)


def test_a_rater_without_a_vote_may_be_there() -> None:
    assert majority(_votes((20, 0)), [0, 1]).tolist() == [0]


def test_half_is_no_majority_however_it_is_added_up() -> None:
    """0.1 + 0.2 is not 0.3 to a computer, and yet these are two halves."""
    assert majority(_votes((20, 20, 0)), [0.1, 0.2, 0.3]).tolist() == [UNDECIDED]
    assert majority(_votes((20, 20, 0)), [0.1, 0.2, 0.3 - 1e-6]).tolist() == [20]


def test_a_vote_on_nothing_is_empty() -> None:
    nothing = np.zeros((0, 3), dtype=np.uint8)
    assert majority(nothing).tolist() == []
    assert pattern_entropy(nothing).tolist() == []


def test_entropy_is_that_of_the_shares_among_what_was_said() -> None:
    """Three against one of two answers; one each of three; who abstains or has no vote says nothing."""
    quarter = -(0.75 * log(0.75) + 0.25 * log(0.25)) / log(2)
    patterns = _votes((20, 0, 20), (20, 0, ABSTAIN), (20, 20, ABSTAIN))
    assert pattern_entropy(patterns, [2, 1, 1]) == pytest.approx(
        [quarter, -(2 / 3 * log(2 / 3) + 1 / 3 * log(1 / 3)) / log(2), 0.0]
    )
    assert pattern_entropy(_votes((20, 20, 21)), [1, 1, 0]).tolist() == [0.0]
    assert pattern_entropy(_votes((20,) * 6)).tolist() == [0.0], "though six sixths are not 1 to a computer"
    assert pattern_entropy(_votes((20, 21, 22))) == pytest.approx([1.0])


# STAPLE


def test_one_round_of_staple_by_hand() -> None:
    """Four voxels that two of three drew, two that the first alone did, 10 inside, 84 outside for all.

    Prior: (10/3 + 10) of 100 voxels = 2/15. First guess 2/3 and 1/3: 8/3 + 2/3 + 10 = 40/3 voxels inside, of
    which the raters drew 40/3, 38/3 and 10; 4/3 + 4/3 + 84 = 260/3 outside, of which they left out 252/3,
    256/3 and 260/3. Posterior of (1,1,0): 2/15 x 1 x 19/20 x 1/4 against 13/15 x 2/65 x 1/65 x 1.
    """
    votes, counts = np.array([[1, 1, 0], [1, 0, 0]], dtype=np.bool_), [4, 2]
    found = staple(votes, counts, iterations=1, agreed_inside=10, agreed_outside=84)
    assert found.prior == pytest.approx(2 / 15)
    assert found.sensitivity == pytest.approx([1, 19 / 20, 3 / 4])
    assert found.specificity == pytest.approx([63 / 65, 64 / 65, 1])
    both_in, both_out = 2 / 15 * 19 / 20 / 4, 13 / 15 * 2 / 65 / 65
    one_in, one_out = 2 / 15 / 20 / 4, 13 / 15 * 2 / 65 * 64 / 65
    assert found.probability == pytest.approx([both_in / (both_in + both_out), one_in / (one_in + one_out)])
    assert (found.iterations, found.converged) == (1, False)


def test_a_prior_that_is_given_is_kept() -> None:
    votes = np.array([[1, 1, 0], [1, 0, 0]], dtype=np.bool_)
    found = staple(votes, [4, 2], prior=0.25, iterations=1, agreed_inside=10, agreed_outside=84)
    assert found.prior == 0.25
    one_in, one_out = 1 / 4 / 20 / 4, 3 / 4 * 2 / 65 * 64 / 65
    assert found.probability[1] == pytest.approx(one_in / (one_in + one_out))


def test_raters_who_agree_are_perfect_after_one_round() -> None:
    found = staple(np.ones((1, 3), dtype=np.bool_), [5], agreed_outside=7, tolerance=0)
    assert (found.iterations, found.converged) == (1, True)
    assert found.sensitivity.tolist() == found.specificity.tolist() == [1, 1, 1]
    assert found.probability.tolist() == [1.0]


def test_without_disputed_voxels_there_is_nothing_to_estimate() -> None:
    nothing = np.zeros((0, 3), dtype=np.bool_)
    found = staple(nothing, [], agreed_inside=3, agreed_outside=9)
    assert (found.prior, found.iterations, found.converged) == (0.25, 0, True)
    assert found.probability.size == 0
    assert found.sensitivity.tolist() == found.specificity.tolist() == [1, 1, 1]
    assert staple(nothing, []).prior == 0.5


def test_a_pattern_that_perfect_raters_rule_out_has_the_prior() -> None:
    """Of no voxel of it anything was learnt: two perfect raters contradict each other."""
    votes = np.array([[1, 0], [1, 1]], dtype=np.bool_)
    found = staple(votes, [0, 5], agreed_outside=7)
    assert found.probability.tolist() == pytest.approx([5 / 12, 1.0])


def test_where_nothing_is_inside_or_outside_the_rates_are_not_known() -> None:
    drew, weight = np.array([[1, 0]], dtype=np.bool_), np.array([4.0])
    inside, outside = rates_against(drew, weight, np.array([0.0]), 0, 0)
    assert np.isnan(inside).all()
    assert outside.tolist() == [0.0, 1.0]
    inside, outside = rates_against(drew, weight, np.array([1.0]), 0, 0)
    assert inside.tolist() == [1.0, 0.0]
    assert np.isnan(outside).all()
    inside, outside = rates_against(drew, weight, np.array([0.25]), 1, 5)
    assert inside.tolist() == [1.0, 0.5]
    assert outside.tolist() == [5 / 8, 1.0]


def test_staple_keeps_the_former_rates_where_a_side_is_empty() -> None:
    """Nothing at all lies outside, or inside: of that side the raters stay perfect."""
    for drew in (np.ones((1, 3), dtype=np.bool_), np.zeros((1, 3), dtype=np.bool_)):
        found = staple(drew, [5])
        assert found.sensitivity.tolist() == found.specificity.tolist() == [1, 1, 1]
        assert found.converged


def test_rates_of_less_than_a_voxel() -> None:
    """Half a voxel inside and half outside, or half a voxel in all."""
    drew = np.array([[1, 0]], dtype=np.bool_)
    inside, outside = rates_against(drew, np.ones(1), np.array([0.5]), 0, 0)
    assert (inside.tolist(), outside.tolist()) == ([1.0, 0.0], [0.0, 1.0])
    assert expected_dice(drew, np.array([0.5]), np.ones(1), 0).tolist() == [1.0, 0.0]
    assert np.isnan(expected_dice(drew, np.zeros(1), np.ones(1), 0)).all()


# Signed distances


def _distance(
    inside: Sequence[ArrayLike],
    at: tuple[int, int, int],
    spacing: Spacing,
    shape: tuple[int, int, int],
) -> float:
    array = np.zeros(shape, dtype=np.bool_)
    array[tuple(np.array(inside).T)] = True
    found = signed_distance_at_mm(array, np.array([at]), spacing)
    # the same with inside and outside exchanged, and on the grid turned
    assert signed_distance_at_mm(~array, np.array([at]), spacing) == pytest.approx(-found)
    turned = signed_distance_at_mm(
        array.transpose(2, 0, 1), np.array([at])[:, [2, 0, 1]], (spacing[2], *spacing[:2])
    )
    assert turned == pytest.approx(found)
    return float(found[0])


def test_a_distance_is_to_the_nearest_voxel_of_the_other_kind() -> None:
    """One voxel inside on steps of 1, 2 and 3 mm: then 1, 2, 3 mm to its neighbours."""
    steps, shape = (1.0, 2.0, 3.0), (9, 9, 9)
    for at, distance in (
        ((5, 4, 4), 1.0),
        ((4, 3, 4), 2.0),
        ((4, 4, 5), 3.0),
        ((3, 5, 5), sqrt(14)),
        ((4, 4, 4), -1.0),
        ((0, 4, 4), 4.0),
        ((8, 8, 8), sqrt(16 + 64 + 144)),
        ((0, 0, 4), sqrt(16 + 64)),
    ):
        assert _distance([(4, 4, 4)], at, steps, shape) == pytest.approx(distance)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("steps", [1, 2, 3, 5, 6, 9, 11])
def test_the_nearer_of_two_is_found_on_every_side(axis: int, sign: int, steps: int) -> None:
    """One along an axis, the other half a step farther on the other side: steps of 0.5, 0.4 and 1.4 mm."""
    spacing: Spacing = (0.5, 0.4, 1.4)
    for other in {0, 1, 2} - {axis}:
        middle = (40, 40, 40)
        near, far = np.array(middle), np.array(middle)
        near[axis] += sign * steps
        distance = steps * spacing[axis]
        decoy = int(distance / spacing[other]) + 1
        far[other] -= sign * decoy
        found = _distance([near, far], middle, spacing, (81, 81, 81))
        assert found == pytest.approx(distance)


def test_what_lies_beyond_the_volume_is_neither_inside_nor_outside() -> None:
    """The whole volume but its last plane: the first lies seven steps from it, none from the edge."""
    array = np.ones((8, 5, 5), dtype=np.bool_)
    array[7] = False
    places = np.array([[0, 2, 2], [6, 0, 0], [7, 2, 2]])
    assert signed_distance_at_mm(array, places, UNIT).tolist() == [-7.0, -1.0, 1.0]


def test_without_another_kind_every_distance_is_infinite() -> None:
    everything, places = np.ones((3, 4, 5), dtype=np.bool_), np.array([[0, 0, 0], [2, 3, 4]])
    assert signed_distance_at_mm(everything, places, UNIT).tolist() == [-inf, -inf]
    assert signed_distance_at_mm(~everything, places, UNIT).tolist() == [inf, inf]


def test_the_mean_is_over_those_who_drew_it() -> None:
    one, two, nothing = (np.zeros((9, 3, 3), dtype=np.bool_) for _ in range(3))
    one[2], two[5] = True, True
    places = np.array([[6, 1, 1], [3, 1, 1]])
    assert mean_signed_distance_at_mm([one, nothing, two], places, UNIT).tolist() == [2.5, 1.5]
    assert mean_signed_distance_at_mm([nothing], places, UNIT).tolist() == [inf, inf]
