"""Fuse the masks of several raters into one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from backend.science.commands._report import add_numbering, said, say, write_report
from backend.science.errors import BadInput
from backend.science.formats.nifti import write_mask, write_volume
from backend.science.fusion import FusionParameters, fuse
from backend.science.fusion.model import FusionResult, Method
from backend.science.reading import on_one_grid, read_mask_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "masks", type=Path, nargs="+", metavar="M", help="one mask per rater, of the same voxels"
    )
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
    add_numbering(parser)


def run(args: argparse.Namespace) -> int:
    _check(args)
    parameters = FusionParameters(method=args.method, weights=_weights(args.weights)).checked(len(args.masks))
    masks = on_one_grid([read_mask_file(path, numbering=args.numbering) for path in args.masks])
    said_of_files = [remark for one in masks for remark in one.remarks]
    say(said_of_files)
    result = fuse([one.mask for one in masks], parameters=parameters)
    for remark in _remarks(result, args.masks):
        sys.stderr.write(f"{remark}\n")
    write_mask(args.out, result.mask)
    if args.entropy is not None:
        write_volume(args.entropy, result.entropy)
    if args.report is not None:
        write_report(
            args.report,
            {
                "masks": [path.name for path in args.masks],
                **result.to_json(),
                "remarks": said(said_of_files),
            },
        )
    return 0


def _check(args: argparse.Namespace) -> None:
    """Refuse slips: one mask alone, weights that nobody uses, a file that is no NIfTI by its name."""
    if len(args.masks) < 2:
        raise BadInput("one_mask", "there is nothing to fuse in one mask; give one mask per rater")
    if args.weights is not None and args.method != "weighted":
        raise BadInput("weights_unused", "weights count with --method weighted only")
    for path in (args.out, args.entropy):
        if path is not None and not path.name.endswith((".nii", ".nii.gz")):
            raise BadInput("not_nifti", f"{path.name}: a mask is written as .nii.gz or .nii")


def _remarks(result: FusionResult, paths: list[Path]) -> list[str]:
    """What somebody should know without reading the report."""
    remarks = []
    for rater, path in zip(result.raters, paths, strict=True):
        if rater.excluded:
            remarks.append(f"{path.name}: left out ({rater.excluded})")
        elif rater.name_shift:
            levels = abs(rater.name_shift)
            remarks.append(
                f"{path.name}: named {levels} level{'s' if levels > 1 else ''} "
                f"{'lower' if rater.name_shift > 0 else 'higher'} than the others"
            )
    if not result.instances:
        remarks.append("nobody drew a vertebra: the fused mask is empty")
    return remarks


def _weights(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise BadInput("bad_weights", "weights are numbers separated by commas") from None
