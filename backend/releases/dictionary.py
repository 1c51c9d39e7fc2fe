"""What each column of a release's tables means: for the data dictionary, and for programs."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "whole number", "number"]


@dataclass(frozen=True)
class Column:
    """``may_lack``: NA (in ``participants.tsv`` n/a) where it is not known or does not apply."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    values: str = ""
    may_lack: bool = False


_SUBJECT = Column("subject", "text", "The patient, as in the names of files")
_SERIES = Column("series", "whole number", "Number of the CT series within the patient")
_SPLIT = Column("split", "text", "Part of the release", values="training, validation, test")

CASE_COLUMNS = (
    _SUBJECT,
    _SERIES,
    Column("ct", "text", "The CT, from this folder"),
    Column("mask", "text", "The mask on the CT's grid, from this folder"),
    Column("centroids", "text", "The centroids, from this folder"),
    Column("preview", "text", "The preview, from this folder"),
    *(Column(f"shape_{axis}", "whole number", f"Voxels along array axis {axis}") for axis in "ijk"),
    *(Column(f"spacing_{axis}", "number", f"Voxel size along array axis {axis}", "mm") for axis in "ijk"),
    Column("axis_codes", "text", "Where the array axes point", values="three of R, L, A, P, S, I"),
    Column("levels", "text", "The labelled levels from the head down, with spaces between"),
    Column(
        "guidelines",
        "text",
        "Versions of the guidelines in force as its work was handed in, with spaces between",
        may_lack=True,
    ),
)
GRADING_COLUMNS = (
    _SUBJECT,
    _SERIES,
    _SPLIT,
    Column("level", "text", "The vertebra", values="T1-T13, L1-L6"),
    Column("label", "whole number", "Its number in the mask", values="T1-T12 8-19, T13 28, L1-L6 20-25"),
    Column(
        "fx_grade",
        "whole number",
        "Genant's grade: loss of height below 20 %, 20-25 %, 25-40 %, over 40 %",
        values="0, 1, 2, 3",
        may_lack=True,
    ),
    Column("fx_type", "text", "Shape of the fracture", values="wedge, biconcave, crush", may_lack=True),
    Column("foreign_material", "text", "Cement, screws and the like in this vertebra"),
    Column("not_gradable_reason", "text", "Why there is no grade", may_lack=True),
    Column("osteoporotic", "text", "Whether the fracture is osteoporotic", values="yes, no", may_lack=True),
    Column("deformity", "text", "Deformity that is no fracture", may_lack=True),
    Column("transitional", "text", "Whether it is a transitional vertebra", values="yes", may_lack=True),
    Column("readers", "whole number", "How many people graded it", may_lack=True),
    Column("decided_by", "text", "How their answers became one", may_lack=True),
)
INCLUSION_COLUMNS = (
    _SUBJECT,
    _SERIES,
    Column("rule", "text", "Key of the inclusion rule"),
    Column("title", "text", "The rule in words"),
    Column("state", "text", "How it stood on the series, and whether it was waived"),
    Column("fact", "text", "What was found"),
    Column("waived_by", "text", "The office of whoever waived it", values="manager"),
    Column("waived_reason", "text", "Why it was waived"),
)
PARTICIPANT_COLUMNS = (
    Column("participant_id", "text", "The patient, as in the names of files"),
    _SPLIT,
    Column("age", "whole number", "Age at the CT; 90 stands for 90 and over", "years", may_lack=True),
    Column("sex", "text", "Sex as the CT's header has it", values="M, F, O", may_lack=True),
)
_UNIT_MM = "mm"
MEASUREMENT_COLUMNS = (
    _SUBJECT,
    _SERIES,
    _SPLIT,
    Column("level", "text", "The vertebra"),
    Column("label", "whole number", "Its number in the mask"),
    Column("volume_ml", "number", "Volume of the whole vertebra", "ml", may_lack=True),
    Column("anterior_mm", "number", "Anterior height of the body", _UNIT_MM, may_lack=True),
    Column("middle_mm", "number", "Middle height of the body", _UNIT_MM, may_lack=True),
    Column("posterior_mm", "number", "Posterior height of the body", _UNIT_MM, may_lack=True),
    Column("loss_percent", "number", "Loss of height against its own tallest height", "%", may_lack=True),
    Column(
        "expected_loss_percent",
        "number",
        "Largest loss of a height against what intact neighbours let expect",
        "%",
        may_lack=True,
    ),
    Column("hu_mean", "number", "Mean HU of trabecular bone in the body", "HU", may_lack=True),
    Column("flags", "text", "What makes a measurement doubtful, with spaces between", may_lack=True),
)
DENSITY_COLUMNS = (
    _SUBJECT,
    _SERIES,
    _SPLIT,
    Column("bmd_mg_cm3", "number", "Bone mineral density, mean of its levels", "mg/cm³", may_lack=True),
    Column("sd_mg_cm3", "number", "Standard deviation of that value", "mg/cm³", may_lack=True),
    Column("levels", "text", "The levels that it rests on, with spaces between", may_lack=True),
    Column(
        "category", "text", "As opportunistic CT has it", values="osteoporosis, low, normal", may_lack=True
    ),
    Column("contrast", "text", "Contrast phase", values="none, arterial, portal_venous", may_lack=True),
    Column("scanner", "text", "Model of the scanner", may_lack=True),
    Column("kvp", "number", "Tube voltage", "kV", may_lack=True),
    Column("caveats", "text", "What to keep in mind with the value", may_lack=True),
    Column("missing", "text", "Why there is no value", may_lack=True),
)
RATER_COLUMNS = (
    _SUBJECT,
    _SERIES,
    _SPLIT,
    Column("kind", "text", "What the file holds", values="mask, disagreement, probability"),
    Column("rater", "text", "Whose mask it is: a letter or a pseudonym, never a name", may_lack=True),
    Column("raters", "whole number", "How many people marked this case, each alone"),
    Column("file", "text", "The file on the CT's grid, from this folder"),
)
DICTIONARY: dict[str, tuple[Column, ...]] = {
    "cases.csv": CASE_COLUMNS,
    "gradings.csv": GRADING_COLUMNS,
    "inclusion.csv": INCLUSION_COLUMNS,
    "measurements.csv": MEASUREMENT_COLUMNS,
    "bone_density.csv": DENSITY_COLUMNS,
    "raters.csv": RATER_COLUMNS,
    "participants.tsv": PARTICIPANT_COLUMNS,
}


def dictionary_csv() -> str:
    """The dictionary as a table of its own."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("file", "column", "kind", "unit", "values", "may_lack", "meaning"))
    for file, columns in DICTIONARY.items():
        for column in columns:
            lacks = "yes" if column.may_lack else "no"
            writer.writerow(
                (file, column.name, column.kind, column.unit, column.values, lacks, column.meaning)
            )
    return out.getvalue()
