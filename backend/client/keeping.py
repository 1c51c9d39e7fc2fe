"""What is kept on this machine: tokens of sites, and how far uploads have come."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import VertebaseError

URL, TOKEN, INSECURE = "VERTEBASE_URL", "VERTEBASE_TOKEN", "VERTEBASE_INSECURE"
CONFIG, STATE = "VERTEBASE_CONFIG", "VERTEBASE_STATE"
ONLY_MINE = 0o600


def _folder(named: str, on_unix: str, below_home: str) -> Path:
    """A folder of this program: the one the environment names, else where the system keeps such things."""
    if os.environ.get(named):
        return Path(os.environ[named])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "vertebase"
    return Path(os.environ.get(on_unix) or Path.home() / below_home) / "vertebase"


def config_folder() -> Path:
    """Where tokens are kept; ``VERTEBASE_CONFIG`` names another folder."""
    return _folder(CONFIG, "XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """Where unfinished uploads are noted; ``VERTEBASE_STATE`` names another folder."""
    return _folder(STATE, "XDG_STATE_HOME", ".local/state")


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, ONLY_MINE)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    draft.replace(path)


@dataclass(frozen=True)
class Login:
    """A site and a token for it. ``insecure``: it may travel unencrypted, within a house's own network."""

    url: str
    token: str
    insecure: bool = False


def _tokens_path() -> Path:
    return config_folder() / "tokens.json"


def _kept() -> dict[str, Login]:
    """Logins by address, the latest at the end. Raises ``VertebaseError`` where the file is broken."""
    path = _tokens_path()
    if not path.exists():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {
            url: Login(url, str(kept["token"]), insecure=kept["insecure"] is True)
            for url, kept in told["sites"].items()
        }
    except (ValueError, KeyError, AttributeError, TypeError) as broken:
        raise VertebaseError(f"{path} cannot be read; delete it and sign in again") from broken


def keep_login(login: Login) -> Path:
    """Keep a token for this user alone; the file that holds it."""
    others = [one for one in _kept().values() if one.url != login.url]
    return _write([*others, login])


def _write(logins: Iterable[Login]) -> Path:
    told = {one.url: {"token": one.token, "insecure": one.insecure} for one in logins}
    write_private(_tokens_path(), json.dumps({"sites": told}, indent=1) + "\n")
    return _tokens_path()


def forget_login(url: str) -> bool:
    """Forget a site's token; whether there was one. The token itself goes on working until it is revoked."""
    kept = _kept()
    if kept.pop(url, None) is None:
        return False
    _write(kept.values())
    return True


def find_login(url: str | None = None) -> Login:
    """The token to use: that of the environment, else the one kept for ``url``, else the one kept last.

    ``VERTEBASE_TOKEN`` counts for the site that ``VERTEBASE_URL`` names. Raises ``VertebaseError`` for none.
    """
    named = os.environ.get(URL, "").rstrip("/") or None
    wanted = url.rstrip("/") if url else named
    token = os.environ.get(TOKEN, "")
    if token and wanted and named in (None, wanted):
        return Login(wanted, token, insecure=os.environ.get(INSECURE) == "1")
    kept = _kept()
    if wanted is None and kept:
        wanted = list(kept)[-1]
    if wanted is None or wanted not in kept:
        raise VertebaseError(f"Sign in first: vertebase sign-in {wanted or 'https://...'}")
    return kept[wanted]


def upload_notes(*about: str) -> Path:
    """The file of notes on one upload, which is told by site, project and folder."""
    digest = hashlib.sha256("\n".join(about).encode()).hexdigest()
    return state_folder() / "uploads" / f"{digest[:32]}.jsonl"


def events_note(*about: str) -> Path:
    """The file that holds the last event of a project that was told here, by site and project."""
    digest = hashlib.sha256("\n".join(about).encode()).hexdigest()
    return state_folder() / "events" / f"{digest[:32]}.txt"
