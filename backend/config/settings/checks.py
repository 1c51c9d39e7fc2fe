"""What a public site does not start with: secrets that can be guessed, and addresses that say too little."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

KEY_CHARACTERS = 40  # 48 random bytes in base64 have 64
SECRET_CHARACTERS = 12
DISTINCT = 8
HOW = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))" prints one that will do'
PLACEHOLDERS = ("change", "secret", "password", "insecure", "example", "default", "vertebase")


def strong_secret(name: str, value: str, *, characters: int = SECRET_CHARACTERS) -> str:
    """The value, where nobody guesses it.

    Raises
    ------
    ImproperlyConfigured
        Naming the variable and what is wrong with it; never its value.
    """
    if len(value) < characters:
        raise ImproperlyConfigured(f"{name} is shorter than {characters} characters: {HOW}.")
    if len(set(value)) < DISTINCT:
        raise ImproperlyConfigured(f"{name} repeats a few characters: {HOW}.")
    if value.lower().startswith(PLACEHOLDERS):
        raise ImproperlyConfigured(f"{name} is a placeholder: {HOW}.")
    return value


def web_origin(name: str, value: str) -> SplitResult:
    """A web address of scheme and host alone, as browsers name where a request is from.

    Raises
    ------
    ImproperlyConfigured
    """
    origin = urlsplit(value.rstrip("/"))
    if origin.scheme not in ("https", "http") or not origin.hostname:
        raise ImproperlyConfigured(f"{name} has to begin with https:// (or http:// in a closed network).")
    if origin.path or origin.query or origin.fragment or origin.username or "*" in origin.hostname:
        raise ImproperlyConfigured(f"{name} has to be a scheme and one host, like https://spine.example.org.")
    return origin
