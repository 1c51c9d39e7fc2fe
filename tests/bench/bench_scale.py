"""Pages of a project of ten thousand series and two million gradings, on SQLite and PostgreSQL.

Bars: each request of each page under 200 ms and 200 KB, the board under 100 KB, the sweep under a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import report
from tests.support import postgres

SERIES = int(os.environ.get("SCALE_SERIES", "10000"))
GRADINGS = int(os.environ.get("SCALE_GRADINGS", "2000000"))
BARS = {"p95_ms": 200, "bytes": 200_000}
BOARD_BYTES = 100_000
SWEEP_SECONDS = 1.0


def on(database: str) -> dict[str, Any]:
    """The figures on one database (its address; empty: an SQLite file)."""
    with tempfile.TemporaryDirectory(prefix="vertebase-scale-") as folder:
        out = Path(folder) / "pages.json"
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "backend.config.settings.testing",
            "VERTEBASE_VAR": folder,
            "DATABASE_URL": database,
        }
        command = [sys.executable, "-m", "tests.bench.scale_pages", str(out), str(SERIES), str(GRADINGS)]
        subprocess.run(command, env=environment, check=True)
        found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return found | {"missed": missed(found)}


def missed(found: dict[str, Any]) -> list[str]:
    """What is over its bar."""
    over = [
        f"{page}: {name} {row[name]}"
        for page, row in found["pages"].items()
        for name, bar in BARS.items()
        if row[name] > (BOARD_BYTES if name == "bytes" and page.endswith("/board") else bar)
    ]
    return over + ([f"sweep: {found['sweep_seconds']} s"] if found["sweep_seconds"] > SWEEP_SECONDS else [])


def run() -> dict[str, Any]:
    found = {"sqlite": on("")}
    if postgres.programs() is not None:
        with postgres.temporary_postgres() as url:
            found["postgresql"] = on(url)
    return found


if __name__ == "__main__":
    sys.exit(report.write(run))
