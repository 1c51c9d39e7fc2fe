"""One thing to look at in a mask, and the codes that it may have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["info", "warning", "error"]

# every code that check_mask may find, in the order in which rules are listed
FINDING_CODES = (
    "empty_mask",
    "unknown_label",
    "orientation",
    "order",
    "duplicate",
    "missing_level",
    "islands",
    "holes",
    "sideways",
    "distance",
    "size",
    "impossible_size",
    "arch",
    "centre_outside",
    "outside_bone",
    "in_air",
    "cut_off",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. ``voxel`` is a place to jump to, an index into the mask's own array."""

    code: str
    severity: Severity
    message: str
    label: int | None = None
    voxels: int | None = None
    voxel: tuple[int, int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """For JSON: code, severity, sentence, label and place."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "label": self.label,
            "voxels": self.voxels,
            "voxel": None if self.voxel is None else list(self.voxel),
        }
