"""What the commands share: their report, their remarks, the option for a mask's numbers."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from backend.science.numbering import NUMBERING_CHOICES
from backend.science.reading import FileRemark
from backend.science.text import MAX_LINE, printable


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write JSON, making the folder; numbers that JSON has no word for must be None already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", "utf-8")


def add_numbering(parser: argparse.ArgumentParser) -> None:
    """The option by which a person says what the numbers of the masks mean."""
    parser.add_argument(
        "--numbering",
        metavar="WHICH",
        help="what the masks' numbers mean, where they are not plainly VerSe's: "
        + ", ".join(NUMBERING_CHOICES),
    )


def say(remarks: Iterable[FileRemark]) -> None:
    """Write remarks to standard error, one a line."""
    for remark in remarks:
        sys.stderr.write(f"{' '.join(printable(str(remark), MAX_LINE).split())}\n")


def said(remarks: Iterable[FileRemark]) -> list[dict[str, str]]:
    """Remarks as a part of a report."""
    return [
        {"file": printable(one.file), "code": one.remark.code, "message": one.remark.message}
        for one in remarks
    ]
