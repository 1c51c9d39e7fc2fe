"""The wire shapes of masks that come back from other programs."""

from __future__ import annotations

import base64
from typing import Any

from rest_framework import serializers

from backend.annotation.work.selectors.desktop import DesktopChange


class ReturnedMaskQuery(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=255, help_text="the file's name; `_r12` in it is its revision")
    base_revision = serializers.IntegerField(
        min_value=0, required=False, help_text="the mask's revision when the file was taken"
    )
    numbering = serializers.CharField(
        max_length=200, required=False, help_text="whose numbers it holds, where they are not VerSe's"
    )
    replace = serializers.BooleanField(default=False, help_text="though the mask was edited here meanwhile")


class LevelChangeSerializer(serializers.Serializer[Any]):
    """One level before and after, in voxels: new where it had none, gone where it has none."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    added = serializers.IntegerField()
    removed = serializers.IntegerField()


class DesktopChangeSerializer(serializers.Serializer[Any]):
    """What taking the file in would change. To take it, post `delta_b64` as an operation `desktop`."""

    revision = serializers.IntegerField(help_text="the base revision of the delta")
    digest = serializers.CharField(help_text="of the mask as it would be")
    changed_voxels = serializers.IntegerField()
    levels = LevelChangeSerializer(many=True, help_text="those that change, from the head down")
    remarks = serializers.ListField(
        child=serializers.CharField(), help_text="what should be said of the file"
    )
    delta_b64 = serializers.SerializerMethodField(help_text="VBD1")

    def get_delta_b64(self, change: DesktopChange) -> str:
        return base64.b64encode(change.delta).decode()
