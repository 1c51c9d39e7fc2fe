"""Check a mask: whose numbers, label order, gaps, sizes, duplicates, islands, cut-off vertebrae."""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.science.commands._report import add_numbering, said, say, write_report
from backend.science.placing import require_on
from backend.science.quality import check_mask
from backend.science.quality_shape import numbering_findings
from backend.science.reading import read_mask_to_judge, read_volume_file
from backend.science.volume import label_voxels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mask", type=Path, metavar="M", help="the mask, NIfTI")
    parser.add_argument(
        "--ct", type=Path, help="its CT, in any axis order: also finds what lies outside bone"
    )
    parser.add_argument("--report", type=Path, required=True, help="the JSON to write")
    add_numbering(parser)


def run(args: argparse.Namespace) -> int:
    # whatever is wrong with the numbers is a finding here, not a reason to stop
    read, proposals = read_mask_to_judge(args.mask, numbering=args.numbering)
    mask, remarks, volume = read.mask, list(read.remarks), None
    if args.ct is not None:
        ct = read_volume_file(args.ct)
        remarks += ct.remarks
        volume = ct.volume
        mask = require_on(mask, volume.geometry, of=ct.name, source=read.name)
    findings = [*numbering_findings(proposals), *check_mask(mask, volume=volume)]
    say(remarks)
    report = {
        "labels": {str(label): count for label, count in label_voxels(mask.array).items()},
        "numbering": read.numbering.to_json(),
        "ok": not any(finding.severity == "error" for finding in findings),
        "findings": [finding.to_json() for finding in findings],
        "remarks": said(remarks),
    }
    write_report(args.report, report)
    return 0
