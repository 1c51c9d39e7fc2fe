"""What is worth telling of a CT when it comes in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from backend.science import hu_values
from backend.science.formats.hounsfield import (
    is_called_a_map,
    is_modified,
    lacks_rescale,
    names_no_known_unit,
)
from backend.science.formats.nifti_grid import Remark
from backend.science.formats.pixels import DecodedStack
from backend.science.formats.series_key import Part
from backend.science.formats.stack import Stack
from backend.science.volume import Volume

Severity = Literal["info", "warning", "error"]
Check = dict[str, str]

_THICK_MM = 3.0
_OBLIQUE_COSINE = 0.999


def volume_checks(original: Volume, working: Volume) -> list[Check]:
    """What the grids and the voxels tell, before and after the reduction. Raises ``BadInput``
    (not_hounsfield) for voxels that cannot be a CT's."""
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
    doubt = hu_values.doubt(hu_values.require_hounsfield_values(original.array))
    if doubt:
        checks.append(check("hu_doubtful", "warning", f"{doubt}: the values may not be Hounsfield units"))
    return checks


def stack_checks(part: Part, stack: Stack) -> list[Check]:
    """How the slices of a series came together, and what their headers say of their unit."""
    checks = []
    headers = [one.header for one in stack.slices]
    if part.differs:
        message = f"the series held several stacks, parted by {', '.join(part.differs)}: this is one of them"
        checks.append(check("separated", "warning", message))
    if part.joined:
        message = "each file named a series of its own: joined by patient, frame of reference and grid"
        checks.append(check("joined", "warning", message))
    if stack.duplicates:
        count = len(stack.duplicates)
        checks.append(check("duplicate_slices", "info", f"{count} slices were there twice: taken once"))
    if any(map(lacks_rescale, headers)):
        message = "the headers give no slope and intercept: stored values were taken as Hounsfield units"
        checks.append(check("no_rescale", "warning", message))
    if any(map(is_modified, headers)):
        message = "a material was taken out by calculation: values are not those that were measured"
        checks.append(check("modified_hu", "warning", message))
    if any(map(names_no_known_unit, headers)):
        message = "RescaleType (0028,1054) names no known unit: the values may not be Hounsfield units"
        checks.append(check("unknown_unit", "warning", message))
    if any(map(is_called_a_map, headers)):
        message = "the series is described as a map of something else than Hounsfield units"
        checks.append(check("called_a_map", "warning", message))
    return checks


def decoding_checks(decoded: DecodedStack) -> list[Check]:
    """What was left out of the pixels, or left as it is though the header says otherwise."""
    checks = []
    if decoded.stray_bits:
        message = f"{decoded.stray_bits} pixels held something above the stored bits (an overlay): left out"
        checks.append(check("stray_bits", "info", message))
    if decoded.padding_amid:
        where = f"{decoded.padding_amid} pixels in {decoded.padding_amid_slices} slices"
        message = f"the padding value lies amid the patient's values ({where}): it was not applied there"
        checks.append(check("padding_amid_values", "warning", message))
    return checks


def remark_checks(remarks: Iterable[Remark]) -> list[Check]:
    """What a reader said of a file, as checks."""
    return [check(remark.code, "warning", remark.message) for remark in remarks]


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
