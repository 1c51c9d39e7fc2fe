"""Settings of the tests: a database file of their own, jobs run in the process, no broker."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "VERTEBASE_VAR" not in os.environ:
    os.environ["VERTEBASE_VAR"] = tempfile.mkdtemp(prefix="vertebase-tests-")
    atexit.register(shutil.rmtree, os.environ["VERTEBASE_VAR"], ignore_errors=True)
_scratch = Path(os.environ["VERTEBASE_VAR"])

from .base import *  # noqa: E402, F403
from .base import LOGGING, REST_FRAMEWORK, STATIC_ROOT, env, sqlite  # noqa: E402

SECRET_KEY = "tests-only-" + "x" * 50
ALLOWED_HOSTS = ["*"]
if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db_url("DATABASE_URL")}
else:
    DATABASES = {"default": sqlite(_scratch / "tests.sqlite3")}
    DATABASES["default"]["TEST"] = {"NAME": str(_scratch / "tests.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
VERTEBASE_JOBS_INLINE = True
VERTEBASE_MIN_FREE_BYTES = 0
REST_FRAMEWORK["DEFAULT_THROTTLE_CLASSES"] = []
ACCOUNT_RATE_LIMITS = {}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
VERTEBASE_SENDS_MAIL = True
LOGGING["root"]["level"] = "WARNING"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is missing
# Each test's client walks these folders before its first request: 30 ms of 31. Pages are asked of real sites.
WHITENOISE_ROOT = None
