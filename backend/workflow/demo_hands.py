"""How the demo's people draw: each change turns a mask into what one person made of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy

from backend.science.volume import MaskArray, label_voxels

Change = Callable[[MaskArray], None]
HANDS = (0.02, 0.03, 0.04)  # how much of a vertebra each rater draws otherwise, as a share of its volume


def mend(truth: MaskArray, label: int) -> Change:
    """Draw one vertebra as it is."""

    def change(mask: MaskArray) -> None:
        mask[mask == label] = 0
        mask[truth == label] = label

    return change


def trace(share: float, *, seed: int) -> Change:
    """A person's own hand: each outline a voxel in or out here and there, in ``share`` of its volume.

    Two hands of shares a and b leave a Dice of 1 - (a + b) / 2 at the least, so no threshold is passed by it.
    """

    def change(mask: MaskArray) -> None:
        box = scipy.ndimage.find_objects(scipy.ndimage.binary_dilation(mask > 0).astype(np.uint8))[0]
        part = mask[box]
        cross = scipy.ndimage.generate_binary_structure(3, 1)
        highest = scipy.ndimage.maximum_filter(part, footprint=cross)
        lowest = scipy.ndimage.minimum_filter(part, footprint=cross)
        noise = scipy.ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(part.shape), 2.0)
        traced = part.copy()
        for label, voxels in label_voxels(part).items():
            count = int(share * voxels / 2)
            outside = np.flatnonzero((part == 0) & (highest == label))
            edge = np.flatnonzero((part == label) & (lowest == 0))
            order = noise.ravel()
            traced.reshape(-1)[outside[np.argsort(order[outside])[:count]]] = label
            traced.reshape(-1)[edge[np.argsort(-order[edge])[:count]]] = 0
        mask[box] = traced

    return change


def overdraw(label: int) -> Change:
    """Draw the front of a vertebra two voxels too wide: a calcified ligament taken for bone."""

    def change(mask: MaskArray) -> None:
        shape = mask == label
        front = np.quantile(np.argwhere(shape)[:, 1], 0.8)
        wider = scipy.ndimage.binary_dilation(shape, iterations=2)
        wider[:, : int(front)] = False
        mask[wider & (mask == 0)] = label

    return change


def shave(label: int) -> Change:
    """Cut off what is hindmost: a spinous process that was missed."""

    def change(mask: MaskArray) -> None:
        where = np.argwhere(mask == label)
        limit = np.quantile(where[:, 1], 0.15)
        behind = where[where[:, 1] < limit]
        mask[tuple(behind.T)] = 0

    return change


def swell(label: int) -> Change:
    """Draw the outline one voxel too wide, into nobody else's voxels."""

    def change(mask: MaskArray) -> None:
        wider = scipy.ndimage.binary_dilation(mask == label)
        mask[wider & (mask == 0)] = label

    return change
