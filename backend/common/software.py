"""What a stored result names as the program that made it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def software_version() -> str:
    """Name and version of this program."""
    try:
        return f"vertebase {version('vertebase')}"
    except PackageNotFoundError:
        return "vertebase 0.1.0"
