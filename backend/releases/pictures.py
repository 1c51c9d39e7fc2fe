"""The paper's figures E1 to E4 as SVG and PNG, drawn from their counts; the same counts, the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

SIZE_INCHES = (7.2, 3.4)
PNG_DPI = 150
BAR, SECOND, THIRD = "#1f6f78", "#d99a2b", "#8c3b3b"
# no dates and no random ids, so that a release made again has the same checksums
_RC: Any = {"svg.hashsalt": "vertebase", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9}
_METADATA: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "png": {"Software": None}}

Draw = Callable[[Axes], None]


def pictures(figures: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """File names and contents; a figure without anything to count is left out."""
    for name, draw in _plans(figures).items():
        for kind in ("svg", "png"):
            yield f"{name}.{kind}", _drawn(draw, kind)


def _plans(figures: Mapping[str, Any]) -> dict[str, Draw]:
    plans: dict[str, Draw] = {
        "e1_vertebrae": lambda axes: _bars(axes, figures["vertebrae"], "Vertebrae"),
        "e2_fractured_vertebrae": lambda axes: _bars(axes, figures["fractured"], "Fractured vertebrae"),
        "e3_fracture_types": lambda axes: _types(axes, figures["types"]),
        "e4_age": lambda axes: _bars(axes, figures["decades"], "Patients", "Age in years"),
        "e4_bone_density": lambda axes: _bars(
            axes, figures["bmd_classes"], "Patients", "Bone density in mg/cm³"
        ),
    }
    empty = {
        "e1_vertebrae": not any(figures["vertebrae"].values()),
        "e2_fractured_vertebrae": not any(figures["fractured"].values()),
        "e3_fracture_types": not any(n for row in figures["types"].values() for n in row.values()),
        "e4_age": not any(figures["decades"].values()),
        "e4_bone_density": not any(figures["bmd_classes"].values()),
    }
    return {name: draw for name, draw in plans.items() if not empty[name]}


def _drawn(draw: Draw, kind: str) -> bytes:
    out = io.BytesIO()
    with mpl.rc_context(_RC):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        axes.spines[["top", "right"]].set_visible(False)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        figure.savefig(out, format=kind, dpi=PNG_DPI, metadata=_METADATA[kind])
    return out.getvalue()


def _bars(axes: Axes, counts: Mapping[str, int], title: str, below: str = "Level") -> None:
    bars = axes.bar(list(counts), list(counts.values()), color=BAR)
    axes.bar_label(bars, fontsize=7, color="#444444")
    axes.set_ylabel(title)
    axes.set_xlabel(below)
    axes.tick_params(axis="x", labelrotation=90 if len(counts) > 12 else 0, length=0)


def _types(axes: Axes, types: Mapping[str, Mapping[str, int]]) -> None:
    width = 0.26
    for place, (grade, colour) in enumerate(zip(("1", "2", "3"), (BAR, SECOND, THIRD), strict=True)):
        positions = [n + (place - 1) * width for n in range(len(types))]
        bars = axes.bar(
            positions, [row[grade] for row in types.values()], width, label=f"Grade {grade}", color=colour
        )
        axes.bar_label(bars, fontsize=7, color="#444444")
    axes.set_xticks(range(len(types)), [kind.capitalize() for kind in types])
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("Fractured vertebrae")
    axes.legend(frameon=False)
