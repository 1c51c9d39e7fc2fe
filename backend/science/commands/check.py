"""Check a mask: label order, gaps, duplicates, islands, cut-off vertebrae."""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.science.commands._report import write_report
from backend.science.errors import BadInput
from backend.science.formats.nifti import read_mask, read_volume
from backend.science.quality import check_mask
from backend.science.volume import label_voxels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mask", type=Path, metavar="M", help="the mask, NIfTI")
    parser.add_argument("--ct", type=Path, help="its CT: also finds what lies outside bone")
    parser.add_argument("--report", type=Path, required=True, help="the JSON to write")


def run(args: argparse.Namespace) -> int:
    # numbers outside the table are a finding here, not a reason to stop
    mask = read_mask(args.mask, labels=None)
    volume = None if args.ct is None else read_volume(args.ct)
    if volume is not None and not volume.geometry.matches(mask.geometry):
        raise BadInput("other_grid", "the CT lies on another grid than the mask", source=args.ct)
    findings = check_mask(mask, volume=volume)
    report = {
        "labels": {str(label): count for label, count in label_voxels(mask.array).items()},
        "ok": not any(finding.severity == "error" for finding in findings),
        "findings": [finding.to_json() for finding in findings],
    }
    write_report(args.report, report)
    return 0
