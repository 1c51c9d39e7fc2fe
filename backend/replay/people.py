"""Who takes part, and their tokens: made as a person makes one, signed in with a password."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from backend.client import Site

TIMEOUT_SECONDS = 120.0
ROLES: dict[str, str] = {
    "manager": "manager",
    **{f"rater{n}": "rater" for n in (1, 2, 3, 4)},
    **{f"radiologist{n}": "radiologist" for n in (1, 2)},
    **{f"team{n}": "researcher" for n in (1, 2, 3)},
}
NAMES = {
    "manager": "Marlene Manager",
    **{f"rater{n}": f"Rater {word}" for n, word in enumerate(("One", "Two", "Three", "Four"), start=1)},
    **{f"radiologist{n}": f"Radiologist {word}" for n, word in enumerate(("One", "Two"), start=1)},
    **{f"team{n}": f"Team {word}" for n, word in enumerate(("One", "Two", "Three"), start=1)},
}


class SignInFailed(Exception):
    """The site did not take a password."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the site."""

    key: str
    email: str
    password: str


def read_accounts(path: Path) -> list[Account]:
    """The accounts of a running site: JSON, for each of the roles an e-mail address and a password.

    Raises ``ValueError`` where one is missing.
    """
    told = json.loads(path.read_text("utf-8"))
    missing = [key for key in ROLES if key not in told]
    if missing:
        raise ValueError(f"{path} names no account for: {', '.join(missing)}")
    return [Account(key, told[key]["email"], told[key]["password"]) for key in ROLES]


class Session:
    """Somebody signed in as the pages sign in: for what a token may not do."""

    def __init__(self, url: str, account: Account) -> None:
        self._url, self._account = url, account
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        self.ask("/_allauth/browser/v1/config")
        login = {"email": account.email, "password": account.password}
        self.ask("/_allauth/browser/v1/auth/login", login)

    def ask(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """The JSON of an answer. Raises ``SignInFailed`` with what the site says."""
        token = next((cookie.value or "" for cookie in self._jar if cookie.name == "csrftoken"), "")
        headers = {"Content-Type": "application/json", "Referer": self._url, "X-CSRFToken": token}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}{path}", data=data, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            said = refused.read()[:300].decode(errors="replace")
            raise SignInFailed(
                f"{self._account.email} at {self._url}{path}: {refused.code} {said}"
            ) from refused


class People:
    """Everybody's site, each with a token of their own, kept for the next start."""

    def __init__(self, url: str, tokens: Path, accounts: list[Account]) -> None:
        self.url, self._path = url, tokens
        self._accounts = {account.key: account for account in accounts}
        self._tokens: dict[str, str] = json.loads(tokens.read_text("utf-8")) if tokens.exists() else {}

    def email(self, key: str) -> str:
        return self._accounts[key].email

    def sign_in(self) -> None:
        """Make the tokens that are missing. Raises ``SignInFailed``."""
        for key in self._accounts:
            if key not in self._tokens:
                made = self.session(key).ask("/api/v1/me/tokens", {"name": "replay", "scope": "manage"})
                self._tokens[key] = made["token"]
                self._keep()

    def _keep(self) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(self._tokens, out)

    def session(self, key: str) -> Session:
        """That person before the pages."""
        return Session(self.url, self._accounts[key])

    def site(self, key: str) -> Site:
        """The site as that person's programs see it."""
        return Site(self.url, self._tokens[key], insecure=True)
