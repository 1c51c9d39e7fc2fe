"""Fixtures of the back end's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from backend.accounts.models import User


@pytest.fixture
def as_user() -> Callable[[User | None], APIClient]:
    """A client that is signed in as somebody (or nobody)."""

    def client_of(user: User | None) -> APIClient:
        client = APIClient()
        if user is not None:
            client.force_login(user)
        return client

    return client_of
