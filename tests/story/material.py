"""What the story's manager uploads: phantoms always, real CTs where they are at hand, and broken files."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom

from backend.science.formats.nifti import write_mask, write_volume
from backend.science.volume import Mask
from inference.synthesis import fast_spec, make_phantom

Files = list[tuple[str, Path]]


@dataclass(frozen=True)
class Material:
    """Files to upload with their paths in the dropped folder, and what must come of them."""

    files: Files
    source_format: str
    engine: str
    labels: frozenset[int]


def phantom(folder: Path) -> Material:
    """An oblique, anisotropic phantom L1-L5 with a fractured L2, as NIfTI with its mask beside it."""
    made = make_phantom(fast_spec(seed=7, oblique_deg=(6.0, -4.0, 8.0), fractures={21: ("wedge", 2)}))
    write_volume(folder / "ct.nii.gz", made.volume)
    write_mask(folder / "vertebrae.nii.gz", made.mask)
    files = [
        ("phantom/ct.nii.gz", folder / "ct.nii.gz"),
        ("phantom/vertebrae.nii.gz", folder / "vertebrae.nii.gz"),
    ]
    return Material(
        files, "nifti", "imported", frozenset(int(label) for label in np.unique(made.mask.array) if label)
    )


def real_nifti(shared: Path) -> Material:
    """The abdomen CT with its mask."""
    folder = shared / "totalsegmentator-abdomen"
    files = [(f"abdomen/{name}", folder / name) for name in ("ct.nii.gz", "vertebrae.nii.gz")]
    return Material(files, "nifti", "imported", frozenset({18, 19, 20, 21, 22, 23, 24, 26}))


def real_dicom(shared: Path) -> Material:
    """The DICOM folder as files, with its mask beside it."""
    folder = shared / "totalsegmentator-dicom"
    files = [(f"dicom/series/{path.name}", path) for path in sorted((folder / "series").iterdir())]
    return Material(
        [*files, ("dicom/vertebrae.nii.gz", folder / "vertebrae.nii.gz")],
        "dicom",
        "imported",
        frozenset({18, 19}),
    )


def real_dicom_zip(shared: Path, folder: Path) -> Material:
    """The DICOM folder and its mask as one zip."""
    archive = folder / "dicom.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for relative, path in real_dicom(shared).files:
            out.write(path, relative)
    return Material([("dicom.zip", archive)], "dicom", "imported", frozenset({18, 19}))


@dataclass(frozen=True)
class Broken:
    """A file that cannot be used: the name it comes under, and the code of the reason the manager reads."""

    name: str
    code: str
    make: Callable[[Path, Path], None]


def broken_files(folder: Path, ct: Path) -> Iterator[tuple[Broken, Path]]:
    """Every bad single file of the list, made from a good CT."""
    for number, broken in enumerate(BROKEN):
        path = folder / f"{number}-{broken.name}"
        broken.make(path, ct)
        yield broken, path


def _empty(path: Path, _: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path, _: Path) -> None:
    path.write_text("This is a letter, not a volume.\n" * 20)


def _truncated(path: Path, ct: Path) -> None:
    data = ct.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _affine_of_zeros(path: Path, ct: Path) -> None:
    raw = bytearray(gzip.decompress(ct.read_bytes()))
    header = nib.Nifti1Header.from_fileobj(io.BytesIO(bytes(raw)))
    header["sform_code"], header["qform_code"] = 1, 0
    header["srow_x"], header["srow_y"], header["srow_z"] = np.zeros((3, 4))
    raw[:348] = header.binaryblock
    path.write_bytes(gzip.compress(bytes(raw)))


def _four_dimensions(path: Path, _: Path) -> None:
    nib.Nifti1Image(np.zeros((8, 8, 8, 3), np.int16), np.eye(4)).to_filename(path)


BROKEN = (
    Broken("empty.nii.gz", "empty_file", _empty),
    Broken("letter.nii.gz", "not_nifti", _text),
    Broken("truncated.nii.gz", "truncated", _truncated),
    Broken("flat.nii.gz", "singular_affine", _affine_of_zeros),
    Broken("film.nii.gz", "four_dimensions", _four_dimensions),
)


def mask_on_another_grid(folder: Path, mask: Mask) -> Path:
    """The mask half a voxel beside its CT's grid, as one that was resampled would be."""
    affine = mask.geometry.affine_ras_mm.copy()
    affine[:3, 3] += affine[:3, :3].sum(axis=1) / 2
    path = folder / "other_vertebrae.nii.gz"
    write_mask(path, Mask(type(mask.geometry)(mask.geometry.shape, affine), mask.array))
    return path


def with_a_gap(shared: Path) -> Files:
    """The DICOM series with two of its middle slices missing."""
    files = [(f"gap/{path.name}", path) for path in in_order_of_position(shared)]
    return [*files[:8], *files[10:]]


def in_order_of_position(shared: Path) -> list[Path]:
    folder = shared / "totalsegmentator-dicom" / "series"
    return sorted(
        folder.iterdir(),
        key=lambda path: float(pydicom.dcmread(path, stop_before_pixels=True).ImagePositionPatient[2]),
    )
