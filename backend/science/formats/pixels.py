"""The pixels of DICOM slices as Hounsfield units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.errors import BadInput, as_bad_input, faults_of_input
from backend.science.formats import hounsfield
from backend.science.formats.dicom_file import quiet, read_whole, require_plausible_pixels
from backend.science.formats.hounsfield import Decoded
from backend.science.formats.slice import Slice
from backend.science.volume import Volume, VolumeGeometry


@dataclass(frozen=True, slots=True, eq=False)
class DecodedStack:
    """A series in int16 HU, and in how many slices and pixels something was left out or left as it is."""

    volume: Volume
    stray_bits: int
    padding_amid: int
    padding_amid_slices: int


def decode(one: Slice) -> Decoded:
    """One slice in HU. Raises ``BadInput`` naming it (bad_pixels, too_large, not_hounsfield)."""
    columns, rows = one.size
    try:
        with quiet():
            dataset = read_whole(one.path)
            require_plausible_pixels(dataset, columns=columns, rows=rows, bits=int(one.header.BitsAllocated))
            # the bits above those stored are ours to judge: they may hold the padding value
            dataset.pixel_array_options(correct_unused_bits=False)
            pixels = dataset.pixel_array
    except BadInput as error:
        raise error.about(one.name) from error
    except faults_of_input() as error:
        raise as_bad_input(error, "bad_pixels", "its pixels cannot be decoded").about(one.name) from error
    if pixels.shape != (rows, columns):
        raise BadInput("bad_pixels", "its pixels do not have the size its header says", source=one.name)
    try:
        return hounsfield.to_hounsfield(pixels, one.header)
    except BadInput as error:
        raise error.about(one.name) from error


def decode_stack(slices: Sequence[Slice], geometry: VolumeGeometry) -> DecodedStack:
    """Decode every slice into one volume. Raises as ``decode``."""
    decode(slices[0])  # what its header claims is held against its pixels before memory is asked for all
    array = np.empty(geometry.shape, dtype=np.int16, order="F")
    stray = amid = amid_slices = 0
    for k, one in enumerate(slices):
        decoded = decode(one)
        array[:, :, k] = decoded.hu
        stray += decoded.stray_bits
        amid += decoded.padding_amid
        amid_slices += decoded.padding_amid > 0
    return DecodedStack(Volume(geometry, array), stray, amid, amid_slices)
