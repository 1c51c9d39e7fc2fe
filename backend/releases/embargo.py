"""The embargo of the test split: until when it holds, and what of a release is sealed by it.

Until its day nothing is told of a sealed part but that it exists and when it opens: no size, digest, count or
patient. A digest alone would give a small file away, whose few possible contents can be hashed one by one.
What binds the publisher all the same is one digest over a sealed manifest with a secret salt in it.

The day opens the part, or two custodians before it (`custody`).
"""

from __future__ import annotations

import hmac
from datetime import date

from django.db.models import Q
from django.utils import timezone

from backend.releases.models import Release, ReleaseState, Split


def locked_until(release: Release, today: date | None = None) -> date | None:
    """The day on which the test split opens, while that lies ahead; on the day itself it is open."""
    day = release.embargo_until
    if day is None or day <= (today or timezone.localdate()) or was_opened(release):
        return None
    return day


def was_opened(release: Release) -> bool:
    """Whether two custodians have opened the test split before its day."""
    return hasattr(release, "opening")


def day_told(release: Release) -> date | None:
    """The day that pages and lists show: of a draft the one that is set, afterwards while it lies ahead."""
    return locked_until(release) if release.state == ReleaseState.FROZEN else release.embargo_until


def still_sealed_q(before: str = "") -> Q:
    """Releases of which the test split is kept back now, as `locked_until`."""
    return Q(**{f"{before}embargo_until__gt": timezone.localdate(), f"{before}opening__isnull": True})


def is_sealed(release: Release, split: str, *, image: bool = False) -> bool:
    """Whether a file of this split is kept back now; CTs (``image``) are not where the release opens them."""
    if split != Split.TEST or locked_until(release) is None:
        return False
    return not (image and release.open_test_images)


def seal_salt(release: Release) -> str:
    """64 hexadecimal digits that nobody outside can guess, and that building again finds again."""
    secret = bytes.fromhex(release.project.pseudonym_secret)
    return hmac.new(secret, f"seal:{release.pk}".encode(), "sha256").hexdigest()
