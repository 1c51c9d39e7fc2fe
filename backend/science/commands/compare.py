"""Compare two masks of one CT, vertebra by vertebra."""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.science.agreement import compare_pair
from backend.science.commands._report import write_report
from backend.science.formats.nifti import read_mask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", type=Path, metavar="A", help="mask A (NIfTI, VerSe labels)")
    parser.add_argument("second", type=Path, metavar="B", help="mask B on the same grid")
    parser.add_argument("--report", type=Path, required=True, metavar="OUT.json")


def run(args: argparse.Namespace) -> int:
    report = compare_pair(read_mask(args.first), read_mask(args.second))
    write_report(args.report, report.to_json())
    return 0
