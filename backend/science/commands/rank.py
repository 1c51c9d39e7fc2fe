"""Rank teams by significance, from their reports of the command evaluate.

Scans whose names tell one patient (``sub-NAME``) are one observation. The exit status is 2 where teams were
scored on other scans, so that nobody is ranked on what is left after errors.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from backend.science.commands._report import write_report
from backend.science.errors import BadInput
from backend.science.formats.verse import parse_name
from backend.science.ranking import SAMPLES, rank_teams

# Both count what was missed as 0, so that every scan has a score.
MEASURES = ("dice", "identification_rate")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("teams", nargs="+", metavar="TEAM=REPORT.json", help="a report of evaluate each")
    parser.add_argument("--report", type=Path, required=True, metavar="OUT.json")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="resamples of the patients")
    parser.add_argument("--seed", type=int, default=0)


def run(args: argparse.Namespace) -> int:
    if args.samples < 1 or args.seed < 0:
        raise BadInput("bad_number", "--samples begins at 1 and --seed at 0")
    reports: dict[str, dict[str, dict[str, float]]] = {}
    for told in args.teams:
        team, given, path = told.partition("=")
        if not given or not team or team in reports:
            raise BadInput("bad_team", f"{told} is not TEAM=REPORT.json with a name of its own")
        reports[team] = _scores_in(Path(path))
    ranked = {}
    for measure in MEASURES:
        scores = {team: report[measure] for team, report in reports.items()}
        patients = {case: parse_name(case).subject or case for of in scores.values() for case in of}
        ranked[measure] = rank_teams(scores, patients, samples=args.samples, seed=args.seed).to_json()
    write_report(args.report, ranked)
    return 0


def _scores_in(path: Path) -> dict[str, dict[str, float]]:
    """Each measure of each scan of a report. Raises ``BadInput`` ``bad_report``."""
    try:
        cases = json.loads(path.read_bytes())["cases"]
        return {measure: {name: float(case[measure]) for name, case in cases.items()} for measure in MEASURES}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput("bad_report", "it is not a report of the command evaluate", source=path) from error
