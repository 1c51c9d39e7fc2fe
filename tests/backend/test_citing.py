"""How a release is cited and found: for people, for DataCite and CITATION.cff, and for machine learning."""

from __future__ import annotations

import csv
import json
import logging
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import mlcroissant
import pytest
import yaml
from datacite import schema45
from django.utils import timezone

from backend.imaging.selectors import geometry_of
from backend.projects.models import Project
from backend.releases import citing
from backend.releases.creators import CreatorsInvalid, read_creators
from backend.releases.dictionary import DICTIONARY
from backend.releases.models import Release
from backend.science.labels import name_of
from tests.backend import flow
from tests.backend.test_layouts import unpacked
from tests.backend.test_releases import accept_case, client_of, freeze
from tests.backend.thaw import thawed_afterwards

PEOPLE = [
    {"name": "Löffler, Maximilian Thomas", "affiliation": "TUM", "orcid": "0000-0002-1825-0097"},
    {"name": "Kirschke, Jan"},
    {"name": "Spine Group"},
]


def release_by(*creators: dict[str, str], **fields: Any) -> Release:
    known = {"version": "1.2", "title": "Spines", "released_on": date(2026, 5, 4), "doi": "10.1234/ab"}
    return Release(project=Project(name="Demo, spines"), creators=list(creators), **(known | fields))


def test_a_line_of_text_bibtex_and_ris() -> None:
    told = citing.citations(release_by(*PEOPLE, publisher="TUM"))
    assert told["text"] == (
        "Löffler, M. T., Kirschke, J., & Spine Group. (2026). Spines (Version 1.2) [Data set]. TUM. "
        "https://doi.org/10.1234/ab"
    )
    assert told["bibtex"].splitlines() == [
        "@misc{lffler2026,",
        "  author = {Löffler, Maximilian Thomas and Kirschke, Jan and {Spine Group}},",
        "  title = {{Spines}},",
        "  version = {1.2},",
        "  year = {2026},",
        "  publisher = {{TUM}},",
        "  doi = {10.1234/ab},",
        "}",
    ]
    assert told["ris"].splitlines()[:3] == [
        "TY  - DATA",
        "AU  - Löffler, Maximilian Thomas",
        "AU  - Kirschke, Jan",
    ]
    assert told["ris"].endswith("DO  - 10.1234/ab\nER  - ")


def test_where_nobody_is_named_the_project_is() -> None:
    told = citing.citations(release_by(doi=""))
    assert told["text"] == "Demo spines. (2026). Spines (Version 1.2) [Data set]. Demo, spines."


@pytest.mark.parametrize("orcid", ["0000-0002-1825-0098", "0000000218250097", "0000-0002-1825-009x", "x"])
def test_an_orcid_checks_itself(orcid: str) -> None:
    with pytest.raises(CreatorsInvalid, match=r"Author 2: orcid: .* is no ORCID"):
        read_creators([PEOPLE[0], {"name": "A, B", "orcid": orcid}])
    assert read_creators([{"name": "A, B", "orcid": "0000-0002-9079-593X"}])[0].given == "B"


@pytest.mark.parametrize(
    "release", [release_by(*PEOPLE), release_by(doi="", notes="Of 3 sites", licence="CC0-1.0")]
)
def test_datacite_and_cff_are_valid(release: Release) -> None:
    schema45.validate(citing.datacite(release))
    cff = yaml.safe_load(citing.citation_cff(release))
    assert (cff["cff-version"], cff["type"], cff["title"]) == ("1.2.0", "dataset", "Spines")
    assert cff["date-released"] == date(2026, 5, 4)
    named = [author.get("family-names") or author["name"] for author in cff["authors"]]
    assert named == (["Löffler", "Kirschke", "Spine Group"] if release.creators else ["Demo spines"])
    assert cff.get("doi") == (release.doi or None)


@pytest.fixture
def team() -> Iterator[flow.Team]:
    with thawed_afterwards():
        yield flow.make_team()


@pytest.mark.django_db(transaction=True)
def test_a_part_loads_by_its_croissant_and_holds_its_checksums(
    team: flow.Team, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    case = accept_case(team, grades=[{20: 2}] * 3)
    asked: dict[str, Any] = {"creators": PEOPLE, "notes": "Spines of one site", "rater_masks": True}
    release = freeze(team, fractions={"training": 1.0}, **asked)
    root = unpacked(client_of(team.manager, release), release, "all", tmp_path)
    part = root / "01_training"
    for folder in (root, part):
        done = subprocess.run(
            ["sha256sum", "--check", "--strict", "SHA256SUMS"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    listed = {
        str((folder / line.split("  ")[1]).relative_to(root))
        for folder in (root, part)
        for line in (folder / "SHA256SUMS").read_text().splitlines()
    }
    here = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert here - listed == {"manifest.json", "SHA256SUMS", "01_training/SHA256SUMS"}

    with caplog.at_level(logging.WARNING):
        dataset = mlcroissant.Dataset(jsonld=str(part / "croissant.json"))
    assert not caplog.records, "mlcroissant has nothing to say against it"
    (row,) = dataset.records("cases")
    assert row["cases/subject"].decode() == release.patients.get().subject
    assert (part / row["cases/ct"].decode()).is_file()
    assert (part / row["cases/mask"].decode()).is_file()
    assert [row[f"cases/shape_{axis}"] for axis in "ijk"] == list(geometry_of(case.volume).shape)
    assert row["cases/levels"].decode().split() == [name_of(label) for label in (20, 21)]
    grades = {
        row["gradings/level"].decode(): row["gradings/fx_grade"].decode()
        for row in dataset.records("gradings")
    }
    assert grades == {"L1": "2", "L2": "0"}
    by_raters = list(dataset.records("raters"))
    assert [row["raters/rater"].decode() for row in by_raters] == ["A", "B", "C"]
    assert all((part / row["raters/file"].decode()).is_file() for row in by_raters)

    for path in root.rglob("*.[ct]sv"):
        if path.parent.name != "statistics" and path.name != "data_dictionary.csv":
            table = csv.reader(path.open(), delimiter="\t" if path.suffix == ".tsv" else ",")
            assert next(table) == [column.name for column in DICTIONARY[path.name]], path.name
    told = list(csv.DictReader((root / "data_dictionary.csv").open()))
    assert [(row["file"], row["column"]) for row in told] == [
        (file, column.name) for file, columns in DICTIONARY.items() for column in columns
    ]


@pytest.mark.django_db(transaction=True)
def test_of_a_sealed_part_no_list_or_table_tells(team: flow.Team, tmp_path: Path) -> None:
    for _ in range(3):
        accept_case(team)
    release = freeze(
        team,
        fractions={"training": 0.4, "validation": 0.3, "test": 0.3},
        embargo_until=timezone.localdate() + timedelta(days=9),
    )
    secret = release.patients.get(split="test").subject
    assert team.researcher is not None
    root = unpacked(client_of(team.researcher, release), release, "all", tmp_path / "theirs")
    for path in root.rglob("*"):
        if path.is_file() and path.suffix in ("", ".csv", ".tsv", ".json", ".cff", ".md"):
            assert secret not in path.read_text(), path.name
    assert not (root / "03_test").exists()
    full = unpacked(client_of(team.manager, release), release, "all", tmp_path / "ours")
    assert secret in (full / "03_test" / "cases.csv").read_text()
    assert json.loads((full / "03_test" / "croissant.json").read_text())["name"].endswith("test part")
