"""One run of the pipeline: its stages, what they have found so far, and what they leave for a resumed run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from backend.science.engine_api import StageProgress
from backend.science.errors import BadInput
from backend.science.volume import VolumeGeometry
from inference.certainty import LOOKED_AT_FROM, Certainty, body_features
from inference.judging import KEY as BY_MASK
from inference.judging import judge, wanted
from inference.patches import PATCH_SPACING_MM, WIDE_SPACING_MM, Float32, FloatArray
from inference.prepare import Prepared
from inference.sampling import IsoGrid, make_isotropic
from inference.stages.secondlook import (
    can_be_turned,
    in_view,
    shows_more,
    turn_deg,
    turned_field,
    upright_frame,
)
from inference.stance import turns
from inference.store import Entry, StageStore, array_digest, digest_of
from inference.weights import WeightSet

if TYPE_CHECKING:
    from inference.runtime import Runtime
    from inference.stages.fuse import Fused
    from inference.stages.label import Naming
    from inference.stages.localise import Candidate, Localisation
    from inference.stages.segment import Patch


@dataclass(frozen=True)
class Context:
    """What the stages have found so far; each stage adds its part."""

    prepared: Prepared
    wide: Float32 | None = None
    found: Localisation | None = None
    naming: Naming | None = None
    certainty: tuple[float, ...] | None = None
    turned_deg: float = 0.0  # by which the field was turned in which the bodies were found
    centres: Mapping[int, FloatArray] = field(default_factory=dict)
    turns: Mapping[int, FloatArray] = field(default_factory=dict)
    patches: Mapping[int, Patch] = field(default_factory=dict)
    fused: Fused | None = None


@dataclass(frozen=True)
class Done:
    """A stage's outcome: the context with its part, a digest of that part, and whether it was kept from an
    earlier run."""

    context: Context
    digest: str
    reused: bool = False


def named_centres(context: Context) -> dict[int, FloatArray]:
    """The named body centres on the 1.5 mm grid."""
    assert context.found is not None
    assert context.naming is not None
    coarse, fine = context.found.grid, IsoGrid(context.prepared.volume.geometry, PATCH_SPACING_MM)
    named = zip(context.naming.labels, context.naming.candidates, strict=True)
    return {label: fine.from_source(coarse.to_source(candidate.centre)) for label, candidate in named}


def looked_at(
    labels: Sequence[int], certainty: Sequence[float] | None, about: Mapping[str, Any]
) -> list[int]:
    """The labels of those bodies that are segmented: all of a chain that may be a spine where their masks
    will be judged, else those that are sure."""
    if not certainty or about.get(BY_MASK) is None:
        return wanted(labels, certainty)
    return list(labels) if float(np.mean(certainty)) >= LOOKED_AT_FROM else []


def given_centres(geometry: VolumeGeometry, given: Mapping[Any, Any]) -> dict[int, FloatArray]:
    """Centres from a request (label -> RAS mm) on the 1.5 mm grid. Raises `BadInput` where one lies outside
    the image."""
    grid, out = IsoGrid(geometry, PATCH_SPACING_MM), {}
    for label, point in given.items():
        voxel = geometry.ras_mm_to_voxel(np.asarray(point, float))
        # Written so that a coordinate that is not a number counts as outside.
        if not ((voxel >= -0.5) & (voxel <= np.array(geometry.shape) - 0.5)).all():
            raise BadInput("centroid_outside", f"the centre given for label {label} lies outside the image")
        out[int(label)] = grid.from_source(voxel)
    return out


class Run:
    """One run's networks, clock, digests and kept stages."""

    def __init__(
        self,
        weights: WeightSet,
        options: Mapping[str, Any],
        work_dir: Path,
        progress: Callable[[StageProgress], None],
        cancelled: Callable[[], bool],
    ) -> None:
        import torch

        from inference.devices import choose
        from inference.runtime import Runtime, has_fast_bf16

        chosen = choose(
            str(options.get("device", "cpu")), processor_only=bool(options.get("processor_only", False))
        )
        self.device = chosen.device
        torch.set_num_threads(int(options.get("threads", os.cpu_count() or 1)))
        mixed = bool(options.get("mixed_precision", self.device != "cpu" or has_fast_bf16()))
        self.runtime: Runtime = Runtime(self.device, mixed, cancelled)
        self.runtime.retreat.notes.extend(chosen.notes)
        self.weights, self.progress, self.store = weights, progress, StageStore(work_dir)
        self.looks = 1 if options.get("quick", False) else 2
        self.image_digest = ""
        self.records: list[dict[str, Any]] = []

    @property
    def ran_on(self) -> str:
        """The device, and what took over where its memory was too small."""
        return self.device if self.runtime.current == self.device else f"{self.device}, then cpu"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The device for this run alone, as long as the block runs."""
        from inference.devices import turn_on

        with turn_on(self.device, self.runtime.cancelled):
            yield

    def stage(self, name: str, work: Callable[[Context, Runtime], Done], context: Context) -> Context:
        """Run one stage with its clock, its progress and the digest of what it made."""
        began = time.monotonic()
        runtime = replace(self.runtime, tell=lambda part: self.progress(StageProgress(name, min(part, 0.99))))
        runtime.check(0.0)
        done = work(context, runtime)
        seconds = round(time.monotonic() - began, 3)
        self.records.append({"name": name, "seconds": seconds, "digest": done.digest, "reused": done.reused})
        message = "reused" if done.reused else ""
        self.progress(StageProgress(name, 1.0, message=message, seconds=seconds, digest=done.digest))
        return done.context

    def _key(self, network: str, *more: object) -> str:
        """The key of a stage's result: the image, the weights, how they are run, and what else matters."""
        geometry = [self.image_digest, self.weights.files[network].sha256, self.device]
        return digest_of([*geometry, self.runtime.mixed_precision, *more])

    def identify(self, context: Context) -> None:
        """Take the digest of the image, on which all results depend."""
        volume = context.prepared.volume
        affine = np.round(volume.geometry.affine_ras_mm, 6).tolist()
        self.image_digest = digest_of([array_digest(volume.array), affine])

    def localise(self, context: Context, runtime: Runtime) -> Done:
        """Stage 1."""
        from inference.loading import load_network
        from inference.stages.localise import localise, restore

        volume = context.prepared.volume
        grid = IsoGrid(volume.geometry, WIDE_SPACING_MM)
        image = make_isotropic(volume.array, grid)
        key = self._key("localise")
        kept = self.store.load("localise", key)
        if kept is None:
            network = load_network(self.weights.files["localise"], self.device)
            found = localise(image, grid, network, runtime)
            self.store.save("localise", key, Entry(found.arrays(), {}))
        else:
            found = restore(grid, kept.arrays)
        return Done(replace(context, wide=image, found=found), array_digest(found.vertebra), kept is not None)

    def label(self, context: Context, runtime: Runtime) -> Done:
        """Stage 2. A steep spine is looked at once more, turned; its names are told from how it lies."""
        context, kept = self._named(context, runtime, "label")
        again = self._turned(context, runtime)
        if again is not None and shows_more(again.certainty or (), context.certainty or ()):
            bodies = self._as_it_lies(again)
            lying, _ = self._named(context, runtime, "label_again", bodies)
            context = replace(lying, certainty=again.certainty, turned_deg=again.turned_deg)
        naming, told = context.naming, context.certainty
        assert naming is not None
        digest = digest_of([naming.labels, naming.confidence])
        centres, chosen = named_centres(context), looked_at(naming.labels, told, self.weights.about)
        context = replace(context, centres={label: centres[label] for label in chosen})
        return Done(replace(context, turns=turns(centres)), digest, kept)

    def _turned(self, context: Context, runtime: Runtime) -> Context | None:
        """The first two stages once more, in a field turned upright; None where the line is not steep."""
        from inference.loading import load_network
        from inference.stages.localise import localise, restore

        assert context.found is not None
        assert context.wide is not None
        own = context.found.grid
        frame = upright_frame(context.found.line) if can_be_turned(own) else None
        if frame is None or not context.certainty:
            return None
        image, grid = turned_field(context.wide, own, frame)
        key = self._key("localise", array_digest(image))
        kept = self.store.load("localise_turned", key)
        if kept is None:
            found = localise(image, grid, load_network(self.weights.files["localise"], self.device), runtime)
            self.store.save("localise_turned", key, Entry(found.arrays(), {}))
        else:
            found = restore(grid, kept.arrays)
        found = replace(found, line=in_view(found.line, grid, own))
        turned = replace(context, wide=image, found=found, turned_deg=turn_deg(frame))
        return self._named(turned, runtime, "label_turned")[0]

    def _as_it_lies(self, turned: Context) -> tuple[Candidate, ...]:
        """The bodies of the turned look in voxels of the field as it is."""
        from inference.stages.localise import Candidate

        assert turned.found is not None
        assert turned.naming is not None
        own = IsoGrid(turned.prepared.volume.geometry, WIDE_SPACING_MM)
        bodies = turned.naming.candidates
        places = turned.found.grid.to_ras_mm(np.array([body.centre for body in bodies]))
        voxels = own.from_source(own.source.ras_mm_to_voxel(places))
        return tuple(Candidate(voxel, body.score) for voxel, body in zip(voxels, bodies, strict=True))

    def _named(
        self,
        context: Context,
        runtime: Runtime,
        name: str,
        bodies: tuple[Candidate, ...] | None = None,
    ) -> tuple[Context, bool]:
        """The bodies of a look with their names, and how sure each is one; whether that was kept."""
        from inference.loading import load_network
        from inference.stages.label import Naming, label
        from inference.stages.successions import Sureness

        assert context.found is not None
        assert context.wide is not None
        sureness = Sureness.of(self.weights.about)
        digests = [array_digest(context.found.body), array_digest(context.found.levels)]
        given = [[round(float(v), 3) for v in body.centre] for body in bodies or ()]
        key = self._key("label", *digests, sureness.stated() if sureness else None, *given)
        kept = self.store.load(name, key)
        if kept is None:
            network = load_network(self.weights.files["label"], self.device)
            exact = replace(runtime, mixed_precision=False)
            naming = label(context.wide, context.found, network, exact, sureness, bodies)
            self.store.save(name, key, Entry({}, naming.to_json()))
        else:
            naming = Naming.from_json(kept.values)
        certainty = Certainty.of(self.weights.about)
        told = None
        if certainty is not None:
            features = body_features(context.found, naming.candidates, naming.labels)
            told = tuple(float(p) for p in certainty.of_bodies(features))
        return replace(context, naming=naming, certainty=told), kept is not None

    def segment(self, context: Context, runtime: Runtime) -> Done:
        """Stage 3. Each vertebra is kept by itself, so that a stop costs one of them only."""
        from inference.loading import load_network
        from inference.stages.segment import Patch, Place, segment

        if not context.centres:
            return Done(context, digest_of([]))
        grid = IsoGrid(context.prepared.volume.geometry, PATCH_SPACING_MM)
        settle = context.naming is not None  # centres that the request gives stay where they are
        places = {label: Place(centre, context.turns.get(label)) for label, centre in context.centres.items()}
        keys = {
            label: self._key("segment", self.looks, settle, *place.rounded())
            for label, place in places.items()
        }
        patches = {}
        for label, key in keys.items():
            kept = self.store.load(f"segment_{label}", key)
            if kept is not None:
                patches[label] = Patch.restore(grid, kept.arrays)
        missing = {label: place for label, place in places.items() if label not in patches}
        if missing:
            image = context.prepared.volume.array
            network = load_network(self.weights.files["segment"], self.device)
            found = segment(image, grid, missing, network, runtime, settle=settle, looks=self.looks)
            for label, patch in found:
                self.store.save(f"segment_{label}", keys[label], Entry(patch.arrays(), {}))
                patches[label] = patch
        ordered = {label: patches[label] for label in context.centres}
        digest = digest_of([array_digest(look) for patch in ordered.values() for look in patch.looks])
        return Done(judge(replace(context, patches=ordered), self.weights.about), digest, not missing)

    def fuse(self, context: Context, runtime: Runtime) -> Done:
        """Stage 4."""
        from inference.stages.fuse import fuse

        fused = fuse(context.prepared.volume.geometry.shape, context.patches, runtime)
        return Done(replace(context, fused=fused), array_digest(fused.mask))
