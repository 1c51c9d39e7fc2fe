"""What is held against each case's files when they are read back, before a release is frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import scipy

from backend.releases.errors import SelfCheckFailed
from backend.science.labels import BY_LABEL, name_of
from backend.science.volume import MaskArray, label_voxels

# Free text of a NIfTI header, in which scanners and converters leave names, dates and paths.
FREE_TEXT = ("descrip", "aux_file", "intent_name", "db_name", "data_type")


def check_headers(images: Mapping[str, Any], descriptions: Mapping[str, str] | None = None) -> None:
    """No header holds words or an extension: nothing in a file may tell whose it is.

    ``descriptions``, by path, are the words that a header is to hold, and no others.

    Raises
    ------
    SelfCheckFailed
    """
    for path, image in images.items():
        for name in FREE_TEXT:
            wanted = (descriptions or {}).get(path, "") if name == "descrip" else ""
            if bytes(image.header[name].tobytes()).strip(b"\0 ") != wanted.encode():
                raise SelfCheckFailed(
                    message=f"{path} has text in its header ({name}), which may name somebody."
                )
        if len(image.header.extensions):
            raise SelfCheckFailed(message=f"{path} has an extension in its header, which may name somebody.")


def check_labels(path: str, mask: MaskArray) -> None:
    """Every number in the mask is one of the table. Raises ``SelfCheckFailed``."""
    unknown = sorted(set(label_voxels(mask)) - set(BY_LABEL))
    if unknown:
        raise SelfCheckFailed(message=f"{path} has the label {unknown[0]}, which is no vertebra.")


def check_centroids(path: str, entries: Sequence[Mapping[str, Any]], mask: MaskArray) -> None:
    """One centroid for each vertebra of the mask, within the box that the vertebra fills.

    The box, and not the vertebra itself: that of a burst body may lie in a gap.

    Raises
    ------
    SelfCheckFailed
    """
    if {entry["label"] for entry in entries} != label_voxels(mask).keys():
        raise SelfCheckFailed(message=f"{path} does not list the vertebrae of the mask.")
    boxes = scipy.ndimage.find_objects(mask)
    for entry in entries:
        box = boxes[entry["label"] - 1]
        point = (entry["X"], entry["Y"], entry["Z"])
        if not all(side.start - 1 <= at <= side.stop for side, at in zip(box, point, strict=True)):
            raise SelfCheckFailed(
                message=f"{path} has the centroid of {name_of(entry['label'])} outside of the vertebra."
            )
