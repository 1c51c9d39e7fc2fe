"""Evaluate a folder or an archive of predicted masks by the VerSe challenge's measures.

One file that cannot be used is the error of its case, named in the report and on standard error, and enters
no mean; the exit status is 2 only where nothing could be scored. Predictions that fit no reference are named.
An archive is read as that of somebody who means harm; its masks hold VerSe's numbers on the grid of their CT.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from backend.science.commands._report import add_numbering, said, say, write_report
from backend.science.errors import BadInput
from backend.science.evaluation_folders import evaluate_folders
from backend.science.submission import evaluate_archive
from backend.science.text import MAX_LINE, printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "predicted", type=Path, metavar="PRED_DIR", help="masks, with centroid files if any; or a zip of them"
    )
    parser.add_argument("reference", type=Path, metavar="REF_DIR", help="masks of the same names")
    parser.add_argument("--report", type=Path, required=True, metavar="OUT.json")
    add_numbering(parser)


def run(args: argparse.Namespace) -> int:
    if args.predicted.is_file():
        if args.numbering is not None:
            raise BadInput("numbering", "--numbering is for folders: an archive holds VerSe's numbers")
        evaluation = evaluate_archive(args.predicted, args.reference)
    else:
        evaluation = evaluate_folders(args.predicted, args.reference, numbering=args.numbering)
    say(evaluation.remarks)
    for name, reason in evaluation.errors.items():
        _tell(f"{name}: not scored: {reason}")
    for name in evaluation.unmatched:
        _tell(f"{name}: fits no reference by its name")
    write_report(args.report, {**evaluation.to_json(), "remarks": said(evaluation.remarks)})
    return 0


def _tell(line: str) -> None:
    sys.stderr.write(f"{' '.join(printable(line, MAX_LINE).split())}\n")
