"""The vectors that the front end is tested against are those this code makes."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from backend.science import edits
from tests.contract import vectors


@pytest.fixture(scope="module")
def committed() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(vectors.VECTORS.read_text())
    return loaded


def test_bodies_and_digests_are_as_committed(committed: dict[str, Any]) -> None:
    # Compressed bytes may differ between zlib builds; what they hold may not.
    fresh = vectors.build()["masks"]
    same = [key for key in fresh if not key.endswith("_payload_b64")]
    assert {key: fresh[key] for key in same} == {key: committed["masks"][key] for key in same}


def test_committed_payloads_decode_to_the_committed_masks(committed: dict[str, Any]) -> None:
    masks = committed["masks"]
    mask = edits.decode_mask(base64.b64decode(masks["mask_payload_b64"]), shape=masks["shape"])
    assert mask.tobytes(order="F") == base64.b64decode(masks["before_b64"])
    edits.apply(mask, edits.decode(base64.b64decode(masks["delta_payload_b64"]), shape=masks["shape"]))
    assert mask.tobytes(order="F") == base64.b64decode(masks["after_b64"])
    assert edits.mask_digest(mask) == masks["after_digest"]


def test_geometries_are_as_committed(committed: dict[str, Any]) -> None:
    for fresh, kept in zip(vectors.build()["geometries"], committed["geometries"], strict=True):
        np.testing.assert_allclose(fresh["ras_mm"], kept["ras_mm"], atol=1e-9)
        np.testing.assert_allclose(fresh["spacing_mm"], kept["spacing_mm"], atol=1e-12)
