"""Evaluate a folder of predicted masks by the VerSe challenge's measures."""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.science.commands._report import write_report
from backend.science.evaluation import evaluate_folders


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("predicted", type=Path, metavar="PRED_DIR", help="masks, with centroid files if any")
    parser.add_argument("reference", type=Path, metavar="REF_DIR", help="masks of the same names")
    parser.add_argument("--report", type=Path, required=True, metavar="OUT.json")


def run(args: argparse.Namespace) -> int:
    write_report(args.report, evaluate_folders(args.predicted, args.reference).to_json())
    return 0
