"""``datasheet.md``: the questions of "Datasheets for Datasets" (Gebru et al., Commun ACM 2021;64(12):86-92).

What the site knows it tells; the rest are the managers' own sentences. What neither knows is untold, and said
to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backend.common.software import software_version
from backend.progress.raters.reports import AgreementFigures, Estimate
from backend.releases.citing import citations, creators_of, doi_page, publisher_of, released_on
from backend.releases.datasheet.facts import Facts, Flow, StageFacts
from backend.releases.datasheet.said import read_datasheet
from backend.releases.embargo import locked_until
from backend.releases.models import Release
from backend.releases.raters import readme_lines

UNTOLD = "Not told by those who publish."
_COUNTED = ("patients", "series", "vertebrae", "fractures")
# name, measure, unit
_SHAPES = (
    ("Dice", "dice", ""),
    ("Hausdorff distance, 95th percentile", "hd95_mm", " mm"),
    ("Mean surface distance", "assd_mm", " mm"),
)
_GRADES = (("Fleiss' kappa", "fleiss"), ("Krippendorff's alpha, ordinal", "alpha"), ("Gwet's AC2", "ac2"))


def datasheet_text(release: Release, facts: Facts, counts: dict[str, Any]) -> str:
    """The datasheet as Markdown; ``counts`` and ``facts`` as everybody may know them."""
    said = read_datasheet(release.datasheet)
    sections = {
        "Motivation": [
            ("Why was it made?", said.purpose),
            ("Who made it, and who publishes it?", _makers(release)),
            ("Who paid for it?", said.funding),
        ],
        "Composition": [
            ("What is in it?", _composition(release, counts)),
            ("What is left out or not known?", _lacking(release)),
        ],
        "Collection": [
            ("Where are the CTs from, and how were patients chosen?", said.source),
            ("How many series came in, and which stayed out?", _flow(facts.flow)),
            ("Was it approved, and did patients consent?", said.ethics),
        ],
        "Preprocessing and labelling": [
            ("What was done to the CTs?", _preprocessing(release)),
            ("Who labelled, and how?", _labelling(facts)),
            ("How well did those who labelled agree?", _agreement(facts.agreement)),
            ("Is what single people labelled part of it?", _single_raters(release)),
        ],
        "Uses": [
            ("What should it not be used for?", said.limits),
            ("What does the licence ask?", f"{release.licence}. Terms of use:\n\n{_quote(release.terms)}"),
        ],
        "Distribution": [("How is it given out?", _distribution(release))],
        "Maintenance": [
            ("Who maintains it?", said.upkeep),
            ("What if something is wrong in it?", _mending(release)),
        ],
    }
    body = "\n".join(f"## {title}\n\n{_answers(rows)}" for title, rows in sections.items())
    return f"# Datasheet of {release.title}, version {release.version}\n\n{body}"


def _answers(rows: list[tuple[str, str]]) -> str:
    return "".join(f"**{question}**\n\n{answer.strip() or UNTOLD}\n\n" for question, answer in rows)


def _quote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def _makers(release: Release) -> str:
    names = "; ".join(creator.name for creator in creators_of(release))
    return f"Authors: {names}. Publisher: {publisher_of(release)}."


def _composition(release: Release, counts: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| {split} | {' | '.join('sealed' if row[key] is None else str(row[key]) for key in _COUNTED)} |"
        for split, row in counts["splits"].items()
    )
    return f"""{release.notes.strip()}

One instance is a CT series of the spine with a mask of its vertebrae, their centroids, a preview, and
fracture grades of T1 to L6. `README.md` tells the files, `data_dictionary.csv` each column.

| split | patients | series | vertebrae | fractured |
| --- | --- | --- | --- | --- |
{rows}

All series of a patient are in one split. Splits were drawn with seed {release.seed}."""


def _lacking(release: Release) -> str:
    opens = locked_until(release)
    sealed = f"The test part is sealed until {opens.isoformat()}.\n" if opens else ""
    return f"""{sealed}What is not known of a patient or vertebra is NA or n/a in the tables, and null in
their Parquet. Names, dates and identifiers are left out; patients have pseudonyms, and an age of 90
stands for 90 and over."""


def _flow(flow: Flow | None) -> str:
    if flow is None:
        return "Not told while the test part is sealed: its size would follow."
    steps = [
        ("came in", flow.came_in),
        ("kept out by an inclusion rule, or there twice", flow.kept_out),
        ("excluded by people", flow.excluded),
        ("not accepted when the release was drafted", flow.not_accepted),
        ("in the release", flow.released),
    ]
    lines = [f"- {what}: {number}" for what, number in steps]
    lines += [f"- not passed, {rule}: {number}" for rule, number in flow.rules.items()]
    return "\n".join(lines + [f"- excluded, {reason}: {number}" for reason, number in flow.reasons.items()])


def _preprocessing(release: Release) -> str:
    spacing = f"{release.project.working_spacing_mm:g} mm"
    return f"""Each series became one volume of Hounsfield units. Axes finer than {spacing} were reduced to
that, coarser ones kept; the array axes are those closest to right, anterior and superior. The files of a
series as they came in are not part of the release. Made with {software_version()}."""


def _labelling(facts: Facts) -> str:
    protocol = facts.protocol
    starts = "".join(f"- {origin}: {number}\n" for origin, number in sorted(facts.starts.items()))
    stages = "\n".join(_stage_line(number, row) for number, row in enumerate(facts.stages, 1))
    return f"""Protocol: {protocol.name}, version {protocol.version}. Open cases: {facts.cases}. People who
worked on them: {facts.raters}; names are not told. They began with:

{starts}
{stages}"""


def _stage_line(number: int, row: StageFacts) -> str:
    stage = row.stage
    if not stage.is_human:
        return f"{number}. {stage.title}: by the program, {stage.method}"
    alone = f"{stage.overlap} people, none seeing the others" if stage.overlap > 1 else "one person"
    asked = f"{alone} for each case that comes to it"
    return f"{number}. {stage.title}: {asked}; {row.people} people handed in {row.hand_ins} times"


def _agreement(found: AgreementFigures | None) -> str:
    if found is None:
        return "No case that is open was done by several people independently."
    lines = [
        f"Open cases: {found.cases}; patients: {found.patients}. Intervals are of 95 %, over patients.",
        "",
        *_shapes(found),
        *_grades(found),
    ]
    return "\n".join(lines)


def _single_raters(release: Release) -> str:
    return readme_lines(release) or "No. It holds what was agreed on in the end."


def _shapes(found: AgreementFigures) -> Iterator[str]:
    if not found.overall.pairs:
        return
    pairs, missing = found.overall.pairs, found.overall.missing
    yield f"- outlines: {pairs} pairs of people on a vertebra, of which {missing} were drawn by one only"
    for name, key, unit in _SHAPES:
        yield f"- {name}: {_estimate(getattr(found.overall, key), unit)}"


def _grades(found: AgreementFigures) -> Iterator[str]:
    if not found.grades.vertebrae:
        return
    yield f"- grades: {found.grades.vertebrae} vertebrae, {found.grades.differing} on which people differed"
    for name, key in _GRADES:
        yield f"- {name}: {_estimate(getattr(found.grades, key), '')}"


def _estimate(estimate: Estimate, unit: str) -> str:
    if estimate.value is None:
        return "not defined"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}{unit} (no interval: too few patients)"
    return f"{estimate.value:.3f}{unit} ({estimate.low:.3f} to {estimate.high:.3f})"


def _distribution(release: Release) -> str:
    page = f" DOI: {doi_page(release)}." if release.doi else ""
    return f"""Released on {released_on(release).isoformat()} under {release.licence}, as archives for each
part and in the layouts of VerSe (as of now, 2019 and 2020), BIDS and nnU-Net. Whoever downloads
accepts the terms first.{page}

Cite as: {citations(release)["text"]}"""


def _mending(release: Release) -> str:
    return f"""Version {release.version} does not change any more: each of its files has a checksum. What
turns out to be wrong is told as an erratum on its page, and mended in a new version."""
