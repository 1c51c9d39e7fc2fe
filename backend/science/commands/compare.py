"""Compare two masks of one CT, vertebra by vertebra."""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.science.agreement import compare_pair
from backend.science.commands._report import add_numbering, said, say, write_report
from backend.science.reading import on_one_grid, read_mask_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("first", type=Path, metavar="A", help="mask A (NIfTI)")
    parser.add_argument(
        "second", type=Path, metavar="B", help="mask B of the same voxels, in any axis order or extent"
    )
    parser.add_argument("--report", type=Path, required=True, metavar="OUT.json")
    add_numbering(parser)


def run(args: argparse.Namespace) -> int:
    first, second = on_one_grid(
        [read_mask_file(path, numbering=args.numbering) for path in (args.first, args.second)]
    )
    remarks = [*first.remarks, *second.remarks]
    say(remarks)
    report = compare_pair(first.mask, second.mask).to_json()
    write_report(args.report, {**report, "remarks": said(remarks)})
    return 0
