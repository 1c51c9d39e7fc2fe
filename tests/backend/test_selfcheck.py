"""What stops a release before it is frozen."""

from __future__ import annotations

from typing import Any

import nibabel as nib
import numpy as np
import pytest

from backend.releases.errors import SelfCheckFailed
from backend.releases.selfcheck import FREE_TEXT, check_centroids, check_headers, check_labels
from tests.backend import factories

LOADED: Any = nib  # nibabel comes without types
MASK = factories.block_mask()


def centroids(**moved: float) -> list[dict[str, Any]]:
    found = []
    for label in (20, 21):
        middle = np.argwhere(label == MASK).mean(axis=0)
        found.append({"label": label, **dict(zip("XYZ", map(float, middle), strict=True))})
    return [found[0] | moved, found[1]]


def test_a_centroid_lies_in_its_vertebra_and_every_vertebra_has_one() -> None:
    check_centroids("a.json", centroids(), MASK)
    for axis in "XYZ":
        for far in (-5.0, 500.0):
            with pytest.raises(SelfCheckFailed, match="centroid of L1 outside"):
                check_centroids("a.json", centroids(**{axis: far}), MASK)
    with pytest.raises(SelfCheckFailed, match="does not list"):
        check_centroids("a.json", centroids()[1:], MASK)


def test_a_number_that_is_no_vertebra_stops_it() -> None:
    check_labels("a.nii.gz", MASK)
    wrong = MASK.copy(order="F")
    wrong[0, 0, 0] = 99
    with pytest.raises(SelfCheckFailed, match="the label 99"):
        check_labels("a.nii.gz", wrong)


@pytest.mark.parametrize("name", FREE_TEXT)
def test_words_in_a_header_stop_it(name: str) -> None:
    image = LOADED.Nifti1Image(MASK, np.eye(4))
    check_headers({"a.nii.gz": image})
    image.header[name] = b"Doe^Jane"
    with pytest.raises(SelfCheckFailed, match=name):
        check_headers({"a.nii.gz": image})


def test_only_the_words_that_a_header_is_to_hold_may_be_in_it() -> None:
    image = LOADED.Nifti1Image(MASK, np.eye(4))
    said = {"a.nii.gz": "Share of raters"}
    with pytest.raises(SelfCheckFailed, match="descrip"):
        check_headers({"a.nii.gz": image}, said)
    image.header["descrip"] = b"Share of raters"
    check_headers({"a.nii.gz": image}, said)
    image.header["descrip"] = b"Share of raters Doe^Jane"
    with pytest.raises(SelfCheckFailed, match="descrip"):
        check_headers({"a.nii.gz": image}, said)
    image.header["descrip"], image.header["aux_file"] = b"Share of raters", b"Share of raters"
    with pytest.raises(SelfCheckFailed, match="aux_file"):
        check_headers({"a.nii.gz": image}, said)


def test_an_extension_of_a_header_stops_it() -> None:
    image = LOADED.Nifti1Image(MASK, np.eye(4))
    image.header.extensions.append(LOADED.nifti1.Nifti1Extension("comment", b"Jane"))
    with pytest.raises(SelfCheckFailed, match="an extension"):
        check_headers({"a.nii.gz": image})
