"""The score of a file, and docs/mutants.md from the figures of all files."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

GOAL_PERCENT = 90


@dataclass(frozen=True)
class Survivor:
    """A change that no test noticed."""

    line: int
    before: str
    after: str


@dataclass(frozen=True)
class Measured:
    """What came of one file: mutants made, those of them that were judged, those that survived, the day."""

    file: str
    promise: str
    made: int
    judged: int
    survivors: list[Survivor]
    day: str

    def as_row(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Reason:
    """Why a survivor stays: it changes nothing (``equivalent``), or no test is worth its while."""

    file: str
    before: str
    why: str
    after: str | None = None
    equivalent: bool = False

    def explains(self, file: str, survivor: Survivor) -> bool:
        same = self.after is None or self.after == survivor.after
        return self.file == file and self.before == survivor.before and same


def reasons(table: Path) -> list[Reason]:
    return [Reason(**row) for row in tomllib.loads(table.read_text()).get("reason", [])]


def score_percent(measured: Measured, table: Path) -> float:
    """Killed mutants as a share of those judged that change anything; 100 where there are none."""
    known = reasons(table)
    equal = sum(
        any(r.equivalent and r.explains(measured.file, one) for r in known) for one in measured.survivors
    )
    telling = measured.judged - equal
    return 100.0 * (measured.judged - len(measured.survivors)) / telling if telling else 100.0


def write_report(page: Path, found: Path, table: Path) -> None:
    """Write the page from its own text above the first mark, and the figures below it."""
    rows = json.loads(found.read_text()) if found.exists() else {}
    measured = [
        Measured(**row | {"survivors": [Survivor(**one) for one in row["survivors"]]})
        for row in rows.values()
    ]
    above = page.read_text().partition(MARK)[0] if page.exists() else "# Mutation testing\n\n"
    lines = [MARK, "", *_table(measured, table), "", "## Survivors", "", *_survivors(measured, table)]
    page.write_text(above + "\n".join(lines) + "\n")


MARK = "<!-- Below this line `make mutants` writes. -->"


def _table(measured: list[Measured], table: Path) -> list[str]:
    head = ["| promise | file | mutants | judged | killed | survived | score | measured |"]
    head += ["| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |"]
    order = [row["file"] for row in tomllib.loads(table.read_text())["file"]]
    listed = sorted((one for one in measured if one.file in order), key=lambda one: order.index(one.file))
    return head + [
        f"| {one.promise} | `{one.file}` | {one.made} | {one.judged} | {one.judged - len(one.survivors)} "
        f"| {len(one.survivors)} | {score_percent(one, table):.0f} % | {one.day} |"
        for one in listed
    ]


def _survivors(measured: list[Measured], table: Path) -> list[str]:
    known = reasons(table)
    lines = []
    for one in sorted(measured, key=lambda one: one.file):
        if not one.survivors:
            continue
        lines += [f"### `{one.file}`", ""]
        for survivor in one.survivors:
            reason = next((r for r in known if r.explains(one.file, survivor)), None)
            why = "no reason noted yet" if reason is None else reason.why
            kind = "equivalent: " if reason is not None and reason.equivalent else ""
            lines.append(f"- `{survivor.before}` → `{survivor.after}`: {kind}{why}")
        lines.append("")
    return lines[:-1] if lines else ["None."]
