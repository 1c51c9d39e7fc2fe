"""What a stored result names as the program that made it."""

from __future__ import annotations

from django.conf import settings


def software_version() -> str:
    """Name and version of this program."""
    return f"vertebase {settings.VERTEBASE_VERSION}"
