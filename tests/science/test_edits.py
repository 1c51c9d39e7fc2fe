from __future__ import annotations

import hashlib
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from backend.science import edits
from backend.science.errors import BadInput

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6))
MASKS = SHAPES.flatmap(
    lambda shape: hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 0, 0, 19, 28, 20]))
)
PAIRS = SHAPES.flatmap(
    lambda shape: st.tuples(*(hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 255])),) * 2)
)


@given(MASKS, st.booleans())
def test_a_mask_comes_back_as_it_was(mask: np.ndarray, fortran: bool) -> None:
    payload = edits.encode_mask(np.asfortranarray(mask) if fortran else mask)
    assert np.array_equal(edits.decode_mask(payload, shape=mask.shape), mask)


@given(PAIRS)
def test_a_delta_turns_one_mask_into_the_other_and_counts_the_voxels(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    before, after = pair
    delta = edits.decode(edits.encode_delta(before, after))
    edited = before.copy()
    assert edits.apply(edited, delta) == int((before != after).sum())
    assert np.array_equal(edited, after)
    assert delta.ks == [k for k in range(before.shape[2]) if (before[:, :, k] != after[:, :, k]).any()]


@given(PAIRS)
def test_updating_the_digests_of_changed_slices_equals_hashing_everything(
    pair: tuple[np.ndarray, np.ndarray],
) -> None:
    before, after = pair
    digests = edits.update_slice_digests(
        edits.slice_digests(before), after, edits.changed_slices(before, after)
    )
    assert digests == edits.slice_digests(after)
    assert edits.tree_digest(digests) == edits.mask_digest(after)


def test_the_bytes_are_those_of_the_written_format() -> None:
    mask = np.zeros((2, 3, 4), dtype=np.uint8)
    mask[1, 0, 2] = 20  # the second voxel of slice 2, first axis fastest
    mask[0, 1, 2] = 20
    expected = b"VBD1" + struct.pack("<4I", 2, 3, 4, 1) + struct.pack("<2I", 2, 3)
    expected += struct.pack("<3I", 1, 2, 3) + bytes([0, 20, 0])
    assert zlib.decompress(edits.encode_mask(mask)) == expected
    assert np.array_equal(edits.decode_mask(zlib.compress(expected)), mask)


def test_the_tree_digest_is_over_x_fastest_slices() -> None:
    mask = np.arange(24, dtype=np.uint8).reshape((2, 3, 4))
    slices = [bytes(int(mask[i, j, k]) for j in range(3) for i in range(2)) for k in range(4)]
    tree = hashlib.sha256(b"".join(hashlib.sha256(plane).digest() for plane in slices)).hexdigest()
    assert edits.mask_digest(mask) == edits.mask_digest(np.asfortranarray(mask)) == tree


def test_an_empty_delta_changes_nothing() -> None:
    mask = np.ones((2, 2, 2), dtype=np.uint8)
    assert edits.apply(mask, edits.decode(edits.encode_slices(mask, []))) == 0


def _payload(
    body: bytes, *, magic: bytes = b"VBD1", shape: tuple[int, int, int] = (2, 2, 2), n_slices: int = 1
) -> bytes:
    return zlib.compress(magic + struct.pack("<4I", *shape, n_slices) + body)


def _slice(k: int, runs: list[tuple[int, int]], n_runs: int | None = None) -> bytes:
    lengths = b"".join(struct.pack("<I", length) for length, _ in runs)
    return (
        struct.pack("<2I", k, len(runs) if n_runs is None else n_runs) + lengths + bytes(v for _, v in runs)
    )


GOOD = _payload(_slice(0, [(4, 1)]))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"VBD1",
        zlib.compress(b"VBD1"),
        GOOD[:-3],
        GOOD + b"x",
        _payload(_slice(0, [(4, 1)]), magic=b"VBD2"),
        _payload(_slice(0, [(4, 1)]), shape=(0, 2, 2)),
        _payload(b"", shape=(8192, 8192, 8192), n_slices=0),
        _payload(_slice(2, [(4, 1)])),
        _payload(_slice(0, [(3, 1)])),
        _payload(_slice(0, [(5, 1)])),
        _payload(_slice(0, [(4, 1), (0, 2)])),
        _payload(_slice(0, [(2**32 - 1, 1), (5, 1)])),
        _payload(_slice(0, [])),
        _payload(_slice(0, [(4, 1)], n_runs=2)),
        _payload(_slice(0, [(4, 1)], n_runs=2**31)),
        _payload(_slice(1, [(4, 1)]) + _slice(0, [(4, 1)]), n_slices=2),
        _payload(_slice(0, [(4, 1)]) * 2, n_slices=2),
        _payload(_slice(0, [(4, 1)]) + b"left over"),
        _payload(_slice(0, [(4, 1)]), n_slices=2),
        _payload(_slice(0, [(4, 1)]), n_slices=2**31),
    ],
)
def test_anything_else_is_refused(payload: bytes) -> None:
    with pytest.raises(BadInput) as refusal:
        edits.decode(payload)
    assert refusal.value.code == "bad_slices"


@given(st.binary(max_size=200))
def test_random_bytes_inside_a_good_header_never_break_it(body: bytes) -> None:
    try:
        delta = edits.decode(_payload(body))
    except BadInput:
        return
    assert len(delta.slices) == 1


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    bomb = zlib.compress(b"VBD1" + struct.pack("<4I", 2, 2, 2, 1) + bytes(50_000_000), 1)
    tracemalloc.start()
    with pytest.raises(BadInput):
        edits.decode(bomb)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 2_000_000


def test_slices_of_another_grid_are_refused_and_change_nothing() -> None:
    mask = np.zeros((3, 2, 2), dtype=np.uint8)
    with pytest.raises(BadInput, match="2x2x2, not 3x2x2"):
        edits.decode(GOOD, shape=(3, 2, 2))
    with pytest.raises(BadInput) as refusal:
        edits.apply(mask, edits.decode(GOOD))
    assert refusal.value.code == "other_grid"
    assert not mask.any()


def test_500_slices_encode_in_a_tenth_of_a_second() -> None:
    mask = np.zeros((200, 300, 500), dtype=np.uint8, order="F")
    for index, label in enumerate(range(5, 25)):
        mask[60:140, 100:200, 25 * index : 25 * index + 23] = label
        mask[80:110, 120:150, 25 * index : 25 * index + 23] = 0
    best = min(_seconds(lambda: edits.encode_mask(mask)) for _ in range(5))
    assert best < 0.1
    assert len(edits.encode_mask(mask)) < 100_000


def _seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
