"""Settings of the tests."""

from .base import *  # noqa: F403

SECRET_KEY = "tests-only"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
