"""Print the label table, or write it as TypeScript for the front end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from backend.science.errors import BadInput
from backend.science.labels import LEVELS, typescript_table

TYPESCRIPT_PATH = Path(__file__).resolve().parents[3] / "frontend" / "src" / "domain" / "labels.generated.ts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--typescript",
        nargs="?",
        type=Path,
        const=TYPESCRIPT_PATH,
        metavar="FILE",
        help="write the table as TypeScript (to the front end's file where none is named)",
    )
    parser.add_argument(
        "--check", action="store_true", help="with --typescript: only tell whether it is up to date"
    )


def run(args: argparse.Namespace) -> int:
    path: Path | None = args.typescript
    if path is None:
        for level in LEVELS:
            sys.stdout.write(f"{level.label:>3}  {level.name:<5} {level.region}\n")
        return 0
    table = typescript_table()
    if args.check:
        if not path.exists() or path.read_text("utf-8") != table:
            raise BadInput(
                "drift", "differs from backend/science/labels.py: run labels --typescript", source=path
            )
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(table, "utf-8")
    return 0
