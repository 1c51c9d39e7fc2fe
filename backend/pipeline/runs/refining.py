"""Refining one vertebra by clicks, in a helper process that stays (this one loads no torch)."""

from __future__ import annotations

import base64
import contextlib
import json
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from backend.common.errors import Unavailable
from backend.common.storage import local_path
from backend.imaging.models import Volume
from backend.imaging.selectors import geometry_of
from backend.pipeline.models import ModelFramework
from backend.pipeline.registry.model_folders import model_folder
from backend.pipeline.registry.selectors import current_model
from backend.science.errors import BadInput
from backend.science.volume import MaskArray

TIMEOUT_SECONDS = 60.0  # the first call loads the network


class RefinerNotAtHand(Unavailable):
    code = "refiner_not_at_hand"
    message = "The engine that refines cannot be reached just now. Try again in a moment."


@dataclass(frozen=True, slots=True)
class VoxelClick:
    """A voxel that belongs to the vertebra, or does not."""

    voxel: tuple[int, int, int]
    positive: bool


class _Helper:
    """The process, started when it is first needed and again after it ended; one question at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            for attempt in range(2):  # it may have ended because nobody asked for long
                try:
                    return self._exchange(question)
                except OSError:
                    self._end()
                    if attempt == 1:
                        raise RefinerNotAtHand from None
        raise RefinerNotAtHand

    def _exchange(self, question: dict[str, Any]) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], TIMEOUT_SECONDS)[0]:
            self._end()
            raise RefinerNotAtHand
        line = process.stdout.readline()
        if not line:
            raise BrokenPipeError
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", settings.VERTEBASE_REFINER],
                cwd=settings.ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            self._process = None


_helper = _Helper()


def refined_mask(*, volume: Volume, mask: MaskArray, label: int, clicks: Sequence[VoxelClick]) -> MaskArray:
    """A copy of ``mask`` in which the vertebra ``label`` follows the clicks; other vertebrae lose nothing.

    Raises
    ------
    BadInput, RefinerNotAtHand
        a click is too far away or there is none (in words); the helper cannot be started or takes too long.
    """
    geometry = geometry_of(volume)
    model = current_model(volume.series.project)
    own = model_folder(model) if model is not None and model.framework == ModelFramework.TORCH else None
    points = geometry.voxel_to_ras_mm([click.voxel for click in clicks]) if clicks else np.empty((0, 3))
    scratch = Path(settings.VERTEBASE_VAR) / "scratch"
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".mask") as file:
        file.write(mask.tobytes(order="F"))
        file.flush()
        answer = _helper.ask(
            {
                "ct": str(local_path(volume.nifti, suffix=".nii.gz")),
                "mask": file.name,
                "shape": list(geometry.shape),
                "affine_ras_mm": geometry.affine_ras_mm.tolist(),
                "label": label,
                "weights": str(own) if own is not None else None,
                "clicks": [
                    [*map(float, point), click.positive] for point, click in zip(points, clicks, strict=True)
                ],
            }
        )
    if "code" in answer:
        raise BadInput(answer["code"], answer["message"])
    return _placed(mask, label, answer)


def _placed(mask: MaskArray, label: int, answer: dict[str, Any]) -> MaskArray:
    shape = tuple(int(n) for n in answer["shape"])
    bits = np.unpackbits(
        np.frombuffer(base64.b64decode(answer["inside"]), np.uint8), count=int(np.prod(shape))
    )
    inside = bits.reshape(shape, order="F").astype(bool)
    box = tuple(slice(int(a), int(a) + n) for a, n in zip(answer["origin"], shape, strict=True))
    after = mask.copy(order="F")
    crop = after[box]
    crop[(crop == label) & ~inside] = 0
    crop[(crop == 0) & inside] = label
    return after
