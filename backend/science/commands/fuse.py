"""Fuse the masks of several raters into one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from backend.science.commands._report import write_report
from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask, write_mask, write_volume
from backend.science.fusion import FusionParameters, fuse
from backend.science.fusion.model import Method


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("masks", type=Path, nargs="+", metavar="M", help="one mask per rater, on one grid")
    parser.add_argument(
        "--method",
        choices=get_args(Method),
        default="auto",
        help="auto: sba for two raters, majority from three on",
    )
    parser.add_argument("--weights", metavar="W,W,...", help="one weight per rater, for --method weighted")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT.nii.gz")
    parser.add_argument("--entropy", type=Path, metavar="OUT.nii.gz", help="where the raters differ, 0 to 1")
    parser.add_argument("--report", type=Path, metavar="OUT.json")


def run(args: argparse.Namespace) -> int:
    parameters = FusionParameters(method=args.method, weights=_weights(args.weights)).checked(len(args.masks))
    result = fuse([read_mask(path) for path in args.masks], parameters=parameters)
    write_mask(args.out, result.mask)
    if args.entropy is not None:
        write_volume(args.entropy, result.entropy)
    if args.report is not None:
        write_report(args.report, {"masks": [path.name for path in args.masks], **result.to_json()})
    return 0


def _weights(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise BadInput("bad_weights", "weights are numbers separated by commas") from None
