"""One slice of a CT series as its header describes it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from backend.science.text import printable
from backend.science.volume import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One CT slice: where its file is, what the header says, and its place in the patient (LPS mm).

    ``pixel_spacing`` is between rows, then between columns (mm); ``size`` columns, then rows.
    """

    path: Path
    name: str
    header: Dataset
    position: FloatArray
    orientation: FloatArray
    pixel_spacing: tuple[float, float]
    size: tuple[int, int]

    @property
    def normal(self) -> FloatArray:
        """Unit vector from slice to slice."""
        normal: FloatArray = np.cross(self.orientation[:3], self.orientation[3:])
        return normal / np.linalg.norm(normal)

    @property
    def label(self) -> str:
        """The file's own name, fit to be shown."""
        return printable(self.name.rpartition("/")[2])

    def text(self, keyword: str) -> str:
        """A header's value as text, empty where it is absent."""
        value = self.header.get(keyword)
        return "" if value is None else str(value).strip()

    def number(self, keyword: str) -> float | None:
        """A header's value as a finite number; None where it is none."""
        try:
            value = float(self.header.get(keyword))
        except (TypeError, ValueError, OverflowError):
            return None
        return value if math.isfinite(value) else None
