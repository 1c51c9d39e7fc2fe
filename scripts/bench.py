"""Run each benchmark in tests/bench and leave its figures as JSON under build/bench/.

A benchmark is a module `tests/bench/bench_<name>.py` that takes `--out FILE` and writes its results there.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "bench"


def main() -> int:
    OUT.mkdir(parents=True, exist_ok=True)
    benches = sorted((ROOT / "tests" / "bench").glob("bench_*.py"))
    failed = []
    for bench in benches:
        name = bench.stem.removeprefix("bench_")
        print(f"bench: {name}", flush=True)
        command = (sys.executable, "-m", f"tests.bench.{bench.stem}", "--out", str(OUT / f"{name}.json"))
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
    print(
        f"bench: {len(benches) - len(failed)} written to build/bench, failed: {', '.join(failed) or 'none'}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
