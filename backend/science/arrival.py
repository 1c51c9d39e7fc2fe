"""What is worth telling of a CT when it comes in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from backend.science.formats import nifti
from backend.science.volume import Volume

Severity = Literal["info", "warning", "error"]
Check = dict[str, str]

_THICK_MM = 3.0
_OBLIQUE_COSINE = 0.999
_TRANSFORM_TOLERANCE_MM = 1.0


def volume_checks(original: Volume, working: Volume) -> list[Check]:
    """What the grids and the voxels tell, before and after the reduction."""
    geometry = original.geometry
    checks = []
    if working.geometry.shape != geometry.shape:
        before, after = (" x ".join(f"{s:.2f}" for s in g.spacing_mm) for g in (geometry, working.geometry))
        checks.append(check("reduced", "info", f"reduced from {before} mm to {after} mm"))
    if max(geometry.spacing_mm) > _THICK_MM:
        message = f"slices lie {max(geometry.spacing_mm):.1f} mm apart: too coarse for fine corrections"
        checks.append(check("thick_slices", "warning", message))
    if abs(geometry.directions).max(axis=0).min() < _OBLIQUE_COSINE:
        checks.append(check("oblique", "info", "the grid lies oblique to the patient: it is kept so"))
    if int(original.array.min()) > -200:
        message = "no voxel is as light as air: the values may not be Hounsfield units"
        checks.append(check("no_air", "warning", message))
    return checks


def transform_checks(path: Path) -> list[Check]:
    """Whether the two transforms of a NIfTI file agree."""
    off = nifti.transforms_differ_mm(path)
    if off < _TRANSFORM_TOLERANCE_MM:
        return []
    message = f"its two transforms (sform, qform) differ by up to {off:.0f} mm: the sform was followed"
    return [check("transforms_differ", "warning", message)]


def dicom_checks(facts: dict[str, Any]) -> list[Check]:
    """What the allowed facts of the headers tell."""
    checks = []
    if facts.get("lossy_compression"):
        checks.append(check("lossy_compression", "warning", "the slices were compressed with loss"))
    if "DERIVED" in facts.get("image_type", ()):
        checks.append(check("derived", "info", "the slices are a reformation, not the original ones"))
    if facts.get("kernel") == "mixed":
        checks.append(check("mixed_kernels", "warning", "the slices have different kernels"))
    if facts.get("body_part") in ("HEAD", "BRAIN", "HEADNECK"):
        checks.append(face())
    return checks


def face() -> Check:
    """The head is in the picture."""
    return check("face", "warning", "the scan reaches the head: a face may be recognised in it")


def uncertain_identity() -> Check:
    """Nothing tells whose scan it is."""
    message = "the file names no patient: other series of the same patient may not be recognised"
    return check("identity_uncertain", "warning", message)


def check(code: str, severity: Severity, message: str) -> Check:
    """One remark on a series: a stable code, how serious it is, and a sentence."""
    return {"code": code, "severity": severity, "message": message}
