"""Settings of a second web server on the site of the browser tests, on which anybody may sign up.

Its mail lies as files in the site's folder: one a message, headers and all.
"""

from __future__ import annotations

from backend.config.settings.development import *  # noqa: F403
from backend.config.settings.development import VERTEBASE_VAR

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VERTEBASE_VAR / "mail"
VERTEBASE_SENDS_MAIL = True
VERTEBASE_OPEN_SIGNUP = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
