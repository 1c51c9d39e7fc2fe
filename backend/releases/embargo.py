"""The embargo of the test split: until when it holds, and what of a release is sealed by it.

Until its day nothing is told of a sealed part but that it exists and when it opens: no size, digest, count or
patient. A digest alone would give a small file away, whose few possible contents can be hashed one by one.
What binds the publisher all the same is one digest over a sealed manifest with a secret salt in it.
"""

from __future__ import annotations

import hmac
from datetime import date

from django.utils import timezone

from backend.releases.models import Release, Split


def locked_until(release: Release, today: date | None = None) -> date | None:
    """The day on which the test split opens, while that lies ahead; on the day itself it is open."""
    day = release.embargo_until
    return day if day is not None and day > (today or timezone.localdate()) else None


def is_sealed(release: Release, split: str, *, image: bool = False) -> bool:
    """Whether a file of this split is kept back now; CTs (``image``) are not where the release opens them."""
    if split != Split.TEST or locked_until(release) is None:
        return False
    return not (image and release.open_test_images)


def seal_salt(release: Release) -> str:
    """64 hexadecimal digits that nobody outside can guess, and that building again finds again."""
    secret = bytes.fromhex(release.project.pseudonym_secret)
    return hmac.new(secret, f"seal:{release.pk}".encode(), "sha256").hexdigest()
