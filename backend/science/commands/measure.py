"""Measure heights, losses, suggested grades and HU of every vertebra of a mask."""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.science.commands._report import add_numbering, said, say, write_report
from backend.science.formats.verse import read_centroids
from backend.science.morphometry import measure
from backend.science.reading import beside, read_mask_file, read_volume_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mask", type=Path, required=True, metavar="M", help="mask of whole vertebrae")
    parser.add_argument(
        "--ct", type=Path, metavar="CT", help="the CT of the same voxels, in any axis order or extent, for HU"
    )
    parser.add_argument(
        "--centroids", type=Path, metavar="C", help="body centroids (VerSe JSON), in voxels of the mask"
    )
    parser.add_argument("--report", type=Path, required=True, metavar="OUT.json")
    add_numbering(parser)


def run(args: argparse.Namespace) -> int:
    read = read_mask_file(args.mask, numbering=args.numbering)
    known = None
    if args.centroids is not None:
        known = read_centroids(args.centroids, read.mask.geometry, mask=read.mask).points_ras_mm
    volume, remarks = None, []
    if args.ct is not None:
        ct = read_volume_file(args.ct)
        remarks = list(ct.remarks)
        read, volume = beside(read, ct)
    remarks = [*read.remarks, *remarks]
    say(remarks)
    report = measure(read.mask, volume=volume, centroids_ras_mm=known).to_json()
    write_report(args.report, {**report, "remarks": said(remarks)})
    return 0
