"""The command line of one benchmark."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any


def write(run: Callable[[], dict[str, Any]]) -> int:
    """Run a benchmark, print what it found, and write it to the file named by ``--out``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, metavar="FILE")
    out: Path | None = parser.parse_args().out
    found = run()
    found["machine"] = {"processor": platform.machine(), "python": platform.python_version()}
    text = json.dumps(found, indent=2)
    print(text)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text + "\n", "utf-8")
    return 0
