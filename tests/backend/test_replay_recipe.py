"""The replay's recipe counts what the paper's table counts, at full size and in shares of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.replay.checking import recipe_p
from backend.replay.recipe import DENSITY_LEVELS, LEFT_FOR_DENSITY, Recipe, column_of, make_recipe
from backend.replay.scenes import make_scene, touched
from backend.replay.table import SPLITS, expected_p, paper, share_of
from backend.science.labels import THORACOLUMBAR, order_of


@pytest.fixture(scope="module")
def whole() -> Recipe:
    return make_recipe()


def test_the_table_sums_up_to_what_the_paper_says_in_words() -> None:
    columns = paper().values()
    assert sum(column.patients for column in columns) == 141
    assert sum(column.scans for column in columns) == 160
    assert sum(column.vertebrae for column in columns) == 1725
    assert [
        sum(column.regions[name] for column in columns) for name in ("cervical", "thoracic", "lumbar")
    ] == [
        220,
        884,
        621,
    ]
    assert [sum(column.grades[grade] for column in columns) for grade in (1, 2, 3)] == [142, 96, 51]
    assert sum(column.women for column in columns) == 92
    assert sum(column.foreign_material for column in columns) == 31
    for column in columns:
        assert sum(column.contrast.values()) == sum(column.scanners.values()) == column.patients


@pytest.mark.parametrize("split", SPLITS)
def test_the_recipe_counts_what_the_table_counts(whole: Recipe, split: str) -> None:
    wanted, found = paper()[split], column_of(whole.of(split))
    for name in ("scans", "patients", "women", "regions", "grades", "foreign_material"):
        assert getattr(found, name) == getattr(wanted, name), name
    for name in ("contrast", "scanners"):
        assert getattr(found, name) == {kind: n for kind, n in getattr(wanted, name).items() if n}
    for name, off in (("age_years", 0.05), ("bmd_mg_cm3", 0.01)):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name), abs=off)


def test_its_tests_give_the_p_values_that_the_table_gives(whole: Recipe) -> None:
    training = column_of(whole.of("training"))
    for groups, wanted in expected_p().items():
        found = recipe_p(training, column_of(whole.of(groups.partition(", ")[2])))
        for name, p in wanted.items():
            assert found[name].p == pytest.approx(p, abs=0.006), (groups, name)


def test_levels_have_no_gap_and_everybody_has_levels_for_density(whole: Recipe) -> None:
    for patient in whole.patients:
        for series in patient.series:
            orders = [order_of(label) for label in series.labels]
            without_t13 = [order - (label >= 20) for label, order in zip(series.labels, orders, strict=True)]
            assert list(np.diff(without_t13)) == [1] * (len(orders) - 1)
            assert set(series.fractures) | set(series.material) <= THORACOLUMBAR & set(series.labels)
        first = patient.series[0]
        spoilt = {label for one in patient.series for label in (*one.fractures, *one.material)}
        implants = [pair for one in patient.series for pair in one.material.items()]
        # where the rod reaches
        spoilt |= {label + way for label, kind in implants if kind == "screw_rod" for way in (-1, 1)}
        assert len((DENSITY_LEVELS & set(first.labels)) - spoilt) >= LEFT_FOR_DENSITY
        assert 30 < patient.age_years < 90


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_a_share_is_counted_alike(share: float) -> None:
    made = make_recipe(share)
    for split in SPLITS:
        wanted, found = share_of(paper()[split], share), column_of(made.of(split))
        assert (found.scans, found.patients, found.women) == (wanted.scans, wanted.patients, wanted.women)
        assert found.grades == wanted.grades
    numbers = [series.number for _, series in made.series()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_same_seed_makes_the_same_and_another_seed_another() -> None:
    assert make_recipe(0.1) == make_recipe(0.1)
    assert make_recipe(0.1) != make_recipe(0.1, seed=1)


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5])
def test_no_share_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        make_recipe(share)


def test_a_spine_that_leans_is_drawn_whole(whole: Recipe, tmp_path: Path) -> None:
    patient, series = next(pair for pair in whole.series() if pair[1].number == 118)
    note = tmp_path / "118.json"
    make_scene(patient, series, whole.seed, "inference.synthesis", tmp_path, note)
    with np.load(note.with_suffix(".npz")) as stored:
        mask = stored["mask"]
    assert set(np.unique(mask)) == {0, *series.labels}
    assert touched(mask) == set()
