"""The demo's patients: phantoms with known fractures and their mirror images; a neck, metal, an L6."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from backend.science.volume import Mask, Volume, VolumeGeometry

SPACING_MM = 1.5

SPECS: tuple[dict[str, Any], ...] = (
    {"seed": 11, "fractures": {20: ("wedge", 2)}},
    {"seed": 12, "fractures": {21: ("biconcave", 1), 19: ("wedge", 1)}},
    {"seed": 13, "fractures": {22: ("crush", 3)}},
    {"seed": 14, "fractures": {}},
)

# Each once: a neck with the dens, screws and cement round a crushed vertebra, and a sixth lumbar vertebra.
SPECIAL: tuple[dict[str, Any], ...] = (
    {"seed": 21, "first": "C1", "last": "T3", "fractures": {}},
    {"seed": 22, "first": "T11", "screws": (22, 23), "cement": (20,), "fractures": {20: ("crush", 3)}},
    {"seed": 23, "first": "T11", "last": "L6", "variant": "l6", "fractures": {}},
)

NOISE_HU = 6

# sex and age of the phantoms, as invented as they are
_KNOWN = (("F", 74), ("M", 68), ("F", 81), ("M", 59), ("F", 66), ("F", 70), ("M", 47), ("F", 52))
_KNOWN_SPECIAL = (("M", 33), ("F", 77), ("M", 61))
PEOPLE = dict(enumerate((*_KNOWN, *_KNOWN_SPECIAL), start=1))

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Patient:
    """One demo CT: a phantom, or its mirror image, which is another patient."""

    number: int
    volume: Volume
    mask: Mask
    grades: dict[int, tuple[str, int]] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        return f"sub-demo{self.number:03d}"


def make_patients(tell: Tell) -> list[Patient]:
    """Two from each lumbar phantom: it, and its mirror image with other noise (else they were one scan).

    Those that are special come before the last one, which is the engine's to segment.
    """
    patients = _mirrored(tell)
    for number, spec in enumerate(SPECIAL, start=len(patients) + 1):
        volume, mask = phantom(spec, tell)
        patients.insert(-1, Patient(number, volume, mask, spec["fractures"]))
    return patients


def _mirrored(tell: Tell) -> list[Patient]:
    patients: list[Patient] = []
    for number, spec in enumerate(SPECS):
        volume, mask = phantom(spec, tell)
        for mirrored in (False, True):
            step = -1 if mirrored else 1
            array = volume.array[::step]
            if mirrored:
                noise = np.random.default_rng(number).normal(0, NOISE_HU, array.shape)
                array = np.clip(array + noise.round(), -1024, 3071).astype(np.int16)
            patients.append(
                Patient(
                    number=2 * number + mirrored + 1,
                    volume=Volume(volume.geometry, np.asfortranarray(array)),
                    mask=Mask(mask.geometry, np.asfortranarray(mask.array[::step])),
                    grades=spec["fractures"],
                )
            )
    return patients


def phantom(spec: dict[str, Any], tell: Tell) -> tuple[Volume, Mask]:
    """A phantom, kept under the data folder once it is made."""
    cache = Path(settings.VERTEBASE_VAR) / "demo" / f"phantom-{spec['seed']}-{SPACING_MM:g}mm.npz"
    if not cache.exists():
        tell(f"  making phantom {spec['seed']}")
        synthesis: Any = import_module(settings.VERTEBASE_PHANTOM)
        made = synthesis.make_phantom(
            synthesis.PhantomSpec(
                **{"first": "T12", "last": "L5", "spacing_mm": (SPACING_MM,) * 3, "blur_mm": 0.7} | spec
            )
        )
        cache.parent.mkdir(parents=True, exist_ok=True)
        partial = cache.with_suffix(".part.npz")
        np.savez_compressed(
            partial,
            hu=made.volume.array,
            labels=made.mask.array,
            affine_ras_mm=made.volume.geometry.affine_ras_mm,
        )
        partial.replace(cache)
    with np.load(cache) as stored:
        geometry = VolumeGeometry(stored["hu"].shape, stored["affine_ras_mm"])
        return Volume(geometry, stored["hu"]), Mask(geometry, stored["labels"])


def write_participants(folder: Path, patients: list[Patient]) -> Path:
    """The table that tells sex and age of the subjects, as BIDS has it."""
    rows = ["participant_id\tsex\tage"]
    rows += ["\t".join([one.subject, *map(str, PEOPLE[one.number])]) for one in patients]
    path = folder / "participants.tsv"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path
