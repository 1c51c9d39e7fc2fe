"""What the browser tests look through is in their own build, and in no other."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "frontend" / "dist"
HOOK = "__vertebase"
IN_WORKSTATION = "pane-straight"  # a test id of a pane that the hook would show


def scripts() -> dict[str, str]:
    return {file.name: file.read_text() for file in (PAGES / "assets").glob("*.js")}


@pytest.mark.skipif(not PAGES.is_dir(), reason="the pages are not built")
def test_production_pages_do_not_show_the_viewer_to_whoever_asks() -> None:
    found = scripts()
    assert any(IN_WORKSTATION in text for text in found.values()), "the workstation is looked at"
    assert [name for name, text in found.items() if HOOK in text] == []
