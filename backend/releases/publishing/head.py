"""The head of a release's page for programs that read no JavaScript: title, description, and schema.org's
description of the data set, by which search engines find it."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from backend.releases.citing import KEYWORDS, doi_page
from backend.releases.models import Release
from backend.releases.published import Standing
from backend.releases.publishing.page import page_of

MOST_LETTERS = 300  # of a description in the head; search engines show fewer
CATALOGUE_TITLE = "Data sets of annotated spine CTs"


def head_of(release: Release, address: str) -> str:
    """Title, meta and JSON-LD of the page at ``address``."""
    page = page_of(release)
    about = _sentence(page)
    title = f"{page['title']}, version {page['version']}"
    parts = [
        f"<title>{escape(title)}</title>",
        f'<meta name="description" content="{escape(about)}" />',
        f'<link rel="canonical" href="{escape(address)}" />',
        f'<meta property="og:title" content="{escape(title)}" />',
        f'<meta property="og:description" content="{escape(about)}" />',
        '<meta property="og:type" content="website" />',
        f'<meta name="citation_title" content="{escape(title)}" />',
        f'<meta name="citation_publication_date" content="{page["released_on"]:%Y/%m/%d}" />',
        *(
            f'<meta name="citation_author" content="{escape(creator["name"])}" />'
            for creator in page["creators"]
        ),
    ]
    if page["doi"]:
        parts.append(f'<meta name="citation_doi" content="{escape(page["doi"])}" />')
    if page["preview"] or page["standing"] == Standing.WITHDRAWN:
        parts.append('<meta name="robots" content="noindex" />')
    parts.append(_script(described(release, page, address)))
    return "\n    ".join(parts)


def catalogue_head() -> str:
    return (
        f"<title>{CATALOGUE_TITLE}</title>\n    "
        f'<meta name="description" content="{CATALOGUE_TITLE} with masks and fracture grades." />'
    )


def _sentence(page: dict[str, Any]) -> str:
    """What the page is about in a line or two."""
    if page["standing"] == Standing.WITHDRAWN:
        return f"Withdrawn: {page['withdrawn_reason']}"[:MOST_LETTERS]
    counts = page["counts"]
    counted = (
        f"{counts['series']} spine CTs of {counts['patients']} patients, {counts['vertebrae']} vertebrae "
        f"segmented and named, {counts['fractures']} fractured. Licence: {page['licence']}."
    )
    return f"{counted} {' '.join(page['notes'].split())}".strip()[:MOST_LETTERS]


def described(release: Release, page: dict[str, Any], address: str) -> dict[str, Any]:
    """The data set in schema.org's words, with Croissant's for how it is cited."""
    gone = page["standing"] == Standing.WITHDRAWN
    found: dict[str, Any] = {
        "@context": {
            "@language": "en",
            "@vocab": "https://schema.org/",
            "sc": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/",
            "dct": "http://purl.org/dc/terms/",
            "citeAs": "cr:citeAs",
            "conformsTo": "dct:conformsTo",
        },
        "@type": "sc:Dataset",
        "@id": address,
        "url": address,
        "name": page["title"],
        "version": page["version"],
        "description": _sentence(page),
        "license": page["licence_url"] or page["licence"],
        "datePublished": page["released_on"].isoformat(),
        "creator": [_person(creator) for creator in page["creators"]],
        "publisher": {"@type": "sc:Organization", "name": page["publisher"]},
        "citation": page["citations"]["text"],
        "citeAs": page["citations"]["bibtex"],
        "keywords": list(KEYWORDS),
        "isAccessibleForFree": not gone,
        "conditionsOfAccess": page["terms"],
        "creativeWorkStatus": "Withdrawn" if gone else "Published",
    }
    if page["doi"]:
        found["identifier"] = doi_page(release)
    if not gone:
        found["size"] = f"{page['size_bytes']} B"
        found["variableMeasured"] = ["Vertebra mask", "Vertebra level", "Vertebral fracture grade (Genant)"]
        found["measurementTechnique"] = "Computed tomography"
    return {key: value for key, value in found.items() if value != ""}


def _person(creator: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "sc:Person" if ", " in creator["name"] else "sc:Organization",
        "name": creator["name"],
    }
    if creator["orcid"]:
        found["@id"] = f"https://orcid.org/{creator['orcid']}"
    if creator["affiliation"]:
        found["affiliation"] = {"@type": "sc:Organization", "name": creator["affiliation"]}
    return found


def _script(described_as: dict[str, Any]) -> str:
    """As a script of data, which nothing in it can end: of ``<`` its number is written."""
    text = json.dumps(described_as, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>'
