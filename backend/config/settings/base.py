"""Settings shared by every mode. Modes differ by their own file only."""

from __future__ import annotations

from pathlib import Path

import environ

env = environ.Env()
ROOT = Path(__file__).resolve().parents[3]
VAR = Path(env.str("VERTEBASE_VAR", default=str(ROOT / "var")))

SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("DJANGO_ALLOWED_HOSTS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "channels",
    "backend.common",
    "backend.audit",
    "backend.accounts",
    "backend.projects",
    "backend.imaging",
    "backend.masks",
    "backend.measurements",
    "backend.pipeline",
    "backend.annotation",
    "backend.consensus",
    "backend.progress",
    "backend.review",
    "backend.releases",
    "backend.workflow",
    "backend.realtime",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "backend.config.urls"
AUTH_USER_MODEL = "accounts.User"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
