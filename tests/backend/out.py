"""Releases that are out: as their manager publishes them, without a page of their own."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from backend.releases.models import Publication, Release


def publish(release: Release, **fields: Any) -> Release:
    """Let readers see a frozen release."""
    at = release.frozen_at or timezone.now()
    Publication.objects.update_or_create(release=release, defaults={"published_at": at} | fields)
    return Release.objects.select_related("project", "publication").get(pk=release.pk)
