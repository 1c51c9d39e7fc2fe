"""What the page of a release tells, and the line that stands for it in the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from backend.releases.citing import citations, creators_of, publisher_of, released_on
from backend.releases.content import LICENCE_PAGES
from backend.releases.embargo import locked_until
from backend.releases.models import Access, Release
from backend.releases.published import Standing, publication_of, standing_of
from backend.releases.publishing import selectors
from backend.releases.selectors import terms_sha256

KEPT_SECONDS = 24 * 3600


def page_of(release: Release) -> dict[str, Any]:
    """Everything that the page of a release shows. Of one that was withdrawn its name and how it is cited."""
    publication = publication_of(release)
    standing = standing_of(release)
    gone = standing == Standing.WITHDRAWN
    about = {
        "id": release.pk,
        "version": release.version,
        "title": release.title,
        "notes": release.notes,
        "project": release.project.name,
        "publisher": publisher_of(release),
        "creators": [
            {"name": creator.name, "affiliation": creator.affiliation, "orcid": creator.orcid}
            for creator in creators_of(release)
        ],
        "doi": release.doi,
        "released_on": released_on(release),
        "licence": release.licence,
        "licence_url": LICENCE_PAGES.get(release.licence, ""),
        "citations": citations(release),
        "preview": selectors.is_preview(release),
        "standing": standing,
        "published_at": publication.published_at if publication else None,
        "withdrawn_at": publication.withdrawn_at if publication else None,
        "withdrawn_reason": publication.withdrawn_reason if publication else "",
        "access": publication.access if publication else Access.MEMBERS.value,
        "versions": selectors.versions_of(release),
    }
    return about | (_GONE if gone else _contents(release))


_GONE: dict[str, Any] = {
    "terms": "",
    "terms_sha256": "",
    "embargo_until": None,
    "manifest_sha256": "",
    "size_bytes": 0,
    "counts": None,
    "levels": [],
    "contrast": [],
    "table": {"columns": [], "rows": []},
    "figures": [],
    "pictures": [],
    "errata": [],
}


def _contents(release: Release) -> dict[str, Any]:
    root = f"/api/v1/public/releases/{release.pk}"
    return {
        "terms": release.terms,
        "terms_sha256": terms_sha256(release),
        "embargo_until": locked_until(release),
        "manifest_sha256": release.manifest_sha256,
        **_facts(release),
        "table": selectors.table_1(release),
        "figures": [
            row | {"url": f"{root}/figures/{row['split']}/{row['name']}.svg"}
            for row in selectors.figures_of(release)
        ],
        "pictures": [
            {
                "item_id": picture.item.pk,
                "subject": picture.item.release_patient.subject,
                "url": f"{root}/items/{picture.item.pk}/picture.png",
            }
            for picture in selectors.chosen_pictures(release)
        ],
        "errata": [
            {
                "subject": erratum.item.release_patient.subject if erratum.item else None,
                "text": erratum.text,
                "created_at": erratum.created_at,
            }
            for erratum in selectors.errata_of(release)
        ],
    }


def _facts(release: Release) -> dict[str, Any]:
    """Counts, levels and contrast of what is open: kept, since of a frozen release they change on one day."""
    key = f"releases.page:{release.pk}:{release.manifest_sha256}:{locked_until(release)}"
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        items = selectors.open_items(release)
        kept = {
            "counts": selectors.counts_of(release),
            "levels": selectors.levels_of(items),
            "contrast": selectors.contrast_of(items),
            "size_bytes": selectors.size_of(release),
        }
        cache.set(key, kept, KEPT_SECONDS)
    return kept


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in the catalogue; what is empty does not matter."""

    search: str = ""
    level: str = ""
    contrast: str = ""
    licence: str = ""
    cases: int = 0  # at least


def catalogue(wanted: Wanted) -> list[dict[str, Any]]:
    """A line for each release with a public page that fits; of several versions each is one."""
    rows = [catalogue_row(release) for release in selectors.pages()]
    return [row for row in rows if _fits(row, wanted)]


def catalogue_row(release: Release) -> dict[str, Any]:
    gone = standing_of(release) == Standing.WITHDRAWN
    facts = _GONE if gone else _facts(release)
    pictures = selectors.chosen_pictures(release)[:1]
    publication = publication_of(release)
    return {
        "id": release.pk,
        "version": release.version,
        "title": release.title,
        "notes": release.notes,
        "publisher": publisher_of(release),
        "licence": release.licence,
        "released_on": released_on(release),
        "standing": standing_of(release),
        "access": publication.access if publication else Access.MEMBERS.value,
        "patients": 0 if gone else facts["counts"]["patients"],
        "cases": 0 if gone else facts["counts"]["series"],
        "vertebrae": 0 if gone else facts["counts"]["vertebrae"],
        "fractures": 0 if gone else facts["counts"]["fractures"],
        "levels": [row["level"] for row in facts["levels"]],
        "contrast": [row["phase"] for row in facts["contrast"]],
        "picture_url": f"/api/v1/public/releases/{release.pk}/items/{pictures[0].item.pk}/picture.png"
        if pictures
        else None,
    }


def _fits(row: dict[str, Any], wanted: Wanted) -> bool:
    words = f"{row['title']} {row['notes']} {row['publisher']} {row['version']}".casefold()
    return (
        all(word in words for word in wanted.search.casefold().split())
        and (not wanted.level or wanted.level in row["levels"])
        and (not wanted.contrast or wanted.contrast in row["contrast"])
        and (not wanted.licence or wanted.licence == row["licence"])
        and row["cases"] >= wanted.cases
    )
