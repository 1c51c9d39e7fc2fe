"""Settings of the embedded mode: SQLite, bundled Valkey, loopback only. What ``manage.py up`` runs."""

from __future__ import annotations

import secrets
from pathlib import Path

from .base import *  # noqa: F403
from .base import FRONTEND_DIST, VERTEBASE_VAR, env, sqlite


def _kept_secret(path: Path) -> str:
    """A secret key of this installation's own, made once and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="") or _kept_secret(VERTEBASE_VAR / "secret-key")
DEBUG = env.bool("DJANGO_DEBUG", default=False)
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list(
    "DJANGO_CSRF_TRUSTED_ORIGINS", default=["http://localhost:5173", "http://127.0.0.1:5173"]
)
DATABASES = {
    "default": env.db_url("DATABASE_URL")
    if env.str("DATABASE_URL", default="")
    else sqlite(VERTEBASE_VAR / "vertebase.sqlite3")
}
# A front end that is built anew, or for the first time, is served without a restart.
WHITENOISE_ROOT = FRONTEND_DIST
WHITENOISE_AUTOREFRESH = True
VERTEBASE_SHOW_DEMO_ACCOUNTS = True
