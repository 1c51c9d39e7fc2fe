"""The files of a release: made from what was accepted, named as VerSe names them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from backend.common.storage import put_blob
from backend.consensus.models import AgreedGrade
from backend.imaging.models import RuleVerdict
from backend.imaging.selectors import geometry_of, load_volume
from backend.masks.models import MaskVersion
from backend.masks.selectors import load_mask
from backend.progress.figures.selectors.statistics import Report, figures_csv, table_csv
from backend.releases import tables
from backend.releases.citing import citation_cff, citations, datacite
from backend.releases.dictionary import dictionary_csv
from backend.releases.embargo import is_sealed, locked_until
from backend.releases.made import NIFTI_TYPE, Made, to_json
from backend.releases.models import Release, ReleaseItem, Split
from backend.releases.raters import readme_lines
from backend.science.formats.gradings import Cell, GradingRow, PatientRow, grading_cells
from backend.science.formats.nifti import mask_bytes
from backend.science.formats.verse import SPLIT_FOLDERS, ReleasePaths, centroids_bytes, release_paths
from backend.science.inclusion import TEMPLATES
from backend.science.labels import sort_labels
from backend.science.morphometry import body_centroids
from backend.science.previews import preview_png
from backend.science.volume import Mask, label_voxels

Point = tuple[float, float, float]
LICENCE_PAGES = {
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/legalcode",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/legalcode",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
}


def case_paths(item: ReleaseItem, series_in_release: int) -> ReleasePaths:
    """Where the case's files lie in its split's folder; several series of a patient are told apart."""
    series = item.case.volume.series
    return release_paths(
        item.release_patient.subject,
        geometry_of(item.case.volume),
        split=str(series.number) if series_in_release > 1 else None,
    )


def case_files(item: ReleaseItem, paths: ReleasePaths) -> Iterator[Made]:
    """CT, mask, centroids and preview of one case."""
    split = item.release_patient.split
    folder = SPLIT_FOLDERS[split]
    volume_row = item.case.volume
    volume = load_volume(volume_row)
    mask = load_mask(item.mask)
    points = released_centroids(item.mask, mask)
    yield Made(f"{folder}/{paths.ct}", split, volume_row.nifti, image=True)
    yield Made(
        f"{folder}/{paths.mask}",
        split,
        put_blob(data=mask_bytes(Mask(volume.geometry, mask.array)), media_type=NIFTI_TYPE),
    )
    yield Made(
        f"{folder}/{paths.centroids}",
        split,
        put_blob(data=centroids_bytes(points, volume.geometry), media_type="application/json"),
    )
    yield Made(
        f"{folder}/{paths.preview}",
        split,
        put_blob(data=preview_png(volume, mask, points), media_type="image/png"),
    )


def released_centroids(version: MaskVersion, mask: Mask) -> dict[int, Point]:
    """RAS mm of each vertebra: of the body, as VerSe has it, the arch left out.

    The engine's own where the mask is the engine's, else measured in the accepted mask.
    """
    known = {int(label): row["body"] for label, row in version.centroids_ras_mm.items() if row.get("body")}
    missing = label_voxels(mask.array).keys() - known.keys()
    measured = body_centroids(mask, labels=missing) if missing else {}
    points = measured | {label: (float(x), float(y), float(z)) for label, (x, y, z) in known.items()}
    return {label: points[label] for label in sort_labels(points)}


def grading_rows(item: ReleaseItem, series: str) -> list[GradingRow]:
    """The agreed grades of one case."""
    rows = AgreedGrade.objects.filter(case=item.case, current=True)
    return [
        GradingRow(
            subject=item.release_patient.subject,
            series=series,
            split=item.release_patient.split,
            label=row.label,
            fx_grade=row.grade,
            fx_type=row.fracture_type or None,
            foreign_material=row.foreign_material,
            not_gradable_reason=row.not_gradable_reason or None,
            osteoporotic={True: "yes", False: "no", None: None}[row.osteoporotic],
            deformity=row.deformity or None,
            transitional="yes" if row.transitional else None,
            readers=len(row.answers) or 1,
            decided_by=row.method,
        )
        for row in rows
    ]


def patient_row(item: ReleaseItem) -> PatientRow:
    patient = item.release_patient.patient
    facts = item.case.volume.series.facts
    scanner = " ".join(str(facts[key]) for key in ("manufacturer", "model") if facts.get(key))
    return PatientRow(
        subject=item.release_patient.subject,
        split=item.release_patient.split,
        age_years=patient.age_years,
        sex=patient.sex or None,
        scanner=scanner or None,
    )


def table_files(split: str, gradings: list[GradingRow]) -> Iterator[Made]:
    """The gradings of one split."""
    return tables.table_files(f"{SPLIT_FOLDERS[split]}/gradings.csv", split, grading_cells(gradings))


def inclusion_file(split: str, items: list[ReleaseItem]) -> Iterator[Made]:
    """How the inclusion rules stood on each series of a split; nothing where the project asks none."""
    rows = [row for item in items for row in inclusion_rows(item)]
    if not rows:
        return
    yield from tables.table_files(f"{SPLIT_FOLDERS[split]}/inclusion.csv", split, rows)


def inclusion_rows(item: ReleaseItem) -> list[tuple[str, ...]]:
    """One row per rule. Whoever waived is told by office: a release names no staff."""
    series = item.case.volume.series
    found = RuleVerdict.objects.filter(series=series).order_by("created_at")
    return [
        (
            item.release_patient.subject,
            str(series.number),
            row.rule_id,
            TEMPLATES[row.rule_id].title if row.rule_id in TEMPLATES else row.rule_id,
            f"{row.state}, waived" if row.waived_by_id is not None else row.state,
            row.fact,
            "manager" if row.waived_by_id is not None else "",
            row.waived_reason,
        )
        for row in found
    ]


def statistics_files(split: str, report: Report) -> Iterator[Made]:
    """Table 1 and the figures of one split: they lie with its masks, and open when those do."""
    from backend.releases.pictures import pictures  # here: no process waits for matplotlib at its start

    folder = f"{SPLIT_FOLDERS[split]}/statistics"
    told = report.to_json()
    tables = {"table_1.csv": table_csv(told), "figures.csv": figures_csv(told)}
    for name, content in tables.items():
        yield Made(f"{folder}/{name}", split, put_blob(data=content, media_type="text/csv"))
    for name, content in pictures(report.figures):
        media_type = "image/svg+xml" if name.endswith(".svg") else "image/png"
        yield Made(f"{folder}/{name}", split, put_blob(data=content, media_type=media_type))


def shared_files(release: Release, patients: list[PatientRow], counts: dict[str, Any]) -> Iterator[Made]:
    """What stands in every archive: who is in, under which terms, and how to read it.

    Patients of a part that is sealed as a whole stand in a table of their own, in that part.
    """
    sealed = [row for row in patients if is_sealed(release, row.split, image=True)]
    if sealed:
        path = f"{SPLIT_FOLDERS[Split.TEST]}/participants.tsv"
        yield from tables.table_files(path, Split.TEST, participant_rows(sealed))
    told = [row for row in patients if row not in sealed]
    yield from tables.table_files("participants.tsv", "", participant_rows(told))
    texts = {
        "README.md": (readme(release, counts), "text/markdown"),
        "LICENSE": (licence_text(release), "text/plain"),
        "data_dictionary.csv": (dictionary_csv(), "text/csv"),
        "CITATION.cff": (citation_cff(release), "application/yaml"),
        "datacite.json": (to_json(datacite(release)), "application/json"),
    }
    for path, (text, media_type) in texts.items():
        yield Made(path, "", put_blob(data=text.encode(), media_type=media_type))


def participant_rows(patients: list[PatientRow]) -> list[tuple[Cell, ...]]:
    """One row per patient; ``n/a`` as BIDS writes what is not known. Age 90 stands for 90 and over."""
    return [
        (row.subject, row.split, "n/a" if row.age_years is None else row.age_years, row.sex or "n/a")
        for row in sorted({p.subject: p for p in patients}.values(), key=lambda p: p.subject)
    ]


def licence_text(release: Release) -> str:
    page = LICENCE_PAGES.get(release.licence)
    where = f"\nThe full text of the licence: {page}\n" if page else ""
    return (
        f"{release.title}, version {release.version}\n\n"
        f"These data are licensed under {release.licence}.\n{where}\n"
        f"Terms of use that every person who downloads accepts:\n\n{release.terms}\n"
    )


def readme(release: Release, counts: dict[str, Any]) -> str:
    """What is in the archive and how to read it; ``counts`` as everybody may know them."""
    columns = ("patients", "series", "vertebrae", "fractures")
    rows = "\n".join(
        f"| {split} | {' | '.join(_number(row[key]) for key in columns)} |"
        for split, row in counts["splits"].items()
    )
    opens = locked_until(release)
    sealed = (
        ""
        if opens is None
        else f"""
The test part is sealed until {opens.isoformat()}. It has a manifest of its own, which opens with it;
`manifest.json` holds that one's SHA-256 from now on.
"""
    )
    by_raters = readme_lines(release)
    return f"""# {release.title}, version {release.version}

{release.notes}

| split | patients | series | vertebrae | fractured |
| --- | --- | --- | --- | --- |
{rows}
{sealed}
All series of a patient stand in one split. Folders and names are those of VerSe:

- `*_ct.nii.gz`: the CT in Hounsfield units (int16)
- `*_seg-vert_msk.nii.gz`: the mask on the CT's grid (uint8). C1-C7 are 1-7, T1-T12 8-19, T13 28,
  L1-L6 20-25, sacrum 26, coccyx 27; 0 is background
- `*_seg-subreg_ctd.json`: centroids in voxels of the CT; the first entry names the array axes' directions
- `*_seg-vert_snp.png`: preview with masks and names
- `statistics/`: Table 1 of the split, and its figures as CSV, SVG and PNG
- `inclusion.csv`: where the study has inclusion rules, how each stood on each series, and what was waived
{by_raters}- `gradings.csv`: fracture grades (Genant 0-3) of T1-L6, one row per vertebra
- `measurements.csv`: heights, losses of height, volume and HU of each vertebra, as the site measured them
- `bone_density.csv`: bone mineral density of each series and what it rests on, or why there is none
- `monai_datalist.json`: the cases for MONAI (`load_decathlon_datalist`); the test part has its own
- `*.parquet`, `*.xlsx`: the table beside it of the same name, with types and the meaning of its columns
- `cases.csv`: one row per case: files, grid, levels, guidelines; `croissant.json` describes it to programs
- `participants.tsv`: patients with split, age and sex
- `data_dictionary.csv`: what each column of these tables means
- `datasheet.md`: why and how the data were made, what they are good for and what not
- `CITATION.cff`, `datacite.json`: how to cite the release, for programs
- `SHA256SUMS`, here and in each part: for `sha256sum --check`
- `manifest.json`: size and SHA-256 of every file

Cite as: {citations(release)["text"]}

Licence: {release.licence}, see `LICENSE`.
"""


def _number(value: int | None) -> str:
    return "sealed" if value is None else str(value)


def same_grid(a: Any, b: Any) -> bool:
    """Whether two read-back images lie on the very same voxels."""
    return a.shape == b.shape and bool(np.array_equal(a.affine, b.affine))
