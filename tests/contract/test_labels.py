"""What the guides set in bold or italics stands on the pages: in each language as its catalogue has it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("guide-manager", "guide-radiologist", "guide-rater", "guide-researcher", "first-hour")
SET_APART = re.compile(r"(?<![*\w])(\*{1,2})(?=\S)([^*]{1,120}?)(?<=\S)\1(?![*\w])")
HOLE = re.compile(r"\{\{\w+\}\}")
ENDS_IN_A_HOLE = re.compile(r"([^{]{4,})\{\{\w+\}\}")
# Not of our pages: names of people, programs, protocols, archives and keys; terms that a sentence brings in.
OTHERS = {
    "docs": {
        *("3D Slicer", "3D Slicer with MONAI Label", "ITK-SNAP", "Segmentation, Import Label Descriptions"),
        *("Ada Rater", "Mara Manager", "Rana Radiologist", "Rosa Researcher", "Vertebase is ready"),
        *("VerSe 2019", "VerSe 2020", "Multi-rater", "BIDS", "DICOM", "nnU-Net v2", "Segment_1"),
        *("n", "Shift + n", "B", "+", "first hour", "custodians", "open images", "cut off"),
        *("Groups", "2 edits, 1 grade and 1 note"),
    },
    "docs/de": {
        *("3D Slicer", "3D Slicer mit MONAI Label", "ITK-SNAP", "Segmentation, Import Label Descriptions"),
        *("Ada Rater", "Mara Manager", "Rana Radiologist", "Rosa Researcher", "Vertebase is ready"),
        *("VerSe 2019", "VerSe 2020", "Multi-rater", "BIDS", "DICOM", "nnU-Net v2", "Segment_1"),
        *("n", "Umschalt + n", "B", "+", "erste Stunde", "Treuhändern", "offenen Bildern", "abgeschnitten"),
        *("Gruppen", "ersten Schritte", "freigeben"),
    },
}


def plain(text: str) -> str:
    """As it is compared: without markup, plural forms, and what ends or opens a sentence."""
    text = re.sub(r"_(one|other)$", "", re.sub(r"</?\d+/?>", "", text))
    return text.strip(" .:…").lower()


@cache
def catalogue() -> dict[str, str]:
    found: dict[str, str] = json.loads((ROOT / "frontend/src/i18n/de.json").read_text())
    return found


@cache
def words(folder: str) -> tuple[frozenset[str], re.Pattern[str]]:
    """What stands on the pages: fixed texts, and those with something filled in as one pattern."""
    said = list(catalogue() if folder == "docs" else catalogue().values())
    texts = {plain(text) for text in said}
    texts |= {plain(link) for text in said for link in re.findall(r"<\d+>(.+?)</\d+>", text)}
    texts |= {plain(ends[1]) for text in texts if (ends := ENDS_IN_A_HOLE.fullmatch(text))}
    filled = [
        "(.+)".join(map(re.escape, HOLE.split(text)))
        for text in texts
        if HOLE.search(text) and len(HOLE.sub("", text).strip()) > 3
    ]
    return frozenset(texts), re.compile("|".join(filled))


def said_in(document: Path) -> Iterator[str]:
    """What is set apart, but for paragraphs' openings (a sentence of their own) and blocks of code."""
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.S)
    text = " ".join(line for line in text.splitlines() if not line.startswith("    "))
    yield from (found[2] for found in SET_APART.finditer(text) if not found[2].endswith("."))


def stands(said: str, folder: str) -> bool:
    fixed, filled = words(folder)
    return plain(said) in fixed or filled.fullmatch(plain(said)) is not None


@pytest.mark.parametrize("folder", OTHERS)
@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_names_stands_on_the_pages(guide: str, folder: str) -> None:
    missing = [
        said
        for said in said_in(ROOT / folder / f"{guide}.md")
        if said not in OTHERS[folder]
        and not stands(said, folder)
        and not all(stands(part, folder) for part in re.split(r", | / | > ", said))
    ]
    assert missing == [], "change the guide, or the list of what is no label"


def test_the_list_of_what_is_no_label_holds_nothing_that_no_guide_says() -> None:
    for folder, others in OTHERS.items():
        said = {one for guide in GUIDES for one in said_in(ROOT / folder / f"{guide}.md")}
        assert others - said == set()
