"""What a public site refuses to start with."""

from __future__ import annotations

import secrets

import pytest
from django.core.exceptions import ImproperlyConfigured

from backend.config.settings.checks import KEY_CHARACTERS, strong_secret, web_origin


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "shorter"),
        ("short-But-odd7", "shorter"),
        ("a" * 60, "repeats"),
        ("abcabcabc" * 8, "repeats"),
        ("change-me-0123456789-abcdefghijklmnopqrstuvwxyz", "placeholder"),
        ("django-insecure", "shorter"),
        ("Insecure-0123456789-abcdefghijklmnopqrstuvwxyz", "placeholder"),
    ],
)
def test_a_key_that_can_be_guessed_is_refused_without_being_told(value: str, why: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"DJANGO_SECRET_KEY .*{why}") as refused:
        strong_secret("DJANGO_SECRET_KEY", value, characters=KEY_CHARACTERS)
    assert not value or value not in str(refused.value)


def test_a_random_key_will_do() -> None:
    key = "k" + secrets.token_urlsafe(48)
    assert strong_secret("DJANGO_SECRET_KEY", key, characters=KEY_CHARACTERS) == key


@pytest.mark.parametrize(
    "value",
    [
        "spine.example.org",
        "//spine.example.org",
        "ftp://spine.example.org",
        "https://",
        "https://*.example.org",
        "https://spine.example.org/vertebase",
        "https://user:word@spine.example.org",
        "",
    ],
)
def test_an_origin_without_scheme_or_of_many_hosts_is_refused(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="VERTEBASE_ORIGIN"):
        web_origin("VERTEBASE_ORIGIN", value)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert web_origin("VERTEBASE_ORIGIN", "https://spine.example.org/").hostname == "spine.example.org"
    assert web_origin("VERTEBASE_ORIGIN", "http://127.0.0.1:8080").port == 8080
