"""Sizes that a vertebra can have, level by level.

The usual volumes are those of whole vertebrae, arch and processes included, in ml: means over masks of public
data sets, of vertebrae that the image shows whole and that have not collapsed (VerSe gl003 and gl017: C1 to
T5; verse004: T9 to L5 without L1; verse010 and TotalSegmentator's abdomen: L1 to L5; T6 to T8 lie on the line
between T5 and T9). Published of VerSe are 28 ml at T9 to 60 ml at L4 in boxes of up to 96 mm.

What is possible is kept wide on purpose, so that a bound tells a mistake and never a patient. The largest of
these vertebrae holds 1.2 times the mean of its level; twice the mean leaves room for the tallest and for a
mask drawn a voxel too large. A child whose vertebrae are a third as long in each direction holds a
twenty-seventh; half of that is no vertebra.
"""

from __future__ import annotations

from backend.science.labels import BY_LABEL, COCCYX, L6, SACRUM, T13

# C1 to C7, T1 to T12, L1 to L5
_NECK = (18.3, 23.6, 16.2, 15.7, 16.9, 18.7, 23.1)
_CHEST = (29.4, 29.7, 28.1, 30.4, 29.1, 28.9, 28.6, 28.4, 28.2, 31.5, 36.3, 41.3)
_LOIN = (49.1, 55.1, 58.6, 60.8, 60.0)

#: Usual volume of a whole vertebra by label, ml. The sacrum and the coccyx are seldom whole and have none.
USUAL_ML: dict[int, float] = {**dict(enumerate((*_NECK, *_CHEST, *_LOIN), start=1)), L6: 60.0, T13: 45.0}

# of the usual volume, a mask may hold this share at most and, where the image shows it whole, at least
_LARGEST, _SMALLEST = 2.1, 0.02
_LARGEST_ML = {SACRUM: 450.0, COCCYX: 45.0}
_SMALLEST_ML = {SACRUM: 1.5, COCCYX: 0.05}

# Farther than any vertebra reaches along R, A and S; the widest processes span some 105 mm, the longest
# spinous process hangs over less than two levels.
_REACH_MM = {
    "cervical": (115.0, 95.0, 75.0),
    "thoracic": (125.0, 120.0, 90.0),
    "lumbar": (140.0, 130.0, 95.0),
    "sacral": (170.0, 150.0, 190.0),
    "coccygeal": (60.0, 80.0, 90.0),
}


def possible_ml(label: int) -> tuple[float, float]:
    """The least and the most that a whole vertebra of this level can hold, in ml."""
    if label in _LARGEST_ML:
        return _SMALLEST_ML[label], _LARGEST_ML[label]
    return _SMALLEST * USUAL_ML[label], _LARGEST * USUAL_ML[label]


def possible_reach_mm(label: int) -> tuple[float, float, float]:
    """How far a vertebra of this level can reach along R, A and S, in mm."""
    return _REACH_MM[BY_LABEL[label].region]
