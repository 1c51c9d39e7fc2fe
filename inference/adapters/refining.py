"""Refinement as a process that stays: the site's web process has no torch, and loading it takes seconds.

`python -m inference.adapters.refining` reads one request as a line of JSON from standard input, writes one
line of JSON to standard output, and ends when its input ends or nothing is asked for `IDLE_SECONDS`. A
request: ``{"ct": path, "mask": path of raw uint8 (first axis fastest), "shape", "affine_ras_mm", "label",
"weights": path or null, "clicks": [[x, y, z, positive], ...]}`` with points in RAS mm. The answer:
``{"origin", "shape", "inside": base64 of packed bits, "seconds"}``, or ``{"code", "message"}`` for what
cannot be done.
"""

from __future__ import annotations

import base64
import json
import select
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from backend.science.errors import BadInput
from backend.science.formats.nifti import read_volume
from backend.science.volume import Mask, Volume, VolumeGeometry
from inference.errors import EngineUnavailable
from inference.refine import Click, Looks, refine_vertebra
from inference.weights import DIRECTORY, WeightSet, find_weights

IDLE_SECONDS = 900.0
_looks = Looks()


@lru_cache(maxsize=2)
def _volume(path: Path) -> Volume:
    """The CTs of the last two cases, since a rater clicks several times on one."""
    return read_volume(path)


@lru_cache(maxsize=4)
def _weights(path: Path) -> WeightSet:
    return find_weights(path)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Carry out one request."""
    try:
        geometry = VolumeGeometry(tuple(request["shape"]), np.array(request["affine_ras_mm"], float))
        voxels = np.fromfile(request["mask"], np.uint8).reshape(geometry.shape, order="F")
        clicks = [Click((x, y, z), bool(positive)) for x, y, z, positive in request["clicks"]]
        refined = refine_vertebra(
            _volume(Path(request["ct"])),
            Mask(geometry, voxels),
            int(request["label"]),
            clicks,
            weights=_weights(Path(request["weights"] or DIRECTORY)),
            looks=_looks,
        )
    except BadInput as error:
        return {"code": error.code, "message": error.message}
    except EngineUnavailable as error:
        return {"code": "engine_not_at_hand", "message": str(error)}
    packed = np.packbits(refined.inside.ravel(order="F")).tobytes()
    return {
        "origin": list(refined.origin),
        "shape": list(refined.inside.shape),
        "inside": base64.b64encode(packed).decode(),
        "seconds": refined.seconds,
    }


def main() -> int:
    """Answer until the input ends."""
    while select.select([sys.stdin], [], [], IDLE_SECONDS)[0]:
        line = sys.stdin.readline()
        if not line:
            break
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
