"""Whole CTs for the localising network: what holds no spine, and what earlier weights say of the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from torch import nn

from backend.science.formats.nifti import write_volume
from backend.science.volume import Volume
from inference.cli import main
from inference.networks.spine import BODY, CENTRE
from inference.patches import TILE_SHAPE
from inference.synthesis import Phantom
from inference.training.fields import Field, field_of, field_sample, field_source, kept_field
from inference.training.samples import IGNORED
from inference.training.start import initial_weights
from inference.weights import DIRECTORY


@pytest.fixture
def ct(lumbar: Phantom, tmp_path: Path) -> Path:
    path = tmp_path / "series" / "ct.nii.gz"
    path.parent.mkdir()
    write_volume(path, lumbar.volume)
    return path


def test_a_ct_without_a_spine_teaches_to_find_nothing_where_the_network_is_wrong(
    ct: Path, knowing_networks: dict[str, nn.Module]
) -> None:
    field = field_of(ct, knowing_networks["localise"], has_spine=False)
    assert not field.maps.any()
    assert (field.levels == IGNORED).all()
    assert len(field.hard) > 20
    sample = field_sample(field, np.random.default_rng(0))
    assert sample["x"].shape == (1, *TILE_SHAPE)
    assert not sample["maps"].any()


def test_a_labelled_ct_gives_what_the_network_found_in_the_column(
    ct: Path, knowing_networks: dict[str, nn.Module]
) -> None:
    field = field_of(ct, knowing_networks["localise"], has_spine=True)
    assert (field.maps[BODY] > 0.5).sum() > 500
    assert len(np.unique(field.levels)) >= 6
    seen = 0
    for seed in range(4):
        sample = field_sample(field, np.random.default_rng(seed))
        peaks = np.argwhere(sample["maps"][CENTRE] > 0.6)
        bodies = [sample["maps"][BODY][tuple(peak)] for peak in peaks]
        assert all(share > 0.5 for share in bodies)
        hu = sample["x"][0][sample["maps"][BODY] > 0.9]
        assert hu.size == 0 or np.median(hu) > np.median(sample["x"][0]) + 0.1
        seen += len(peaks)
    assert seen > 0


def test_a_field_is_kept_and_not_made_twice(
    ct: Path, tmp_path: Path, knowing_networks: dict[str, nn.Module]
) -> None:
    first = kept_field(ct, knowing_networks["localise"], tmp_path / "fields", has_spine=True)
    ct.unlink()
    again = kept_field(ct, knowing_networks["localise"], tmp_path / "fields", has_spine=True)
    assert again.has_spine is True
    for name in ("hu", "maps", "levels", "places", "hard"):
        assert np.array_equal(getattr(first, name), getattr(again, name))


def test_where_the_network_sees_no_spine_there_is_nothing_to_learn(tmp_path: Path, lumbar: Phantom) -> None:
    path = tmp_path / "soft.nii.gz"
    soft = np.random.default_rng(0).normal(40, 10, (40, 40, 40)).astype(np.int16)
    soft[:8], soft[8:14] = -1000, -100
    write_volume(path, Volume(type(lumbar.volume.geometry)((40, 40, 40), np.diag([3.0, 3, 3, 1])), soft))
    from inference.networks.spine import Localiser

    with pytest.raises(ValueError, match=r"soft.nii.gz: no spine is found"):
        field_of(path, Localiser((4, 8)).eval(), has_spine=True)
    with pytest.raises(ValueError, match="no CT to learn from"):
        field_source([])


def test_draws_come_from_all_fields(ct: Path, knowing_networks: dict[str, nn.Module]) -> None:
    spine = field_of(ct, knowing_networks["localise"], has_spine=True)
    none = Field(spine.hu, np.zeros_like(spine.maps), spine.levels, spine.places, spine.hard, False)
    draw = field_source([spine, none])
    found = [bool(draw(np.random.default_rng(k))["maps"].max() > 0.5) for k in range(8)]
    assert {True, False} == set(found)


def test_training_starts_from_a_folder_of_weights() -> None:
    state = initial_weights(DIRECTORY, "localise")
    assert all(np.isfinite(value.numpy()).all() for value in state.values())


def test_whole_cts_are_for_the_localising_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "segment", "--scenes", str(tmp_path), "--checkpoint", str(tmp_path / "c.pt")]
    assert main([*arguments, "--steps", "1", "--without-spine", "ct.nii.gz"]) == 2
    assert "for the network 'localise'" in capsys.readouterr().err
