"""What a replay leaves: the report as Markdown and as a page, with figures."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.replay import table
from backend.replay.checking import Line

TITLES = {
    "scenes": "CTs drawn",
    "site": "Site started",
    "people": "Everybody signed in",
    "project": "Project founded",
    "calibrations": "Calibrations",
    "upload": "Uploaded and read in",
    "rate": "Rated, fused, adjudicated, reviewed",
    "release": "Release planned and frozen",
    "challenge": "Challenge held",
    "boards": "Phases ended",
}
Rows = Sequence[Sequence[str]]


class Report:
    """A document that is written twice: for reading as text, and as a page with its figures in it."""

    def __init__(self) -> None:
        self._markdown: list[str] = []
        self._page: list[str] = []

    def heading(self, text: str, level: int = 2) -> None:
        self._markdown.append(f"{'#' * level} {text}")
        self._page.append(f"<h{level}>{html.escape(text)}</h{level}>")

    def paragraph(self, text: str) -> None:
        self._markdown.append(text)
        self._page.append(f"<p>{html.escape(text)}</p>")

    def table(self, columns: Sequence[str], rows: Rows) -> None:
        lines = [columns, ["---"] * len(columns), *rows]
        self._markdown.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in columns)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
        self._page.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def figure(self, name: str, svg: str) -> None:
        self._markdown.append(f"![{name}]({_file(name)})")
        self._page.append(f"<figure>{svg}<figcaption>{html.escape(name)}</figcaption></figure>")

    def write(self, folder: Path, figures: Mapping[str, str]) -> Path:
        """Both forms and the figures into a folder; the page."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, svg in figures.items():
            (folder / _file(name)).write_text(svg, "utf-8")
        (folder / "report.md").write_text("\n\n".join(self._markdown) + "\n", "utf-8")
        page = folder / "report.html"
        page.write_text(f"{_HEAD}{''.join(self._page)}</main></html>\n", "utf-8")
        return page


_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The paper, made again</title><style>
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse}
th,td{border-bottom:1px solid #8884;padding:.2rem .8rem .2rem 0;text-align:left}
figure{background:#fff;margin:1rem 0;padding:.5rem}figcaption{color:#333}svg{max-width:100%;height:auto}
</style><main>"""


def _file(name: str) -> str:
    return f"{name.lower().replace(' ', '-')}.svg"


def make_report(told: Mapping[str, Any]) -> tuple[Report, dict[str, str]]:
    """The report on a state (`asked`, `steps`, `notes`) and its checks (`table`, `p`)."""
    report = Report()
    figures = {"Minutes per stage": _bars(_minutes(told["steps"]), "min")}
    lines: list[Line] = [*told["table"], *told["p"]]
    wrong = [line for line in lines if not line.ok]
    report.heading("The paper, made again", 1)
    asked = ", ".join(f"{name} {value}" for name, value in told["asked"].items())
    report.paragraph(
        f"{len(lines) - len(wrong)} of {len(lines)} figures are as wanted. Started with {asked}. All is "
        f"synthetic: pictures are drawn, and people are bots. The counts are from: {table.source()}"
    )
    _failures(report, wrong, told["notes"])
    report.heading("Minutes")
    report.table(["stage", "minutes", "started"], _stages(told["steps"]))
    report.figure("Minutes per stage", figures["Minutes per stage"])
    report.heading("Table 1")
    report.table(["split", "figure", "wanted", "release", ""], [_row(line) for line in told["table"]])
    report.heading("Tests between splits")
    report.paragraph(
        "Student's t-test with equal variances, Pearson's chi-squared without correction. The paper prints "
        "each P > .05; of sex against the secret test that holds with Yates' correction only."
    )
    report.table(["splits", "test", "wanted P", "release's P", ""], [_row(line) for line in told["p"]])
    _counts(report, figures, told["steps"].get("release", {}).get("result", {}).get("statistics"))
    results = [told["steps"].get(name, {}).get("result", {}) for name in ("challenge", "boards")]
    if all(results):
        _challenge(report, figures, {**results[0], **results[1]})
    return report, figures


def _row(line: Line) -> list[str]:
    return [line.group, line.name, line.wanted, line.found, "" if line.ok else "differs"]


def _failures(report: Report, wrong: Sequence[Line], notes: Sequence[str]) -> None:
    report.heading("What failed")
    if not wrong and not notes:
        report.paragraph("Nothing.")
    if wrong:
        report.table(["split", "figure", "wanted", "found", ""], [_row(line) for line in wrong])
    for note in notes:
        report.paragraph(f"On the way: {note}")


def _minutes(steps: Mapping[str, Any]) -> dict[str, float]:
    return {TITLES.get(name, name): step["seconds"] / 60 for name, step in steps.items()}


def _stages(steps: Mapping[str, Any]) -> Rows:
    rows = [
        [TITLES.get(name, name), f"{step['seconds'] / 60:.1f}", str(step["starts"])]
        for name, step in steps.items()
    ]
    return [*rows, ["all", f"{sum(step['seconds'] for step in steps.values()) / 60:.1f}", ""]]


def _counts(report: Report, figures: dict[str, str], statistics: Any) -> None:
    if not statistics:
        return
    for name, key in (("Vertebrae per level", "vertebrae"), ("Fractured vertebrae per level", "fractured")):
        figures[name] = _bars({level: float(n) for level, n in statistics["figures"][key].items()}, "")
        report.figure(name, figures[name])


def _challenge(report: Report, figures: dict[str, str], result: Mapping[str, Any]) -> None:
    report.heading("Challenge")
    for words, told in (
        ("Kept from the teams while the secret phase was open", result["hidden_before"]),
        ("Shown to them when the phases had ended", result["shown"]),
    ):
        answers = ", ".join(f"{what}: {'yes' if so else 'NO'}" for what, so in told.items())
        report.paragraph(f"{words}: {answers}.")
    for split, board in result["boards"].items():
        report.heading(f"Leaderboard, {split}", 3)
        rows = [
            [
                str((row["segmentation"] or row["labelling"])["rank"]),
                row["team"],
                *(_estimate(row[key]) for key in ("identification_rate", "strict_identification_rate")),
                *(_estimate(row[key]) for key in ("dice", "strict_dice", "hausdorff_mm")),
                f"{row['missed']} / {row['extra']}",
                *(
                    (_estimate(row["grades"][key]) for key in ("kappa", "auc"))
                    if row.get("grades")
                    else ("", "")
                ),
            ]
            for row in board["rows"]
        ]
        report.table(
            [
                *("rank", "team", "id. rate", "strict", "Dice", "strict", "Hausdorff mm", "missed / extra"),
                *("kappa", "AUC"),
            ],
            rows,
        )
        report.paragraph(f"Raters with each other: Dice {_estimate(board['human_dice'])}.")
        name = f"Dice of the teams {split}"
        figures[name] = _bars({row["team"]: row["dice"]["value"] or 0.0 for row in board["rows"]}, "")
        report.figure(name, figures[name])


def _estimate(value: Mapping[str, float | None]) -> str:
    if value["value"] is None:
        return "n/a"
    if value["low"] is None or value["high"] is None:
        return f"{value['value']:.3f}"
    return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})"


def _bars(values: Mapping[str, float], unit: str) -> str:
    """Lying bars with their values, as SVG."""
    most = max(values.values(), default=0.0) or 1.0
    row, left, width = 22, 250, 420
    drawn = "".join(_bar(at, name, value, most, unit) for at, (name, value) in enumerate(values.items()))
    height = row * len(values) + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 90} {height}" '
        f'font-family="sans-serif" font-size="13" fill="#222">{drawn}</svg>'
    )


def _bar(at: int, name: str, value: float, most: float, unit: str) -> str:
    y = 22 * at + 5
    length = 420 * value / most
    shown = f"{value:.0f}" if value == int(value) else f"{value:.2f}"
    return (
        f'<text x="240" y="{y + 14}" text-anchor="end">{html.escape(name)}</text>'
        f'<rect x="250" y="{y}" width="{length:.1f}" height="17" fill="#3b7ea1"/>'
        f'<text x="{256 + length:.1f}" y="{y + 14}">{shown} {unit}</text>'
    )


def write_figures(lines: Iterable[Line], path: Path) -> None:
    """The checked figures as JSON, for a program that reads on."""
    path.write_text(json.dumps([line.to_json() for line in lines], indent=1) + "\n", "utf-8")
