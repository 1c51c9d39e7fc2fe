"""Settings shared by every mode. Modes differ by their own file only."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF

from backend.common.embedded import celery_url, valkey_socket

env = environ.Env()
ROOT = Path(__file__).resolve().parents[3]
VERTEBASE_VAR = Path(env.str("VERTEBASE_VAR", default=str(ROOT / "var"))).absolute()
VERTEBASE_VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
VERTEBASE_CONTACT = env.str("VERTEBASE_CONTACT", default="")  # whom people ask about the site: name, address
VERTEBASE_SITE_NAME = env.str("VERTEBASE_SITE_NAME", default="Vertebase")
VERTEBASE_ORIGIN = env.str("VERTEBASE_ORIGIN", default="http://127.0.0.1:8000")  # where mails lead
# hosts of the site's own network that webhooks may lead to, by http, too
VERTEBASE_WEBHOOK_HOSTS = env.list("VERTEBASE_WEBHOOK_HOSTS", default=[])

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
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.usersessions",
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
    "backend.challenge",
    "backend.notices",
    "backend.replay",
    "backend.workflow",
    "backend.realtime",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "backend.config.middleware.isolation_headers",
    "backend.config.middleware.api_errors",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]
ROOT_URLCONF = "backend.config.urls"
ASGI_APPLICATION = "backend.config.asgi.application"
APPEND_SLASH = False
AUTH_USER_MODEL = "accounts.User"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

# Data base: an own file for each mode. Blobs over 100 KB stay out of it.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
    "PRAGMA secure_delete=ON;",  # the names of uploaded files are overwritten, not only let go
}


def sqlite(path: Path) -> dict[str, Any]:
    """An SQLite database as the embedded mode uses it: WAL, writers queue instead of failing."""
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": dict(SQLITE_OPTIONS)}


# Files
STATIC_URL = "/static/"
STATIC_ROOT = VERTEBASE_VAR / "static"
FRONTEND_DIST = Path(env.str("VERTEBASE_FRONTEND_DIST", default=str(ROOT / "frontend" / "dist")))
DOCUMENTS_DIST = Path(env.str("VERTEBASE_DOCUMENTS_DIST", default=str(ROOT / "build" / "docs")))
WHITENOISE_ROOT = FRONTEND_DIST if FRONTEND_DIST.is_dir() else None
WHITENOISE_INDEX_FILE = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/assets/.+-[\w-]{8}\.\w+$"  # Vite's content hashes
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "backend.common.storage.AtomicFileSystemStorage",
        "OPTIONS": {"location": str(VERTEBASE_VAR / "storage")},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
VERTEBASE_INBOX = VERTEBASE_VAR / "inbox"  # uploads as they came: private, served to managers only
VERTEBASE_X_ACCEL_PREFIX = env.str("VERTEBASE_X_ACCEL_PREFIX", default="")
VERTEBASE_OBJECT_STORE = False
VERTEBASE_MAX_UPLOAD_BYTES = env.int("VERTEBASE_MAX_UPLOAD_BYTES", default=8 << 30)
# The browser sends 8 MB at a time. A chunk is read whole before it is kept, so one that breaks off is lost
# and sent again: small chunks lose little.
VERTEBASE_MAX_CHUNK_BYTES = env.int("VERTEBASE_MAX_CHUNK_BYTES", default=16 << 20)
# What was uploaded and not used still names patients: after so many days it is deleted
VERTEBASE_RAW_FILE_DAYS = env.int("VERTEBASE_RAW_FILE_DAYS", default=30)
# predictions for a challenge are one zip in one request
VERTEBASE_MAX_SUBMISSION_BYTES = env.int("VERTEBASE_MAX_SUBMISSION_BYTES", default=2 << 30)
VERTEBASE_MIN_FREE_BYTES = env.int("VERTEBASE_MIN_FREE_BYTES", default=512 << 20)
# rows up to which figures over a project are counted in the request; of more they are kept, made by a job
VERTEBASE_FIGURES_AT_ONCE = env.int("VERTEBASE_FIGURES_AT_ONCE", default=50)
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 << 20

# Broker, cache, live channel
# What a server that is away costs a request at most (s), and only where its whole machine is gone
BROKER_PATIENCE = {"socket_connect_timeout": 1.0, "socket_timeout": 2.0}
REDIS_URL = env.str("REDIS_URL", default=f"unix://{valkey_socket(VERTEBASE_VAR)}")
CELERY_BROKER_URL = celery_url(REDIS_URL)
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for as long as it takes
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 12 * 3600,  # above the longest task
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_keepalive": not REDIS_URL.startswith("unix://"),
    "socket_connect_timeout": BROKER_PATIENCE["socket_connect_timeout"],
    # Else who sends a message waits for the broker for ever: the row is written, the sweep sends it again.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_connect_timeout": 1.0}], "prefix": "vertebase"},
    }
}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "backend.common.cache.ForgivingCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": BROKER_PATIENCE,
    }
}
VERTEBASE_JOBS_INLINE = False

# Engines by name: dotted paths, looked up when a run starts
VERTEBASE_PHANTOM = env.str("VERTEBASE_PHANTOM", default="inference.synthesis")  # for the demo only
_ENGINES_FILE = env.str("VERTEBASE_ENGINES_FILE", default="")
VERTEBASE_ENGINES: dict[str, str | dict[str, Any]] = {
    "builtin": env.str("VERTEBASE_BUILTIN_ENGINE", default="inference.engine.SpineEngine"),
    "imported": "backend.pipeline.engines.built_in.ImportedMaskEngine",
    "empty": "backend.pipeline.engines.built_in.EmptyMaskEngine",
    "totalsegmentator": "inference.adapters.totalsegmentator.TotalSegmentatorEngine",
    # Of your own: "name=package.module.Class,...", or with options in a file; see docs/operations.md
    **env.dict("VERTEBASE_EXTRA_ENGINES", default={}),
    **(json.loads(Path(_ENGINES_FILE).read_text()) if _ENGINES_FILE else {}),
}
# What runs a registered model version (its files in a folder), and what trains one
VERTEBASE_MODEL_LOADERS: dict[str, str] = {
    "torch": "inference.adapters.registered.torch_engine",
    "onnx": "inference.adapters.onnx.OnnxEngine",
}
VERTEBASE_TRAINER = env.str("VERTEBASE_TRAINER", default="inference.training.finetune")
VERTEBASE_REFINER = env.str("VERTEBASE_REFINER", default="inference.adapters.refining")
# What engines run on, such as "cuda:0,cuda:1". Each device has a queue (gpu, gpu1, ...) for a worker.
VERTEBASE_DEVICES: list[str] = env.list("VERTEBASE_DEVICES", default=["cpu"])

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "backend.accounts.authentication.BearerAuthentication",
        "backend.accounts.authentication.CookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "backend.common.api.Pagination",
    "DEFAULT_SCHEMA_CLASS": "backend.common.schema.ContractSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "NUM_PROXIES": 0,  # the web server has put the asker's address in place; headers can lie
    "DEFAULT_THROTTLE_RATES": {"anon": "240/min", "user": "6000/min"},
    "EXCEPTION_HANDLER": "backend.common.api.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    # half a minute at each `check --deploy`; `make lint` makes the whole schema and fails at its warnings
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "TITLE": "Vertebase",
    "DESCRIPTION": "From spine CTs to a curated, published data set.",
    "VERSION": VERTEBASE_VERSION,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "DEFAULT_GENERATOR_CLASS": "backend.common.schema.Generator",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "backend.common.schema.add_components",
        "backend.common.api.add_page_parameters",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AccessRequestState": "backend.releases.models.RequestState",
        "ReleaseFaultState": "backend.releases.models.FaultState",
        "ReleaseStanding": "backend.releases.published.Standing",
        "PagePhase": "backend.releases.publishing.serializers.PHASES",
        "CaseChangeKind": "backend.releases.changes_api.CHANGE_KINDS",
        "ReleaseRule": "backend.releases.planning.rules.RULE_CHOICES",
        "FiguresState": ["ready", "computing", "failed"],
        "JobState": "backend.common.models.JobState",
        "Role": "backend.projects.models.Role",
        "Language": "backend.accounts.models.Language",
        "FusionMethod": "backend.projects.protocols.FUSION_METHODS",
        "TokenScope": "backend.common.scopes.Scope",
        "MaskSource": "backend.masks.models.MaskSource",
        "BatchState": "backend.imaging.models.BatchState",
        "UploadState": "backend.imaging.models.UploadState",
        "SameScanAnswer": "backend.imaging.models.SameScanAnswer",
        "HeldState": "backend.imaging.models.HeldState",
        "RuleState": "backend.imaging.models.RuleState",
        "CaseState": "backend.annotation.models.CaseState",
        "ExclusionReason": "backend.audit.acts.case_acts.EXCLUSION_CHOICES",
        "TaskKind": "backend.annotation.models.TaskKind",
        "TaskState": "backend.annotation.models.TaskState",
        "NamingChoice": "backend.annotation.models.NamingChoice",
        "QuestionState": ["open", "answered", "closed"],
        "DriftState": "backend.progress.models.DriftState",
        "AssignmentState": "backend.annotation.models.AssignmentState",
        "PlaceKind": "backend.science.places.PLACE_KINDS",
        "RulerKind": "backend.science.morphometry.rulers.RULER_KINDS",
        "CalibrationKind": "backend.measurements.models.CalibrationKind",
        "CalibrationState": "backend.measurements.models.CalibrationState",
        "ContrastPhase": "backend.measurements.models.ContrastPhase",
        "ReleaseState": "backend.releases.models.ReleaseState",
        "Split": "backend.releases.models.Split",
        "ChallengeSplit": "backend.challenge.models.PhaseSplit",
        "ChallengeTask": "backend.challenge.models.ChallengeTask",
        "SubmissionState": "backend.challenge.models.SubmissionState",
        "ChallengePhaseState": ["ahead", "open", "over"],
        "ModelState": "backend.pipeline.models.ModelState",
        "ModelFramework": "backend.pipeline.models.ModelFramework",
    },
}

# Sign-in
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "backend.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_UNIQUE_EMAIL = True
VERTEBASE_OPEN_SIGNUP = env.bool("VERTEBASE_OPEN_SIGNUP", default=False)
# Whoever may sign up uninvited proves the address first; a mailed invitation proves it by itself.
ACCOUNT_EMAIL_VERIFICATION = (
    "mandatory" if VERTEBASE_OPEN_SIGNUP else env.str("VERTEBASE_EMAIL_VERIFICATION", default="optional")
)
ACCOUNT_PREVENT_ENUMERATION = True
# The key of failed sign-ins is account and address together (accounts/adapter.py): from their own address
# nobody locks out another. Addresses are the web server's; no header of the asker's is believed.
ACCOUNT_RATE_LIMITS: dict[str, str] = {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 0
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": "/account/verify-email/{key}",
    "account_reset_password": "/account/password/reset",
    "account_reset_password_from_key": "/account/password/reset/key/{key}",
    "account_signup": "/sign-in",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Vertebase"
# Where no mail leaves, addresses stay unverified; those accounts are no less worth a second factor. Nobody
# squats on an address by it: accounts are made by invitation, and open sign-up verifies first.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 1  # one step of 30 s either way, for clocks that differ and slow typists (RFC 6238, 5.2)
USERSESSIONS_TRACK_ACTIVITY = False
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
VERTEBASE_SENDS_MAIL = False  # the console is no mailbox
VERTEBASE_SHOW_DEMO_ACCOUNTS = False

# Cookies and headers. The viewer needs WebAssembly, blob workers, and SharedArrayBuffer (COOP and COEP).
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "backend.config.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, "'wasm-unsafe-eval'", "blob:"],
        "worker-src": [SELF, "blob:"],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF, "blob:", "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "django.security": {"level": "WARNING"}},
}
