"""Settings of a public site: PostgreSQL, Valkey or Redis, an S3-compatible store, nginx in front.

Everything that differs between two sites comes from the environment; a missing value ends the start with its
name (`docker/example.env` lists them all).
"""

from __future__ import annotations

import structlog

from .base import *  # noqa: F403
from .base import LOGGING, STORAGES, env
from .checks import KEY_CHARACTERS, strong_secret, web_origin

# The address that people type, with its scheme. Cookies are for HTTPS unless this says plain HTTP, which is
# for a closed network or a try on one's own machine.
VERTEBASE_ORIGIN = env.str("VERTEBASE_ORIGIN")
_origin = web_origin("VERTEBASE_ORIGIN", VERTEBASE_ORIGIN)
_is_https = _origin.scheme == "https"

SECRET_KEY = strong_secret("DJANGO_SECRET_KEY", env.str("DJANGO_SECRET_KEY"), characters=KEY_CHARACTERS)
_inside = env.list("DJANGO_ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])  # health checks
ALLOWED_HOSTS = [_origin.hostname or "", *_inside]
CSRF_TRUSTED_ORIGINS = [VERTEBASE_ORIGIN.rstrip("/")]

DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL"),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=8)},
            # PostgreSQL alone would wait for ever; who waits longer than this is told to come back
            "options": f"-c lock_timeout={env.int('DATABASE_LOCK_SECONDS', default=10)}s",
        },
    }
}
REDIS_URL = env.str("REDIS_URL")

# Files: one bucket. `S3_ENDPOINT_URL` is the address inside the private network; browsers never see it.
STORAGES["default"] = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": env.str("S3_BUCKET"),
        "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
        "region_name": env.str("S3_REGION", default="us-east-1"),
        "access_key": env.str("S3_ACCESS_KEY"),
        "secret_key": strong_secret("S3_SECRET_KEY", env.str("S3_SECRET_KEY")),
        "addressing_style": "path",
        "signature_version": "s3v4",
        "default_acl": None,
        "file_overwrite": True,
        "querystring_expire": 900,
    },
}
STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
VERTEBASE_OBJECT_STORE = True

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = _is_https
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _is_https
SECURE_HSTS_PRELOAD = _is_https
SESSION_COOKIE_SECURE = _is_https
CSRF_COOKIE_SECURE = _is_https

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
VERTEBASE_SENDS_MAIL = bool(env.str("EMAIL_URL", default=""))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"vertebase@{_origin.hostname}")

# One JSON object a line, for whatever gathers the logs
LOGGING["formatters"]["json"] = {
    "()": "structlog.stdlib.ProcessorFormatter",
    "processor": structlog.processors.JSONRenderer(),
    "foreign_pre_chain": [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ],
}
LOGGING["handlers"]["console"]["formatter"] = "json"
