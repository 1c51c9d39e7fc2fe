from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.science.errors import BadInput
from backend.science.formats import nifti
from backend.science.volume import Mask, Volume, VolumeGeometry, label_voxels
from tests.science.real_data import real_data

_C, _S = np.cos(0.1), np.sin(0.1)
# oblique, at right angles
AFFINE = np.array([[_C, _S, 0, -80], [-_S, _C, 0, 20.5], [0, 0, 1, 900.25], [0, 0, 0, 1]]) @ np.diag(
    [0.7, 0.9, 2.5, 1]
)
SHAPE = (6, 5, 4)
HU = np.random.default_rng(0).integers(-1024, 2000, size=SHAPE).astype(np.int16)


def _save(path: Path, array: np.ndarray, affine: np.ndarray = AFFINE, **header: Any) -> Path:
    image = nib.Nifti1Image(array, affine)
    for key, value in header.items():
        image.header[key] = value
    nib.save(image, path)
    return path


def _refusal(path: Path, read: Callable[[Path], object] = nifti.read_volume) -> BadInput:
    with pytest.raises(BadInput) as refusal:
        read(path)
    assert str(refusal.value).startswith(f"{path.name}: ")
    return refusal.value


@pytest.mark.parametrize("name", ["ct.nii.gz", "ct.nii"])
def test_a_volume_comes_back_voxel_by_voxel(tmp_path: Path, name: str) -> None:
    volume = Volume(VolumeGeometry(SHAPE, AFFINE), HU)
    nifti.write_volume(tmp_path / name, volume)
    again = nifti.read_volume(tmp_path / name)
    assert np.array_equal(again.array, HU)
    assert again.geometry.matches(volume.geometry, 1e-3)
    image = nib.Nifti1Image.from_filename(tmp_path / name)
    assert np.array_equal(np.asanyarray(image.dataobj), HU)
    assert np.allclose(image.affine, AFFINE, atol=1e-4)
    assert image.get_data_dtype() == np.int16


def test_volume_and_mask_of_one_grid_have_exactly_one_affine(tmp_path: Path) -> None:
    geometry = VolumeGeometry(SHAPE, AFFINE)
    nifti.write_volume(tmp_path / "ct.nii.gz", Volume(geometry, HU))
    nifti.write_mask(tmp_path / "msk.nii.gz", Mask(geometry, (HU > 500).astype(np.uint8) * 20))
    ct, mask = (
        nib.Nifti1Image.from_filename(tmp_path / "ct.nii.gz"),
        nib.Nifti1Image.from_filename(tmp_path / "msk.nii.gz"),
    )
    assert np.array_equal(ct.affine, mask.affine)
    assert mask.get_data_dtype() == np.uint8
    assert (int(mask.header["sform_code"]), int(mask.header["qform_code"])) == (1, 1)


def test_what_is_written_holds_no_name_and_no_time(tmp_path: Path) -> None:
    content = nifti.mask_bytes(Mask(VolumeGeometry(SHAPE, AFFINE), np.zeros(SHAPE, dtype=np.uint8)))
    assert content[3] == 0  # no flags: no file name, no comment, no extra field
    assert content[4:8] == bytes(4)  # modification time
    header = nib.Nifti1Header(gzip.decompress(content)[:348])
    for field in ("descrip", "aux_file", "intent_name", "db_name", "data_type"):
        assert header[field].tobytes().strip(b"\0") == b""
    assert content == nifti.mask_bytes(Mask(VolumeGeometry(SHAPE, AFFINE), np.zeros(SHAPE, dtype=np.uint8)))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_mask_of_any_number_type_and_byte_order_is_read_as_uint8(
    tmp_path: Path, dtype: type[np.generic], order: Literal["<", ">"]
) -> None:
    array = (
        np.random.default_rng(1)
        .choice([0, 19, 28, 20], size=SHAPE)
        .astype(np.dtype(dtype).newbyteorder(order))
    )
    header = nib.Nifti1Header(endianness=order)
    nib.save(nib.Nifti1Image(array, AFFINE, header), tmp_path / "msk.nii.gz")
    mask = nifti.read_mask(tmp_path / "msk.nii.gz")
    assert mask.array.dtype == np.uint8
    assert np.array_equal(mask.array, array)


def test_scaling_is_applied_and_an_empty_one_is_not(tmp_path: Path) -> None:
    image = nib.Nifti1Image(HU.astype(np.int16), AFFINE)
    image.header.set_slope_inter(2, -10)
    nib.save(image, tmp_path / "scaled.nii")
    proxy: Any = nib.Nifti1Image.from_filename(tmp_path / "scaled.nii").dataobj
    stored = np.asanyarray(proxy.get_unscaled())
    assert np.array_equal(nifti.read_volume(tmp_path / "scaled.nii").array, np.rint(stored * 2.0 - 10))
    raw = bytearray((tmp_path / "scaled.nii").read_bytes())
    raw[112:120] = struct.pack("<2f", 0, 7)
    (tmp_path / "unscaled.nii").write_bytes(raw)
    assert np.array_equal(nifti.read_volume(tmp_path / "unscaled.nii").array, stored)


def test_metres_become_millimetres_and_trailing_axes_of_one_are_dropped(tmp_path: Path) -> None:
    affine = AFFINE.copy()
    affine[:3] /= 1000
    image = nib.Nifti1Image(HU[..., None], affine)
    image.header.set_xyzt_units("meter")
    nib.save(image, tmp_path / "ct.nii.gz")
    volume = nifti.read_volume(tmp_path / "ct.nii.gz")
    assert volume.geometry.shape == SHAPE
    assert volume.geometry.matches(VolumeGeometry(SHAPE, AFFINE), 0.01)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.nii.gz").touch()
    assert _refusal(tmp_path / "a.nii.gz").code == "empty_file"


@pytest.mark.parametrize(
    "content", [b"hello, this is text\n", b"x" * 5000, gzip.compress(b"text" * 500, mtime=0), b"\x1f\x8bxyz"]
)
def test_what_is_no_nifti_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.nii.gz").write_bytes(content)
    assert _refusal(tmp_path / "a.nii.gz").code in ("not_nifti", "truncated")


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_cut_off_file_is_refused(tmp_path: Path, name: str, share: float) -> None:
    noise = np.random.default_rng(2).integers(-1000, 1000, size=(40, 40, 20)).astype(np.int16)
    content = _save(tmp_path / name, noise).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * share)])
    assert _refusal(tmp_path / name).code == "truncated"


def test_a_gzip_with_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    content = bytearray(_save(tmp_path / "a.nii.gz", HU).read_bytes())
    content[-6] ^= 0xFF
    (tmp_path / "a.nii.gz").write_bytes(content)
    assert _refusal(tmp_path / "a.nii.gz").code == "truncated"


def test_four_dimensions_are_refused_with_their_sizes(tmp_path: Path) -> None:
    refusal = _refusal(_save(tmp_path / "a.nii.gz", np.zeros((4, 4, 4, 3), dtype=np.int16)))
    assert refusal.code == "four_dimensions"
    assert "4x4x4x3" in str(refusal)


def test_two_dimensions_are_refused(tmp_path: Path) -> None:
    assert _refusal(_save(tmp_path / "a.nii.gz", HU[:, :, 0])).code == "bad_shape"


@pytest.mark.parametrize("affine", [np.diag([1.0, 1, 0, 1]), np.diag([0.0, 0, 0, 1])])
def test_a_singular_affine_is_refused(tmp_path: Path, affine: np.ndarray) -> None:
    path = _save(tmp_path / "a.nii", HU)
    raw = bytearray(path.read_bytes())
    raw[280:328] = affine[:3].astype("<f4").tobytes()
    path.write_bytes(raw)
    assert _refusal(path).code == "singular_affine"


def test_an_affine_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.nii", HU)
    raw = bytearray(path.read_bytes())
    raw[280:284] = struct.pack("<f", np.nan)
    path.write_bytes(raw)
    assert _refusal(path).code == "singular_affine"


def test_a_file_that_does_not_say_where_left_is_is_refused(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.nii", HU)
    raw = bytearray(path.read_bytes())
    raw[252:256] = bytes(4)
    path.write_bytes(raw)
    assert _refusal(path).code == "no_orientation"


def test_voxels_of_implausible_size_are_refused(tmp_path: Path) -> None:
    assert _refusal(_save(tmp_path / "a.nii", HU, np.diag([200.0, 1, 1, 1]))).code == "implausible_spacing"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_counted_and_refused(tmp_path: Path, bad: float) -> None:
    array = HU.astype(np.float32)
    array[0, 0, :2] = bad
    refusal = _refusal(_save(tmp_path / "a.nii.gz", array))
    assert (refusal.code, "2 voxels" in str(refusal)) == ("not_finite", True)
    assert _refusal(tmp_path / "a.nii.gz", nifti.read_mask).code == "not_finite"


def test_values_beyond_hounsfield_units_and_flat_volumes_are_refused(tmp_path: Path) -> None:
    assert _refusal(_save(tmp_path / "a.nii", HU.astype(np.int32) * 1000)).code == "not_ct"
    assert _refusal(_save(tmp_path / "b.nii", np.full(SHAPE, 7, dtype=np.int16))).code == "not_ct"
    normalised = _refusal(_save(tmp_path / "c.nii", np.linspace(0, 1, HU.size).reshape(SHAPE)))
    assert normalised.code == "not_ct"
    assert "without normalising" in normalised.reason


@pytest.mark.parametrize(
    ("value", "code"),
    [(20.5, "not_integral"), (-1, "unknown_labels"), (29, "unknown_labels"), (300, "unknown_labels")],
)
def test_a_mask_with_other_values_is_refused(tmp_path: Path, value: float, code: str) -> None:
    array = np.zeros(SHAPE, dtype=np.float64)
    array[0, 0, 0] = value
    assert _refusal(_save(tmp_path / "m.nii.gz", array), nifti.read_mask).code == code


def test_colour_and_complex_voxels_are_refused(tmp_path: Path) -> None:
    assert _refusal(_save(tmp_path / "a.nii", HU.astype(np.complex64))).code == "bad_voxel_type"
    colour = np.zeros(SHAPE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    assert _refusal(_save(tmp_path / "b.nii", colour)).code == "bad_voxel_type"


def test_a_header_that_promises_too_much_is_refused_without_allocating_it(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.nii", HU)
    raw = bytearray(path.read_bytes())
    raw[40:56] = struct.pack("<8h", 3, 32000, 32000, 32000, 1, 1, 1, 1)
    path.write_bytes(raw)
    assert _refusal(path).code == "too_large"


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 347), st.integers(0, 255))
def test_any_single_wrong_header_byte_reads_or_is_refused_but_never_breaks(
    tmp_path_factory: pytest.TempPathFactory, where: int, value: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzz"
    folder.mkdir(exist_ok=True)
    source = folder / "good.nii"
    if not source.exists():
        _save(source, HU)
    raw = bytearray(source.read_bytes())
    raw[where] = value
    (folder / "bad.nii").write_bytes(raw)
    for read in (nifti.read_volume, nifti.read_mask):
        try:
            read(folder / "bad.nii")
        except BadInput as refusal:
            assert "bad.nii" in str(refusal)  # noqa: PT017 - a refusal is one of two good outcomes


def test_which_of_the_two_a_file_is_follows_from_its_voxels(tmp_path: Path) -> None:
    labels = np.random.default_rng(1).choice([0, 0, 19, 20], size=SHAPE).astype(np.float32)
    _save(tmp_path / "x.nii.gz", labels)
    _save(tmp_path / "y.nii.gz", HU)
    assert isinstance(nifti.read_either(tmp_path / "x.nii.gz", name_says="nothing")[0], Mask)
    assert isinstance(nifti.read_either(tmp_path / "y.nii.gz", name_says="perhaps")[0], Volume)
    assert (
        _refusal(tmp_path / "y.nii.gz", lambda p: nifti.read_either(p, name_says="mask")[0]).code
        == "unknown_labels"
    )


def test_v2_voxel_counts_of_verse004() -> None:
    path = real_data("verse004/sub-verse004_seg-vert_msk.nii.gz")
    mask = nifti.read_mask(path)
    assert (mask.geometry.shape, mask.geometry.axcodes) == ((161, 338, 61), "PIR")
    assert mask.array.dtype == np.uint8
    expected = {
        16: 14110,
        17: 15732,
        18: 18134,
        19: 20660,
        20: 19136,
        21: 26865,
        22: 29006,
        23: 29982,
        24: 29117,
    }
    assert label_voxels(mask.array) == expected
    assert mask.array.size - sum(expected.values()) == 3116756
