"""What was measured in the accepted masks, as tables of a release: vertebrae, and bone density by series.

They lie in their split's folder and open with its masks. They hold what the engine measured; what somebody
moved by hand counts in bone density alone, as on the site's pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backend.measurements.selectors import measurements_of
from backend.progress.figures.selectors.bone_density import densities
from backend.releases.made import Made
from backend.releases.models import Release, ReleaseItem
from backend.releases.tables import table_files
from backend.science.formats.gradings import NOT_APPLICABLE, Cell
from backend.science.formats.verse import SPLIT_FOLDERS
from backend.science.labels import name_of, sort_labels

MEASURED = (
    "volume_ml",
    "anterior_mm",
    "middle_mm",
    "posterior_mm",
    "loss_percent",
    "expected_loss_percent",
    "hu_mean",
)
DIGITS = 3


def measured_files(release: Release, split: str, items: Sequence[ReleaseItem]) -> Iterator[Made]:
    """Both tables of a split, each as CSV and as Parquet."""
    folder = SPLIT_FOLDERS[split]
    yield from table_files(f"{folder}/measurements.csv", split, list(_measurements(items)))
    yield from table_files(f"{folder}/bone_density.csv", split, list(_densities(release, items)))


def _key(item: ReleaseItem) -> tuple[Cell, ...]:
    return (
        item.release_patient.subject,
        str(item.case.volume.series.number),
        item.release_patient.split,
    )


def _number(value: float | None) -> Cell:
    return NOT_APPLICABLE if value is None else format(round(value, DIGITS), "g")


def _measurements(items: Sequence[ReleaseItem]) -> Iterator[tuple[Cell, ...]]:
    found = measurements_of([item.mask_id for item in items])
    for item in items:
        rows = found.get(item.mask_id, {})
        for label in sort_labels(rows):
            row = rows[label]
            yield (
                *_key(item),
                name_of(label),
                str(label),
                *(_number(getattr(row, name)) for name in MEASURED),
                " ".join(sorted(row.flags)) or NOT_APPLICABLE,
            )


def _densities(release: Release, items: Sequence[ReleaseItem]) -> Iterator[tuple[Cell, ...]]:
    by_case = {found.case.pk: found.density for found in densities(release.project, [i.case for i in items])}
    for item in items:
        density = by_case[item.case_id]
        bmd = density.bmd
        yield (
            *_key(item),
            _number(bmd.mg_cm3 if bmd else None),
            _number(bmd.sd_mg_cm3 if bmd else None),
            " ".join(name_of(label) for label in bmd.levels) if bmd else NOT_APPLICABLE,
            bmd.category if bmd else NOT_APPLICABLE,
            density.phase or NOT_APPLICABLE,
            density.scanner or NOT_APPLICABLE,
            _number(density.kvp),
            "; ".join(density.caveats) or NOT_APPLICABLE,
            density.missing or NOT_APPLICABLE,
        )
