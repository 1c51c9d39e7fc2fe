"""Single frames of a DICOM object, as WADO-RS gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from backend.common.errors import Invalid, NotFound

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def frames_of(made: Dataset, asked: str) -> list[bytes]:
    """The pixels of the frames in ``asked`` (numbers from 1, with commas).

    Frames of single bits are packed one by one, the first pixel in the lowest bit.

    Raises
    ------
    Invalid, NotFound
        ``asked`` holds no numbers; the object has no such frame, or no pixels.
    """
    words = asked.split(",")
    if not all(word.isascii() and word.isdigit() for word in words):
        raise Invalid("invalid", "Frames are numbers from 1, with commas between them.")
    if "PixelData" not in made:
        raise NotFound
    size = int(made.Rows) * int(made.Columns)
    bits = int(made.BitsAllocated)
    total = int(made.get("NumberOfFrames", 1))
    numbers = [int(word) for word in words]
    if not all(1 <= number <= total for number in numbers):
        raise NotFound
    if bits == 1:
        flat = np.unpackbits(np.frombuffer(made.PixelData, np.uint8), bitorder="little")
        return [
            np.packbits(flat[(number - 1) * size : number * size], bitorder="little").tobytes()
            for number in numbers
        ]
    length = size * bits // 8
    return [made.PixelData[(number - 1) * length : number * length] for number in numbers]
