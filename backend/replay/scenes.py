"""The recipe's series as files: a zip of DICOM slices with the mask that an engine might have made of it.

The truth stays behind, beside the zips: bots look there where a person would look at the picture.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from backend.replay import calibration, dicom, hands
from backend.replay.recipe import PatientPlan, Recipe, SeriesPlan
from backend.science.formats.nifti import mask_bytes
from backend.science.labels import name_of
from backend.science.volume import Mask, MaskArray, Volume, VolumeGeometry

SPACING_MM = 2.5
NOISE_HU = 12.0
SAME_PLACE_MM = 0.01
AT_ONCE = 2
MORE_ROOM = 8  # voxels on both sides, where a vertebra reaches the border


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of one series once it is made: its grid tells which it is."""

    number: int
    shape: tuple[int, int, int]
    origin_ras_mm: tuple[float, float, float]


class Scenes:
    """The scenes of a recipe in a folder."""

    def __init__(self, folder: Path, recipe: Recipe, synthesis: str) -> None:
        self.uploads, self._truth = folder / "scans", folder / "truth"
        self._recipe, self._synthesis = recipe, synthesis
        self._plans = {series.number: (patient, series) for patient, series in recipe.series()}
        self._scenes: dict[int, Scene] = {}

    def make(self, tell: Callable[[int, int], None]) -> None:
        """Make what is missing, two at a time. Broken off, it goes on where it was."""
        self.uploads.mkdir(parents=True, exist_ok=True)
        self._truth.mkdir(parents=True, exist_ok=True)
        wanted = [number for number in self._plans if not self._note(number).exists()]
        done = len(self._plans) - len(wanted)
        tell(done, len(self._plans))
        if not wanted:
            return
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(name, "1")  # two processes are enough; read when they start
        with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
            running = [pool.submit(make_scene, *self._asked(number)) for number in wanted]
            for one in as_completed(running):
                one.result()
                done += 1
                tell(done, len(self._plans))

    def _asked(self, number: int) -> tuple[Any, ...]:
        patient, series = self._plans[number]
        return patient, series, self._recipe.seed, self._synthesis, self.uploads, self._note(number)

    def _note(self, number: int) -> Path:
        return self._truth / f"{number:03d}.json"

    def plan(self, number: int) -> tuple[PatientPlan, SeriesPlan]:
        """Patient and series of a number."""
        return self._plans[number]

    def find(self, shape: Iterable[int], affine: Any) -> int:
        """The number of the series with this grid. Raises ``LookupError``."""
        if not self._scenes:
            self._scenes = {number: _read(self._note(number)) for number in self._plans}
        origin = np.asarray(affine, float)[:3, 3]
        for scene in self._scenes.values():
            near = float(np.abs(origin - scene.origin_ras_mm).max()) < SAME_PLACE_MM
            if near and tuple(shape) == scene.shape:
                return scene.number
        raise LookupError(f"no scene of the recipe has this grid: {tuple(shape)} at {origin.round(2)}")

    def truth(self, number: int) -> MaskArray:
        """The mask as it should be."""
        return _truth(self._truth / f"{number:03d}.npz").copy(order="F")


@lru_cache(maxsize=24)
def _truth(path: Path) -> MaskArray:
    with np.load(path) as stored:
        return np.asfortranarray(stored["mask"])


def _read(note: Path) -> Scene:
    told = json.loads(note.read_text("utf-8"))
    i, j, k = told["shape"]
    x, y, z = told["origin_ras_mm"]
    return Scene(told["number"], (i, j, k), (x, y, z))


def make_scene(
    patient: PatientPlan, series: SeriesPlan, seed: int, synthesis: str, uploads: Path, note: Path
) -> None:
    """Draw one series, write its zip and its truth, and note last that it is there."""
    made = _phantom(patient, series, seed, synthesis)
    delivered = hands.delivered(made.mask.array, seed=seed + series.number)
    _write_zip(uploads, patient, series, made.volume, Mask(made.mask.geometry, delivered))
    np.savez_compressed(note.with_suffix(".npz"), mask=made.mask.array)
    geometry: VolumeGeometry = made.volume.geometry
    told = {
        "number": series.number,
        "shape": list(geometry.shape),
        "origin_ras_mm": [float(v) for v in geometry.affine_ras_mm[:3, 3]],
    }
    part = note.with_suffix(".part")
    part.write_text(json.dumps(told), "utf-8")
    part.replace(note)


def _phantom(patient: PatientPlan, series: SeriesPlan, seed: int, synthesis: str) -> Any:
    generator: Any = import_module(synthesis)
    material = series.material
    return _whole(
        generator.make_phantom,
        generator.PhantomSpec(
            seed=1000 * seed + series.number,
            first=name_of(series.labels[0]),
            last=name_of(series.labels[-1]),
            spacing_mm=(SPACING_MM,) * 3,
            blur_mm=0.8,
            noise_hu=NOISE_HU,
            fractures=dict(series.fractures),
            trabecular_hu=calibration.hu_of(patient),
            contrast=patient.contrast != "none",
            screws=tuple(label for label, kind in material.items() if kind == "screw_rod"),
            cement=tuple(label for label, kind in material.items() if kind == "pmma"),
        ),
    )


def _whole(draw: Callable[[Any], Any], spec: Any) -> Any:
    """The phantom in a view that cuts no vertebra: the fitted one is too low for some that lean.

    What is cut counts in no table of a release, as in VerSe; the recipe's vertebrae are all whole.
    """
    made = draw(spec)
    while cut := touched(made.mask.array):
        shape = (n + 2 * MORE_ROOM * (axis in cut) for axis, n in enumerate(made.mask.array.shape))
        made = draw(replace(spec, shape=tuple(shape)))
    return made


def touched(mask: MaskArray) -> set[int]:
    """The axes at whose ends a vertebra lies in the outermost voxels."""
    return {axis for axis in range(3) if mask.take([0, -1], axis=axis).any()}


def _write_zip(
    folder: Path, patient: PatientPlan, series: SeriesPlan, volume: Volume, delivered: Mask
) -> None:
    name = f"{patient.name}_{series.number:03d}"
    part = folder / f".{name}.zip"
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for k, content in enumerate(dicom.slices(patient, series, volume)):
            target.writestr(f"{name}/IM{k:04d}.dcm", content)
        target.writestr(f"{name}/{name}_seg-vert_msk.nii.gz", mask_bytes(delivered))
    part.replace(folder / f"{name}.zip")
