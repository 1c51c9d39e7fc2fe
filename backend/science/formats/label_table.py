"""Tables that name the numbers of a mask: 3D Slicer's colour tables and ITK-SNAP's label descriptions.

Slicer writes ``NAME_ColorTable.ctbl`` or ``.csv`` beside an exported label map, ITK-SNAP a text file of its
own. The formats: Slicer's developer guide ("Colors"), ITK-SNAP's header comment.
"""

from __future__ import annotations

import csv
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backend.science.errors import BadInput
from backend.science.labels import COCCYX, LEVELS, SACRUM, label_of
from backend.science.text import printable

MAX_BYTES = 1 << 20
SUFFIXES = (".ctbl", ".label", ".txt", ".csv")
_ENDING = re.compile(r"[_-]?(?:color|colour)[_-]?table$|[_-]labels?$", re.IGNORECASE)
_ITK_SNAP = re.compile(r"itk-?snap label description", re.IGNORECASE)
_SLICER = re.compile(r"#\s*color\s+table\s+file", re.IGNORECASE)
_CSV_NUMBER, _CSV_NAMES = "labelvalue", ("name", "typecodemeaning", "type_codemeaning")

_SHORT = re.compile(r"(?:VERTEBRAE? )?(C[1-7]|TH?1[0-3]|TH?[1-9]|L[1-6])(?: VERTEBRAE?)?")
_REGION = {"CERVICAL": "C", "THORACIC": "T", "LUMBAR": "L"}
_NAMED_REGION = "(CERVICAL|THORACIC|LUMBAR)"
_COUNTED = re.compile(
    rf"(?:{_NAMED_REGION} (?:VERTEBRAE? )?(\d{{1,2}})|(\w+) {_NAMED_REGION})(?: VERTEBRAE?)?"
)
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh"),
    *("eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth"),
)
_OTHERS = {
    "ATLAS": label_of("C1"),
    "AXIS": label_of("C2"),
    "SACRUM": SACRUM,
    "OS SACRUM": SACRUM,
    "S": SACRUM,
    "S1": SACRUM,
    "S1 VERTEBRA": SACRUM,
    "VERTEBRAE S1": SACRUM,
    "COCCYX": COCCYX,
    "COCC": COCCYX,
}
GENERIC_NAME = re.compile(r"(?:segment|label|region|class)?[\s_]*\d*|\(none\)", re.IGNORECASE)

_ITK_SNAP_HEAD = """\
################################################
# ITK-SnAP Label Description File
# File format:
# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
# Fields:
#    IDX:   Zero-based index
#    -R-:   Red color component (0..255)
#    -G-:   Green color component (0..255)
#    -B-:   Blue color component (0..255)
#    -A-:   Label transparency (0.00 .. 1.00)
#    VIS:   Label visibility (0 or 1)
#    MSH:   Label mesh visibility (0 or 1)
#  LABEL:   Label description
################################################"""

Program = Literal["3D Slicer", "ITK-SNAP"]


@dataclass(frozen=True, slots=True)
class LabelTable:
    """What a table calls each number; the background and entries without a name of their own are left out."""

    program: Program
    names: dict[int, str]

    @property
    def levels(self) -> dict[int, int]:
        """The VerSe label of each number that is called a vertebra, the sacrum or the coccyx."""
        found = {number: level_in_words(name) for number, name in self.names.items()}
        return {number: level for number, level in found.items() if level is not None}


def is_label_table(name: str, start: bytes) -> bool:
    """Whether a file is such a table, by the ending of its name and its first bytes."""
    if not name.lower().endswith(SUFFIXES):
        return False
    text = start.decode("utf-8", "replace").lstrip("\ufeff")
    if _SLICER.match(text) or _ITK_SNAP.search(text):
        return True
    header = [word.strip().strip('"').lower() for word in text.splitlines()[0].split(",")] if text else []
    return _CSV_NUMBER in header


def read_label_table(path: Path) -> LabelTable:
    """Read a colour table (``.ctbl``, ``.txt``, ``.csv``) or a label description.

    Raises ``BadInput``: bad_label_table, naming the line.
    """
    if path.stat().st_size > MAX_BYTES:
        raise BadInput("bad_label_table", f"a table of labels has no more than {MAX_BYTES >> 20} MB")
    text = path.read_bytes().decode("utf-8", "replace").lstrip("\ufeff")
    if _ITK_SNAP.search(text[:2000]):
        program: Program = "ITK-SNAP"
        entries = [_spaced(line, number, name_at=7) for number, line in _data_lines(text)]
    elif _SLICER.match(text):
        program = "3D Slicer"
        entries = [_spaced(line, number, name_at=1) for number, line in _data_lines(text)]
    else:
        program = "3D Slicer"
        entries = _of_csv(text)
    names: dict[int, str] = {}
    for number, name in entries:
        if names.setdefault(number, name) != name:
            raise BadInput("bad_label_table", f"it names {number} twice: {names[number]!r} and {name!r}")
    own = {number: name for number, name in names.items() if number and not GENERIC_NAME.fullmatch(name)}
    return LabelTable(program, own)


def slicer_table() -> str:
    """VerSe's numbers as a colour table of 3D Slicer (``.ctbl``)."""
    rows = ["# Color table file: levels of the spine", f"# {len(LEVELS) + 1} values", "0 background 0 0 0 0"]
    for level in sorted(LEVELS, key=lambda one: one.label):
        rows.append(f"{level.label} {level.name} {' '.join(map(str, level.rgb))} 255")
    return "\n".join(rows) + "\n"


def itk_snap_table() -> str:
    """VerSe's numbers as a label description of ITK-SNAP (``.label``)."""
    rows = [_ITK_SNAP_HEAD, '    0     0    0    0        0  0  0    "Clear Label"']
    for level in sorted(LEVELS, key=lambda one: one.label):
        red, green, blue = level.rgb
        rows.append(f'{level.label:5} {red:5} {green:4} {blue:4}        1  1  1    "{level.name}"')
    return "\n".join(rows) + "\n"


def belongs_to(table: str, mask: str) -> bool:
    """Whether a table is called after a mask: ``scan-label_ColorTable.ctbl`` beside ``scan-label.nii.gz``."""
    stem = _ENDING.sub("", _stem(table)).lower()
    return bool(stem) and stem in (_stem(mask).lower(), _ENDING.sub("", _stem(mask)).lower())


def level_in_words(name: str) -> int | None:
    """The VerSe label that words mean (``L1``, ``L1_vertebra``, ``first lumbar vertebra``), or None."""
    words = " ".join(re.split(r"[\s_\-.]+", name.strip())).upper()
    if words in _OTHERS:
        return _OTHERS[words]
    if found := _SHORT.fullmatch(words):
        return label_of(found.group(1).replace("TH", "T"))
    if found := _COUNTED.fullmatch(words):
        region, count = found.group(1) or found.group(4), found.group(2) or _counted(found.group(3))
        return _label_or_none(f"{_REGION[region]}{count}")
    return None


def _counted(word: str) -> str:
    if word.lower() in _ORDINALS:
        return str(_ORDINALS.index(word.lower()) + 1)
    return re.sub(r"(ST|ND|RD|TH)$", "", word)


def _label_or_none(name: str) -> int | None:
    try:
        return label_of(name)
    except KeyError:
        return None


def _data_lines(text: str) -> list[tuple[int, str]]:
    lines = enumerate(text.splitlines(), start=1)
    return [(number, line) for number, line in lines if line.strip() and not line.lstrip().startswith("#")]


def _spaced(line: str, line_number: int, *, name_at: int) -> tuple[int, str]:
    """The number and the name of a line of words parted by spaces; the name may stand in quotes."""
    try:
        words = shlex.split(line)
        return _number(words[0]), words[name_at].replace("_", " ").strip()
    except (ValueError, IndexError):
        shown = printable(line.strip())
        raise BadInput("bad_label_table", f"line {line_number} names no label: {shown!r}") from None


def _of_csv(text: str) -> list[tuple[int, str]]:
    rows = csv.reader(text.splitlines())
    header = [word.strip().lower() for word in next(rows)]
    if _CSV_NUMBER not in header:
        raise BadInput("bad_label_table", "it has no column LabelValue")
    columns = [header.index(name) for name in _CSV_NAMES if name in header]
    if not columns:
        raise BadInput("bad_label_table", "it has neither a column Name nor one Type_CodeMeaning")
    entries = []
    for line_number, row in enumerate(rows, start=2):
        if not any(word.strip() for word in row):
            continue
        try:
            number = _number(row[header.index(_CSV_NUMBER)])
            # terminology says what a segment is; its name is the rater's own, and comes first
            said = [row[column].strip() for column in columns if column < len(row)]
        except (ValueError, IndexError):
            raise BadInput("bad_label_table", f"line {line_number} names no label") from None
        entries.append((number, next((one for one in said if not GENERIC_NAME.fullmatch(one)), "")))
    return entries


def _number(word: str) -> int:
    value = int(word)
    if value < 0:
        raise ValueError(word)
    return value


def _stem(name: str) -> str:
    base = name.rpartition("/")[2]
    return re.sub(r"\.(nii\.gz|nii|ctbl|label|txt|csv)$", "", base, flags=re.IGNORECASE)
