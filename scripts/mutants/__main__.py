"""Mutation testing of the files that carry promises: `make mutants`, or `make mutants ONLY=fusion`.

Works in a copy under build/mutants/. What was judged is kept there: a run that was ended goes on where it
was, and a mutant that survived is judged again when its tests have changed. The figures go to
`measured.json` beside this file, and from it to docs/mutants.md. Exit status 1 where a file measured now
scores below the goal.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.mutants.making import Mutant, mutants_of
from scripts.mutants.report import GOAL_PERCENT, Measured, Survivor, score_percent, write_report

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("table.toml")
FOUND = Path(__file__).with_name("measured.json")
SEED = 1
MOST = 30
SETTINGS = "backend.config.settings.testing"


class NotMeasured(Exception):
    """A file's mutants could not be judged."""


@dataclass(frozen=True)
class Target:
    """A row of the table: a file, the promise that it carries, the tests that judge it."""

    file: str
    promise: str
    tests: tuple[str, ...]
    most: int = MOST

    def sampled(self, mutants: list[Mutant]) -> list[Mutant]:
        """All mutants, or ``most`` of them drawn with a fixed seed."""
        if len(mutants) <= self.most:
            return mutants
        drawn = random.Random(f"{SEED}:{self.file}").sample(range(len(mutants)), self.most)
        return [mutants[i] for i in sorted(drawn)]


@dataclass(frozen=True)
class Place:
    """Where the work is done: a copy of the tree, a database of its own, verdicts so far."""

    root: Path
    work: Path

    @property
    def tree(self) -> Path:
        return self.work / "tree"

    @property
    def environment(self) -> dict[str, str]:
        """The caller's, without a choice of settings: the copy's own configuration makes it."""
        own = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        own |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        return own | {
            "VERTEBASE_VAR": str(self.work / "var"),
            "PYTHONPATH": f"{self.tree}{os.pathsep}{ROOT}",
            "PYTHONPYCACHEPREFIX": str(self.work / "compiled"),
        }

    def prepare(self) -> None:
        """Copy what git knows or would add, and make the test database unless its migrations are the same."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        shutil.rmtree(self.tree, ignore_errors=True)
        for name in filter(None, listed):
            if (self.root / name).is_file():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.root / name, self.tree / name)
        (self.work / "verdicts").mkdir(parents=True, exist_ok=True)

    def make_database(self) -> None:
        migrations = sorted(self.tree.glob("backend/*/migrations/*.py"))
        digest = _digest(*(path.read_text() for path in migrations))
        if not migrations or (self.pristine.exists() and self.stamp.read_text() == digest):
            return
        shutil.rmtree(self.work / "var", ignore_errors=True)
        (self.work / "var").mkdir()
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        settings = {"DJANGO_SETTINGS_MODULE": SETTINGS}
        subprocess.run(migrate, cwd=self.tree, env=self.environment | settings, check=True)
        shutil.copy(self.database, self.pristine)
        self.stamp.write_text(digest)

    @property
    def database(self) -> Path:
        return self.work / "var" / "tests.sqlite3"

    @property
    def pristine(self) -> Path:
        return self.work / "pristine.sqlite3"

    @property
    def stamp(self) -> Path:
        return self.work / "pristine.digest"


def targets() -> list[Target]:
    """The rows of the table."""
    rows = tomllib.loads(TABLE.read_text())["file"]
    return [Target(**row | {"tests": tuple(row["tests"])}) for row in rows]


def measure(target: Target, place: Place) -> Measured:
    """Judge the mutants of one file, those not judged before; what came of it.

    Raises
    ------
    NotMeasured
        The tests fail as they are, or the judge ended without a verdict on every mutant.
    """
    source = (place.tree / target.file).read_text()
    made = mutants_of(source)
    mutants = {_digest(target.file, one.source): one for one in target.sampled(made)}
    tests = _digest(*(_text(place.tree / test.partition("::")[0]) for test in target.tests))
    kept = place.work / "verdicts" / f"{target.file.replace('/', '.')}.json"
    verdicts = _still_true(kept, tests)
    missing = {key: one for key, one in mutants.items() if key not in verdicts}
    if missing:
        for row in _judge(target, place, source, missing):
            verdicts[row["id"]] = row | {"with": tests}
        kept.write_text(json.dumps(list(verdicts.values()), indent=1))
    lacking = len(mutants.keys() - verdicts.keys())
    if lacking:
        raise NotMeasured(f"{target.file}: {lacking} mutants without a verdict, see build/mutants/judge.log")
    survivors = [one for key, one in mutants.items() if verdicts[key]["verdict"] == "survived"]
    return Measured(
        file=target.file,
        promise=target.promise,
        made=len(made),
        judged=len(mutants),
        survivors=[Survivor(one.line, one.before, one.after) for one in survivors],
        day=time.strftime("%Y-%m-%d", time.gmtime()),
    )


def _judge(target: Target, place: Place, source: str, mutants: dict[str, Mutant]) -> list[dict[str, Any]]:
    """Run the judge in the copy; its last verdict on each mutant. What it notes is kept if it is ended."""
    out = place.work / "verdicts" / f"{target.file.replace('/', '.')}.jsonl"
    done = _rows(out)
    left = {key: one for key, one in mutants.items() if key not in done}
    job = {
        "file": target.file,
        "source": source,
        "tests": target.tests,
        "mutants": [{"id": key, "source": one.source} for key, one in left.items()],
        "out": str(out),
        "database": str(place.database),
        "pristine": str(place.pristine),
    }
    written = place.work / "job.json"
    written.write_text(json.dumps(job))
    command = [sys.executable, "-m", "scripts.mutants.judging", str(written)]
    with (place.work / "judge.log").open("w") as log:
        ended = subprocess.run(
            command, cwd=place.tree, env=place.environment, stdout=log, stderr=log, check=False
        )
    if ended.returncode != 0:
        raise NotMeasured(f"{target.file}: the judge gave up, see build/mutants/judge.log")
    rows = _rows(out)
    out.unlink(missing_ok=True)
    return list(rows.values())


def _rows(out: Path) -> dict[str, dict[str, Any]]:
    """The last verdict on each mutant; one that waits to be loaded has none yet."""
    lines = out.read_text().splitlines() if out.exists() else []
    rows = {row["id"]: row for row in map(json.loads, lines)}
    return {key: row for key, row in rows.items() if row["verdict"] != "loading"}


def _still_true(kept: Path, tests: str) -> dict[str, dict[str, Any]]:
    rows = json.loads(kept.read_text()) if kept.exists() else []
    return {row["id"]: row for row in rows if row["verdict"] == "killed" or row["with"] == tests}


def _text(path: Path) -> str:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return "\n".join(file.read_text() for file in files)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:20]


def measure_all(only: list[str], place: Place) -> list[str]:
    """Measure the files asked for, all where none is named; those below the goal, or not measured."""
    below = []
    for target in targets():
        if only and not any(word in f"{target.file} {target.promise}" for word in only):
            continue
        print(f"mutants: {target.file}", flush=True)
        try:
            measured = measure(target, place)
        except NotMeasured as error:
            print(f"mutants: {error}", flush=True)
            below.append(target.file)
            continue
        known = json.loads(FOUND.read_text()) if FOUND.exists() else {}
        FOUND.write_text(json.dumps(known | {target.file: measured.as_row()}, indent=1) + "\n")
        score = score_percent(measured, TABLE)
        print(
            f"mutants: {measured.judged} judged, {len(measured.survivors)} survived, {score:.0f} %",
            flush=True,
        )
        if score < GOAL_PERCENT:
            below.append(target.file)
    return below


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants", description=__doc__)
    parser.add_argument("only", nargs="*", help="files or promises whose name contains this")
    parser.add_argument("--report", action="store_true", help="write docs/mutants.md and measure nothing")
    asked = parser.parse_args()
    below = []
    if not asked.report:
        place = Place(ROOT, ROOT / "build" / "mutants")
        place.work.mkdir(parents=True, exist_ok=True)
        with (place.work / "lock").open("w") as lock:  # two at once would take each other's copy away
            fcntl.flock(lock, fcntl.LOCK_EX)
            place.prepare()
            place.make_database()
            below = measure_all(asked.only, place)
    write_report(ROOT / "docs" / "mutants.md", FOUND, TABLE)
    print(f"mutants: below {GOAL_PERCENT} % or not measured: {', '.join(below) or 'none'}")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
