"""How a release is cited: for people in three styles, for programs as CITATION.cff and DataCite's JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from backend.releases.creators import Creator, read_creators
from backend.releases.made import NIFTI_TYPE, PARQUET_TYPE
from backend.releases.models import Release

SPDX_LICENCES = (
    "CC-BY-SA-4.0",
    "CC-BY-4.0",
    "CC-BY-NC-4.0",
    "CC0-1.0",
)  # as SPDX names them
DATACITE_SCHEMA = "http://datacite.org/schema/kernel-4"
KEYWORDS = ("spine", "vertebra", "computed tomography", "segmentation", "vertebral fracture")


def creators_of(release: Release) -> tuple[Creator, ...]:
    """Its authors; where none are named, whoever publishes it."""
    return read_creators(release.creators) or (Creator(name=publisher_of(release).replace(",", "")),)


def publisher_of(release: Release) -> str:
    return release.publisher or release.project.name


def released_on(release: Release) -> date:
    """The day that citations name: the one that was set, or else that of the draft."""
    return release.released_on or release.created_at.date()


def doi_page(release: Release) -> str:
    return f"https://doi.org/{release.doi}" if release.doi else ""


def citations(release: Release) -> dict[str, str]:
    """As a line of text (APA's form for data sets), BibTeX and RIS."""
    return {"text": _text(release), "bibtex": _bibtex(release), "ris": _ris(release)}


def _initials(creator: Creator) -> str:
    if not creator.given:
        return creator.family
    letters = " ".join(f"{name[0]}." for name in creator.given.split())
    return f"{creator.family}, {letters}"


def _text(release: Release) -> str:
    names = [_initials(creator) for creator in creators_of(release)]
    authors = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}"
    ends = "" if authors.endswith(".") else "."
    title = f"{release.title} (Version {release.version}) [Data set]"
    where = f" {doi_page(release)}" if release.doi else ""
    return f"{authors}{ends} ({released_on(release).year}). {title}. {publisher_of(release)}.{where}"


def _bibtex(release: Release) -> str:
    creators = creators_of(release)
    letters = "".join(ch for ch in creators[0].family if ch.isascii() and ch.isalnum()).lower()
    fields = {
        "author": " and ".join(
            f"{creator.family}, {creator.given}" if creator.given else f"{{{creator.family}}}"
            for creator in creators
        ),
        "title": f"{{{release.title}}}",
        "version": release.version,
        "year": str(released_on(release).year),
        "publisher": f"{{{publisher_of(release)}}}",
        "doi": release.doi,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    key = f"{letters or 'dataset'}{released_on(release).year}"
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def _ris(release: Release) -> str:
    rows = [
        ("TY", "DATA"),
        *(("AU", creator.name) for creator in creators_of(release)),
        ("TI", release.title),
        ("ET", release.version),
        ("PY", str(released_on(release).year)),
        ("DA", released_on(release).strftime("%Y/%m/%d")),
        ("PB", publisher_of(release)),
        ("DO", release.doi),
        ("ER", ""),
    ]
    return "\n".join(f"{tag}  - {value}" for tag, value in rows if value or tag == "ER")


def citation_cff(release: Release) -> str:
    """CITATION.cff 1.2.0. Texts are quoted as JSON quotes them, which YAML reads."""
    lines = [
        "cff-version: 1.2.0",
        'message: "If you use these data, please cite them as below."',
        "type: dataset",
        f"title: {_quoted(release.title)}",
        f"version: {_quoted(release.version)}",
        f"date-released: {released_on(release).isoformat()}",
    ]
    if release.licence in SPDX_LICENCES:
        lines.append(f"license: {release.licence}")
    if release.doi:
        lines.append(f"doi: {_quoted(release.doi)}")
    if release.notes.strip():
        lines.append(f"abstract: {_quoted(release.notes.strip())}")
    lines += ["keywords:", *(f"  - {_quoted(word)}" for word in KEYWORDS), "authors:"]
    for creator in creators_of(release):
        lines += _cff_author(creator)
    return "\n".join(lines) + "\n"


def _cff_author(creator: Creator) -> list[str]:
    names = (
        [("family-names", creator.family), ("given-names", creator.given)]
        if creator.given
        else [("name", creator.family)]
    )
    rows = [*names]
    if creator.given and creator.affiliation:
        rows.append(("affiliation", creator.affiliation))
    if creator.orcid:
        rows.append(("orcid", f"https://orcid.org/{creator.orcid}"))
    lines = [f"{key}: {_quoted(value)}" for key, value in rows]
    return [f"  - {lines[0]}", *(f"    {line}" for line in lines[1:])]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def datacite(release: Release) -> dict[str, Any]:
    """Metadata as DataCite's schema 4 has them, to register a DOI with."""
    day = released_on(release)
    found: dict[str, Any] = {
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Annotated spine CTs"},
        "creators": [_datacite_creator(creator) for creator in creators_of(release)],
        "titles": [{"title": release.title}],
        "publisher": {"name": publisher_of(release)},
        "publicationYear": str(day.year),
        "dates": [{"date": day.isoformat(), "dateType": "Issued"}],
        "version": release.version,
        "language": "en",
        "formats": [NIFTI_TYPE, "application/json", "text/csv", PARQUET_TYPE],
        "subjects": [{"subject": word} for word in KEYWORDS],
        "schemaVersion": DATACITE_SCHEMA,
    }
    if release.licence in SPDX_LICENCES:
        found["rightsList"] = [
            {"rights": release.licence, "rightsIdentifier": release.licence, "rightsIdentifierScheme": "SPDX"}
        ]
    if release.notes.strip():
        found["descriptions"] = [
            {"description": release.notes.strip(), "descriptionType": "Abstract", "lang": "en"}
        ]
    if release.doi:
        found["doi"] = release.doi
    return found


def _datacite_creator(creator: Creator) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": creator.name,
        "nameType": "Personal" if creator.given else "Organizational",
    }
    if creator.given:
        found |= {"familyName": creator.family, "givenName": creator.given}
    if creator.affiliation:
        found["affiliation"] = [{"name": creator.affiliation}]
    if creator.orcid:
        found["nameIdentifiers"] = [
            {
                "nameIdentifier": f"https://orcid.org/{creator.orcid}",
                "nameIdentifierScheme": "ORCID",
                "schemeUri": "https://orcid.org",
            }
        ]
    return found
