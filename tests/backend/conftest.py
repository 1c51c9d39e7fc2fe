"""Fixtures of the back end's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.releases import pictures

draw = pictures.pictures


@pytest.fixture(scope="session", autouse=True)
def pictures_are_drawn_once() -> Iterator[None]:
    """Of the same counts a release's pictures are the same bytes, which `test_statistics` shows undisturbed.

    To draw them is half of what it takes to freeze a small release.
    """
    drawn: dict[str, list[tuple[str, bytes]]] = {}

    def kept(figures: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
        counts = repr(figures)
        if counts not in drawn:
            drawn[counts] = list(draw(figures))
        yield from drawn[counts]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "pictures", kept)
        yield


@pytest.fixture
def as_user() -> Callable[[User | None], APIClient]:
    """A client that is signed in as somebody (or nobody)."""

    def client_of(user: User | None) -> APIClient:
        client = APIClient()
        if user is not None:
            client.force_login(user)
        return client

    return client_of
