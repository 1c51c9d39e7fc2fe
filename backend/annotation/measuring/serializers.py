"""The wire shapes of measurements and surfaces of one's own mask."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.common.places import LineField, PointField
from backend.measurements.models import PLANES
from backend.science.morphometry.rulers import RULER_KINDS


class MeasurementQuery(serializers.Serializer[Any]):
    label = serializers.IntegerField(  # type: ignore[assignment]
        required=False, help_text="Measure this vertebra anew, on the mask as it stands"
    )


class SuggestionSerializer(serializers.Serializer[Any]):
    """What the heights suggest. Shown to a person who has answered for this vertebra, to nobody before."""

    grade = serializers.IntegerField(allow_null=True, help_text="null where a reader must decide")
    fracture_type = serializers.CharField(allow_blank=True)
    loss_percent = serializers.FloatField(allow_null=True, help_text="against its own largest height")
    expected_mm = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="anterior, middle, posterior, from intact neighbours",
    )
    expected_loss_percent = serializers.FloatField(
        allow_null=True, help_text="the largest loss of a site against what neighbours let expect"
    )
    uncertainty_percent = serializers.FloatField(allow_null=True, help_text="one standard deviation")
    flags = serializers.ListField(child=serializers.CharField())


def _points(help_text: str) -> serializers.ListField:
    """Points in RAS+ mm."""
    return serializers.ListField(child=PointField(), help_text=help_text)


def _lines() -> serializers.ListField:
    return serializers.ListField(
        child=LineField(),
        help_text="the three lines (anterior, middle, posterior), each from its lower to its upper end",
    )


class AxesSerializer(serializers.Serializer[Any]):
    """A vertebra's own axes: unit vectors in RAS from a centre in RAS mm."""

    centre = PointField()
    front = PointField()
    left = PointField()
    up = PointField()


class OwnLinesSerializer(serializers.Serializer[Any]):
    """Height lines as this person has set them, and what they come to."""

    anterior_mm = serializers.FloatField()
    middle_mm = serializers.FloatField()
    posterior_mm = serializers.FloatField()
    lines_ras_mm = _lines()
    suggestion = SuggestionSerializer(allow_null=True)
    outdated = serializers.BooleanField(help_text="the mask has changed since")
    adjusted_at = serializers.DateTimeField()


class OwnRegionSerializer(serializers.Serializer[Any]):
    """The region of interest as this person has set it, and the HU within."""

    hu_mean = serializers.FloatField()
    hu_sd = serializers.FloatField(allow_null=True)
    hu_voxels = serializers.IntegerField()
    region_ras_mm = _points("its outline on the sagittal plane")
    shift_ras_mm = PointField()
    scale = serializers.FloatField()
    outdated = serializers.BooleanField(help_text="the mask has changed since")
    adjusted_at = serializers.DateTimeField()


class MeasurementSerializer(serializers.Serializer[Any]):
    """What was measured of one vertebra of one's own mask."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    volume_ml = serializers.FloatField(allow_null=True)
    anterior_mm = serializers.FloatField(allow_null=True)
    middle_mm = serializers.FloatField(allow_null=True)
    posterior_mm = serializers.FloatField(allow_null=True)
    depth_mm = serializers.FloatField(allow_null=True)
    spread_mm = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="standard deviation over slices, per height",
    )
    range_mm = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        allow_null=True,
        help_text="smallest and largest over slices, per height",
    )
    lines_ras_mm = _lines()
    outline_ras_mm = _points("the body's outline on its sagittal plane: lower endplate, then the upper one")
    axes_ras = AxesSerializer(allow_null=True)
    hu_mean = serializers.FloatField(allow_null=True, help_text="of the trabecular region")
    hu_sd = serializers.FloatField(allow_null=True)
    hu_voxels = serializers.IntegerField(allow_null=True)
    hu_excluded = serializers.CharField(allow_blank=True, help_text="why its density must not be used")
    region_ras_mm = _points("the region's outline on its sagittal plane")
    flags = serializers.ListField(child=serializers.CharField())
    heights_held = serializers.BooleanField(
        help_text="the protocol shows heights and lines once this vertebra is answered"
    )
    suggestion = SuggestionSerializer(allow_null=True, help_text="null until this vertebra is answered")
    own_lines = OwnLinesSerializer(allow_null=True)
    own_region = OwnRegionSerializer(allow_null=True)


class RulerInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=RULER_KINDS)
    plane = serializers.ChoiceField(choices=PLANES, help_text="That it was drawn in")
    name = serializers.CharField(max_length=60, allow_blank=True, default="")
    points_ras_mm = serializers.ListField(
        child=PointField(),
        min_length=2,
        max_length=4,
        help_text="length: its ends; angle: the second is its corner; cobb: two lines, both running one way",
    )


class RulerSerializer(serializers.Serializer[Any]):
    """A distance or an angle that a person drew."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=RULER_KINDS)
    plane = serializers.ChoiceField(choices=PLANES)
    name = serializers.CharField(allow_blank=True)
    points_ras_mm = _points("as many as its kind has")
    value = serializers.FloatField(help_text="mm for a length, degrees for angles")
    author = serializers.CharField(help_text="A name only where the reader may know it")
    mine = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class SurfacesQuery(serializers.Serializer[Any]):
    labels = serializers.CharField(required=False, help_text="20,21: these alone")
    have = serializers.CharField(
        required=False, help_text="20:0123456789abcdef,21:...: left out where the digest is still the same"
    )

    def validate_labels(self, value: str) -> list[int]:
        try:
            return [int(part) for part in value.split(",")]
        except ValueError:
            raise serializers.ValidationError("Numbers with commas between them.") from None

    def validate_have(self, value: str) -> dict[int, str]:
        try:
            return {int(label): digest for label, digest in (part.split(":") for part in value.split(","))}
        except ValueError:
            raise serializers.ValidationError("label:digest, with commas between them.") from None
