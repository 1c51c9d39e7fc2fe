"""The documents under /docs: whole, for everybody, and with no script but their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from scripts.docs_pages import inline_scripts

PAGE = "<html><script>let a = 1;</script><script src='x.js'></script><h1>Guide</h1></html>"


@pytest.fixture
def built(tmp_path: Path, settings: Any) -> Path:
    (tmp_path / "de").mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "de" / "index.html").write_text("<h1>Anleitung</h1>")
    (tmp_path / "searchindex.js").write_text("Search.setIndex({})")
    (tmp_path / "scripts.json").write_text(json.dumps(sorted(inline_scripts(PAGE))))
    settings.DOCUMENTS_DIST = tmp_path
    return tmp_path


def test_a_stranger_reads_them_in_both_languages(built: Path, client: Client) -> None:
    assert client.get("/docs")["Location"] == "/docs/"
    assert b"Guide" in client.get("/docs/").content
    assert client.get("/docs/de")["Location"] == "/docs/de/"
    assert b"Anleitung" in client.get("/docs/de/").content
    assert client.get("/docs/searchindex.js")["Content-Type"] == "text/javascript; charset=utf-8"


def test_only_the_scripts_of_the_pages_may_run(built: Path, client: Client) -> None:
    policy = {
        name: words
        for name, *words in (
            part.split() for part in client.get("/docs/")["Content-Security-Policy"].split(";")
        )
    }
    (digest,) = inline_scripts(PAGE)
    assert digest in policy["script-src"]
    assert "'unsafe-inline'" not in policy["script-src"]
    assert digest not in client.get("/")["Content-Security-Policy"]


def test_a_script_with_a_source_is_none_that_stands_in_the_page() -> None:
    assert len(inline_scripts(PAGE)) == 1
    # as `openssl dgst -sha256 -binary | base64` has it
    assert inline_scripts("<script>alert(1)</script>") == {
        "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
    }


@pytest.mark.parametrize(
    "path", ["../manage.py", "%2e%2e/secret", "no.html", "scripts.json", "..%2f..%2fetc/passwd"]
)
def test_nothing_else_of_the_disk_is_there(built: Path, client: Client, path: str) -> None:
    (built.parent / "secret").write_text("secret")
    assert client.get(f"/docs/{path}").status_code == 404


def test_an_unchanged_page_is_not_sent_again(built: Path, client: Client) -> None:
    first = client.get("/docs/")
    again = client.get("/docs/", headers={"If-Modified-Since": first["Last-Modified"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == "no-cache"


def test_what_is_not_built_says_how(tmp_path: Path, settings: Any, client: Client) -> None:
    settings.DOCUMENTS_DIST = tmp_path
    answer = client.get("/docs/")
    assert answer.status_code == 503
    assert b"make docs" in answer.content
