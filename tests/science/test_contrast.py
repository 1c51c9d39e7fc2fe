"""The difference of two groups of patients, with its interval."""

from __future__ import annotations

import math

import numpy as np

from backend.science.agreement.contrast import difference_of_means


def test_the_difference_is_that_of_the_means_and_lies_in_its_interval() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(1.0, 0.2, 60), rng.normal(0.7, 0.2, 40)
    patients = [[str(number // 2) for number in range(size)] for size in (60, 40)]
    found = difference_of_means(list(first), patients[0], list(second), patients[1])
    assert math.isclose(found.value, first.mean() - second.mean())
    assert 0 < found.low < found.value < found.high < 0.6
    swapped = difference_of_means(list(second), patients[1], list(first), patients[0])
    assert math.isclose(swapped.value, -found.value)


def test_vertebrae_of_one_patient_do_not_narrow_the_interval() -> None:
    values, patients = [0.8, 0.9, 0.7, 1.0], ["a", "b", "c", "d"]
    once = difference_of_means(values, patients, [0.5, 0.6], ["x", "y"])
    often = difference_of_means(values * 10, patients * 10, [0.5, 0.6] * 10, ["x", "y"] * 10)
    assert math.isclose(once.high - once.low, often.high - often.low)


def test_what_cannot_be_said_is_not_a_number() -> None:
    assert math.isnan(difference_of_means([], [], [1.0], ["a"]).value)
    one = difference_of_means([1.0, 2.0], ["a", "a"], [1.0, 3.0], ["b", "c"])
    assert one.value == -0.5
    assert math.isnan(one.low)
