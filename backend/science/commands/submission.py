"""Check an archive of predictions as a challenge would, before it is sent.

The report names what is used of it, which scans have no prediction, and which files fit none; every fault is
told on standard error by its file. The exit status is 2 where anything is at fault.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from backend.science.commands._report import write_report
from backend.science.errors import BadInput
from backend.science.evaluation_folders import case_name
from backend.science.formats.nifti import read_grid
from backend.science.formats.verse import parse_name
from backend.science.submission import check_submission
from backend.science.text import MAX_LINE, printable
from backend.science.volume import VolumeGeometry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", type=Path, metavar="ARCHIVE.zip", help="masks, with centroid files if any")
    parser.add_argument("images", type=Path, metavar="IMAGES_DIR", help="the CTs that were predicted")
    parser.add_argument("--report", type=Path, required=True, metavar="OUT.json")


def run(args: argparse.Namespace) -> int:
    contents = check_submission(args.archive, _grids_in(args.images))
    write_report(args.report, contents.to_json())
    for fault in contents.faults:
        sys.stderr.write(f"{' '.join(printable(fault.message, MAX_LINE).split())}\n")
    if contents.faults:
        raise BadInput("faulty", f"{len(contents.faults)} files cannot be used", source=args.archive)
    if not contents.entries:
        raise BadInput("no_match", "no prediction has the name of a CT", source=args.archive)
    return 0


def _grids_in(folder: Path) -> dict[str, VolumeGeometry]:
    """The grid of each CT below a folder, by scan. Raises ``BadInput`` ``no_images``."""
    paths = [path for path in sorted(folder.rglob("*.nii*")) if parse_name(path.name).kind == "ct"]
    if not paths:
        raise BadInput("no_images", "no CTs found, by the names of a release", source=folder)
    return {case_name(path): read_grid(path) for path in paths}
