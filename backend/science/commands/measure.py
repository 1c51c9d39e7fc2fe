"""Measure heights, losses, suggested grades and HU of every vertebra of a mask."""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.science.commands._report import write_report
from backend.science.formats.nifti import read_mask, read_volume
from backend.science.formats.verse import read_centroids
from backend.science.morphometry import measure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mask", type=Path, required=True, metavar="M", help="mask of whole vertebrae")
    parser.add_argument("--ct", type=Path, metavar="CT", help="the CT on the same grid, for HU")
    parser.add_argument("--centroids", type=Path, metavar="C", help="body centroids (VerSe JSON)")
    parser.add_argument("--report", type=Path, required=True, metavar="OUT.json")


def run(args: argparse.Namespace) -> int:
    mask = read_mask(args.mask)
    volume = read_volume(args.ct) if args.ct is not None else None
    known = None
    if args.centroids is not None:
        known = read_centroids(args.centroids, mask.geometry, mask=mask).points_ras_mm
    write_report(args.report, measure(mask, volume=volume, centroids_ras_mm=known).to_json())
    return 0
