"""Heights of healthy vertebral bodies by level, of which only the ratios between levels are used.

How far each figure was checked: L1-L5 and T12 against tables compiled from the papers, T2 and T9 against an
abstract. The thoracic posterior means are quoted without the paper's table at hand and await that check; they
agree with T12 of the other series, and rise from T9 to L1 by 5.4 percent a level, where Palm et al. (Sci Rep
2025) found 6.5. The lumbar series was preferred to that of the 12 spines as it fits the intact levels of the
sample masks better, so those masks are no independent proof of it.

Posterior heights
    Thoracic: means of 12 spines, Panjabi et al., Spine 1991;16:888. Lumbar: means over 18 studies (1481
    persons), Bonczar et al., Surg Radiol Anat 2024;47:22. The two join at T12 and L1 of the same 12 spines
    (22.7 and 23.8 mm; Panjabi et al., Spine 1992;17:299).
Anterior heights
    As shares of the posterior ones. L1-L5: Bonczar et al. 2024. T12: the median of five series (Tan et al.
    2004, Busscher et al. 2010, Kunkel et al. 2011, women and men of Duman and Yamansavci Sirzai 2026). T2 and
    T9: Egwu et al., J Anat Soc India 2019;68:110. Levels between are interpolated, T1 is as T2.
Middle heights
    No series by level could be verified. The middle of front and back stands in; how far endplates are
    hollowed is taken from the patient, by whose own middle heights the profile is scaled.

Test values at the rims, front and back: L1 24.54 and 26.57, L5 27.44 and 24.11, T12 22.81 and 25.34 mm; T10
is 0.835 of L2 behind.
"""

from __future__ import annotations

import numpy as np

from backend.science.labels import T13
from backend.science.morphometry.heights import STATIONS

Three = tuple[float, float, float]

_THORACIC_POSTERIOR_MM = (14.1, 15.6, 15.7, 16.2, 16.2, 17.4, 18.2, 18.7, 19.3, 20.2, 21.3, 22.7)
_LUMBAR_POSTERIOR_MM = (26.57, 27.02, 26.67, 25.76, 24.11)
_LUMBAR_ANTERIOR_MM = (24.54, 25.75, 26.83, 26.86, 27.44)
# L1 behind, in the spines of the thoracic series.
_L1_OF_THORACIC_SERIES_MM = 23.8
# Anterior height as a share of the posterior one: thoracic level, share.
_ANTERIOR_SHARES = ((2, 16.93 / 17.59), (9, 18.83 / 20.46), (12, 0.900))
_T1, _L1, _L5, _L6 = 8, 20, 24, 25


def _table() -> dict[int, tuple[float, float]]:
    """Anterior and posterior height at the rims (mm) by label; T13 between its neighbours, L6 as L5."""
    join = _LUMBAR_POSTERIOR_MM[0] / _L1_OF_THORACIC_SERIES_MM
    levels, shares = zip(*_ANTERIOR_SHARES, strict=True)
    found: dict[int, tuple[float, float]] = {}
    for number, height in enumerate(_THORACIC_POSTERIOR_MM):
        share = float(np.interp(number + 1, levels, shares))
        found[_T1 + number] = (height * join * share, height * join)
    lumbar = zip(_LUMBAR_ANTERIOR_MM, _LUMBAR_POSTERIOR_MM, strict=True)
    found |= {_L1 + number: heights for number, heights in enumerate(lumbar)}
    above, below = found[_L1 - 1], found[_L1]
    found[T13] = ((above[0] + below[0]) / 2, (above[1] + below[1]) / 2)
    found[_L6] = found[_L5]
    return found


_AT_RIMS_MM = _table()


def rims_mm(label: int) -> tuple[float, float] | None:
    """Anterior and posterior height (mm) of a mean adult at the body's rims; None for cervical levels."""
    return _AT_RIMS_MM.get(label)


def profile_mm(label: int) -> Three | None:
    """Anterior, middle and posterior height (mm) of a mean adult at ``STATIONS``; None for cervical levels.

    The stations lie inside the rims, so that part of a wedge is not seen there.
    """
    rims = rims_mm(label)
    if rims is None:
        return None
    front, back = rims
    a, m, p = (front + (back - front) * station for station in STATIONS)
    return a, m, p
