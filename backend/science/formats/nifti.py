"""NIfTI in and out, trusting nothing about what comes in and writing nothing but voxels and their place.

The reader checks the header itself before it allocates anything, because a header from outside may promise
any size and any type. The writer makes a header of its own, so no description, auxiliary file name,
extension, file name or time of the source survives.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from isal import igzip
from numpy.typing import NDArray

from backend.science.errors import BadInput
from backend.science.formats.bounded import read_exactly, require_whole_stream, unpacked
from backend.science.formats.nifti_grid import Remark, grid_of, header_fault, transform_remarks
from backend.science.labels import VALID_LABELS
from backend.science.volume import Mask, MaskArray, Volume, VolumeGeometry, label_voxels

NameHint = Literal["mask", "perhaps", "nothing"]

MAX_BYTES = 2**32
_NIFTI1_BYTES, _NIFTI2_BYTES = 348, 540
_GZIP_MAGIC = b"\x1f\x8b"
_MAGICS = {_NIFTI1_BYTES: (slice(344, 348), b"n+1\0"), _NIFTI2_BYTES: (slice(4, 8), b"n+2\0")}
# Fat and muscle alone lie farther apart. Rounded to whole HU, a normalised image would be lost.
_LEAST_RANGE_HU = 50.0
# Labels that went through a scale as int16 come back off by some ten-thousandths.
_WHOLE_WITHIN = 0.01
_COMPRESSION_LEVEL = 2
_MOST_DESCRIBED = 79
_SCANNER = 1  # the NIfTI code of a transform to the scanner's coordinates


@dataclass(frozen=True, slots=True, eq=False)
class _Raw:
    """What a file holds: its grid, its voxels as stored, and their scale (1 and 0 where it has none)."""

    geometry: VolumeGeometry
    stored: NDArray[Any]
    slope: float
    intercept: float
    remarks: tuple[Remark, ...]

    def values(self) -> NDArray[Any]:
        if (self.slope, self.intercept) == (1.0, 0.0):
            return self.stored
        return self.stored.astype(np.float64) * self.slope + self.intercept


def read_volume(path: Path) -> Volume:
    """A CT as int16 HU, in the file's own axis order. Raises ``BadInput`` naming file and reason.

    Codes: empty_file, not_nifti, truncated, four_dimensions, bad_shape, too_large, bad_voxel_type,
    no_orientation, singular_affine, sheared, implausible_spacing, not_finite, not_ct.
    """
    return read_volume_said(path)[0]


def read_volume_said(path: Path) -> tuple[Volume, list[Remark]]:
    """The same, with what should be said of the file."""
    raw = _read(path)
    return _as_volume(raw, path), list(raw.remarks)


def read_mask(path: Path, *, labels: Collection[int] | None = VALID_LABELS) -> Mask:
    """A multi-label mask as uint8, whatever type it was stored as.

    Every value must lie within 0.01 of a whole number and, unless ``labels`` is None, be one of ``labels`` or
    0. Whose numbers they are is not asked here: ``reading.read_mask_file`` does. Codes: those of
    ``read_volume`` but not_ct, and not_integral, unknown_labels.
    """
    return read_mask_said(path, labels=labels)[0]


def read_mask_said(path: Path, *, labels: Collection[int] | None = VALID_LABELS) -> tuple[Mask, list[Remark]]:
    """The same, with what should be said of the file."""
    raw = _read(path)
    mask, rounded = _as_mask(raw, path, labels)
    return mask, [*raw.remarks, *rounded]


def read_grid(path: Path) -> VolumeGeometry:
    """The grid of an image without its voxels, which are not read. Raises as the readers of voxels do."""
    with _opened(path) as stream:
        return grid_of(_header(stream, path), path)


def read_either(path: Path, *, name_says: NameHint) -> tuple[Volume | Mask, list[Remark]]:
    """A CT or a mask, whichever the voxels are, with what should be said of the file.

    Whole numbers from 0 to 255 of at most 64 kinds are a mask. A name that says ``mask`` settles it; one that
    says ``perhaps`` does where no voxel is negative. The numbers of a mask may be anybody's. Raises as the
    two readers above.
    """
    raw = _read(path)
    hinted = name_says == "mask" or (name_says == "perhaps" and not (raw.values() < 0).any())
    if hinted or _looks_like_labels(raw.values()):
        mask, rounded = _as_mask(raw, path, None)
        return mask, [*raw.remarks, *rounded]
    return _as_volume(raw, path), list(raw.remarks)


def _as_volume(raw: _Raw, path: Path) -> Volume:
    values = raw.values()
    _require_finite(values, path)
    low, high = float(values.min()), float(values.max())
    if low < -32768 or high > 32767:
        raise BadInput("not_ct", f"values from {low:g} to {high:g} are not Hounsfield units", source=path)
    if low == high:
        raise BadInput("not_ct", f"every voxel has the same value ({low:g})", source=path)
    if np.issubdtype(values.dtype, np.floating) and high - low < _LEAST_RANGE_HU:
        reason = f"values from {low:g} to {high:g} are not Hounsfield units: export it without normalising"
        raise BadInput("not_ct", reason, source=path)
    if np.issubdtype(values.dtype, np.floating):
        values = np.rint(values)
    return Volume(raw.geometry, np.asfortranarray(values.astype(np.int16)))


def _as_mask(raw: _Raw, path: Path, labels: Collection[int] | None) -> tuple[Mask, list[Remark]]:
    values = raw.values()
    _require_finite(values, path)
    remarks: list[Remark] = []
    if not np.issubdtype(values.dtype, np.integer):
        whole = np.rint(values)
        off = float(np.abs(values - whole).max())
        if off > _WHOLE_WITHIN:
            message = f"a mask must hold whole numbers only, and one lies {off:.2g} beside"
            raise BadInput("not_integral", message, source=path)
        if off > 0:
            message = f"its numbers lay up to {off:.1g} beside whole ones, as a scale leaves them: rounded"
            remarks.append(Remark("numbers_rounded", message))
        values = whole
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 255:
        raise BadInput("unknown_labels", f"numbers from {low} to {high} are not VerSe labels", source=path)
    array: MaskArray = np.asfortranarray(values.astype(np.uint8))
    if labels is not None:
        _require_known(array, labels, path)
    return Mask(raw.geometry, array), remarks


def _looks_like_labels(values: NDArray[Any]) -> bool:
    # a sample first: a CT fails it at once, and only what passes is read to the end
    for sample in (values.ravel(order="K")[:: max(1, values.size // 100_000)], values):
        low, high = sample.min(), sample.max()
        if not (low >= 0 and high <= 255):
            return False
        small = np.rint(sample).astype(np.uint8)
        if np.abs(sample - small).max() > _WHOLE_WITHIN or len(label_voxels(small)) > 63:
            return False
    return True


def write_volume(path: Path, volume: Volume) -> None:
    """Write a CT; compressed unless the name ends in ``.nii``."""
    _write(path, volume_bytes(volume, compress=path.suffix != ".nii"))


def write_mask(path: Path, mask: Mask) -> None:
    """Write a mask as uint8; compressed unless the name ends in ``.nii``."""
    _write(path, mask_bytes(mask, compress=path.suffix != ".nii"))


def volume_bytes(volume: Volume, *, compress: bool = True) -> bytes:
    """A CT as the bytes of a NIfTI file: the same bytes for the same voxels."""
    return _encode(volume.geometry, volume.array, compress=compress)


def mask_bytes(mask: Mask, *, compress: bool = True) -> bytes:
    """A mask as the bytes of a NIfTI file: the same bytes for the same voxels."""
    return _encode(mask.geometry, mask.array, compress=compress)


def map_bytes(geometry: VolumeGeometry, values: NDArray[np.float32], description: str) -> bytes:
    """Numbers on a grid as the bytes of a NIfTI file whose header says what they are, in 79 ASCII letters."""
    said = description.encode("ascii")
    if len(said) > _MOST_DESCRIBED:
        raise ValueError(f"a header holds {_MOST_DESCRIBED} characters of description, not {len(said)}")
    return _encode(geometry, values, compress=True, description=said)


def _opened(path: Path) -> BinaryIO:
    if path.stat().st_size == 0:
        raise BadInput("empty_file", "the file is empty", source=path)
    plain = path.open("rb")
    if plain.read(2) != _GZIP_MAGIC:
        plain.seek(0)
        return plain
    plain.close()
    return unpacked(path)


def _header_kind(version: Literal[1, 2]) -> Callable[..., Any]:
    import nibabel as nib  # here: no process waits for it at its start

    kind: Callable[..., Any] = nib.Nifti1Header if version == 1 else nib.Nifti2Header  # without types
    return kind


def _header(stream: BinaryIO, path: Path) -> Any:
    try:
        start = bytes(read_exactly(stream, _NIFTI1_BYTES, path))
    except BadInput as error:
        code = "not_nifti" if isinstance(stream, io.BufferedReader) else error.code
        raise BadInput(code, "it is too short or too damaged to be a NIfTI file", source=path) from error
    for size, (where, magic) in _MAGICS.items():
        if start[where] != magic:
            continue
        start += bytes(read_exactly(stream, size - _NIFTI1_BYTES, path))
        kind = _header_kind(1 if size == _NIFTI1_BYTES else 2)
        try:
            return kind(start, check=False)
        except (header_fault(), ValueError) as error:
            raise BadInput("not_nifti", "its NIfTI header cannot be read", source=path) from error
    raise BadInput("not_nifti", "it is not a NIfTI file", source=path)


def _read(path: Path) -> _Raw:
    with _opened(path) as stream:
        header = _header(stream, path)
        geometry = grid_of(header, path)
        dtype = _dtype(header, path)
        offset = float(header["vox_offset"])
        position = int(header.sizeof_hdr)
        if not position <= offset <= 1 << 26:
            raise BadInput("not_nifti", "its NIfTI header gives no valid start of the voxels", source=path)
        remarks = tuple(transform_remarks(header, path))
        read_exactly(stream, int(offset) - position, path)
        count = int(np.prod(geometry.shape, dtype=np.int64)) * dtype.itemsize
        if count > MAX_BYTES:
            raise BadInput("too_large", f"its voxels take {count} bytes, more than {MAX_BYTES}", source=path)
        buffer = read_exactly(stream, count, path)
        require_whole_stream(stream, path)
    stored = np.frombuffer(buffer, dtype=dtype).reshape(geometry.shape, order="F")
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if not np.isfinite(slope) or slope == 0:
        slope, intercept = 1.0, 0.0
    return _Raw(geometry, stored, slope, intercept if np.isfinite(intercept) else 0.0, remarks)


def _dtype(header: Any, path: Path) -> np.dtype[Any]:
    try:
        dtype: np.dtype[Any] = header.get_data_dtype()
    except (header_fault(), KeyError) as error:
        raise BadInput("bad_voxel_type", "its voxel type is unknown", source=path) from error
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise BadInput("bad_voxel_type", "its voxels are not plain numbers", source=path)
    return dtype


def _require_finite(values: NDArray[Any], path: Path) -> None:
    if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
        count = int(np.count_nonzero(~np.isfinite(values)))
        raise BadInput("not_finite", f"{count} voxels are not finite numbers", source=path)


def _require_known(array: MaskArray, labels: Collection[int], path: Path) -> None:
    unknown = [label for label in label_voxels(array) if label not in labels]
    if unknown:
        listed = ", ".join(map(str, unknown[:8])) + (" ..." if len(unknown) > 8 else "")
        raise BadInput("unknown_labels", f"labels that are not VerSe numbers: {listed}", source=path)


def _encode(
    geometry: VolumeGeometry, array: NDArray[Any], *, compress: bool, description: bytes = b""
) -> bytes:
    header = _header_kind(1)()
    header.set_data_shape(geometry.shape)
    header.set_data_dtype(array.dtype.newbyteorder("<"))
    header.set_xyzt_units(xyz="mm")
    header.set_zooms(geometry.spacing_mm)
    header.set_sform(geometry.affine_ras_mm, code=_SCANNER)
    header.set_qform(geometry.affine_ras_mm, code=_SCANNER, strip_shears=True)
    header["vox_offset"] = 352
    header["magic"] = b"n+1"
    header["scl_slope"], header["scl_inter"] = 1, 0
    header["descrip"] = description
    voxels = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes(order="F")
    content = header.binaryblock + bytes(4) + voxels
    if not compress:
        return bytes(content)
    compressed: bytes = igzip.compress(content, _COMPRESSION_LEVEL, mtime=0)
    return compressed


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
