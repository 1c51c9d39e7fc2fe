"""Build the parts that are installed without the site as wheels: ``python scripts/wheels.py FOLDER``.

They are built from copies, because setuptools leaves its traces beside the sources.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = (ROOT / "backend" / "science", ROOT / "backend" / "client", ROOT / "inference")


def build(folder: Path) -> list[Path]:
    """Wheels of all parts, written to ``folder``. Raises ``CalledProcessError`` where one does not build."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for part in PARTS:
            copied = Path(scratch) / part.name
            shutil.copytree(part, copied, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
            command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
            subprocess.run([*command, "--wheel-dir", str(folder), str(copied)], check=True)
    return sorted(folder.glob("*.whl"))


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "wheels"
    print("\n".join(str(wheel) for wheel in build(target)))
