"""The API's pages come from the site itself, and no content policy keeps a browser from them."""

from __future__ import annotations

import re

import pytest
from django.test import Client


@pytest.mark.django_db
def test_the_pages_of_the_api_need_no_other_host() -> None:
    page = Client().get("/api/docs")
    text = page.content.decode()
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert "//" not in text.replace("</", ""), "no address of another host"
    assert re.findall(r"<script(?! src=)", text) == [], "the policy runs no script that stands in a page"
    parts = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(parts) >= 5
    for address in (one for one in parts if one.startswith("/api/docs/")):
        answer = Client().get(address)
        assert answer.status_code == 200, address
        assert answer.content
        assert not re.search(rb"url\(['\"]?https?:", answer.content), address
    start = Client().get("/api/docs/start.js").content.decode()
    assert 'supportedSubmitMethods: ["get"]' in start
    assert Client().get("/api/docs/absent.js").status_code == 404
    assert Client().post("/api/docs").status_code == 405
