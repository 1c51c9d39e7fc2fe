"""The manifest of a release, as its file has it: what is in it, and the digest of each file.

The fields stand in the order of the file. What a manifest of a former version lacks has a default; its bytes
are never written anew.
"""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from backend.common.stored import Listed, Report


class SplitCounts(Report):
    """How much is in one split; null is sealed."""

    patients: int | None = None
    series: int | None = None
    vertebrae: int | None = None
    fractures: int | None = None


class ReleaseCounts(Report):
    """The same of all that is open, and split by split."""

    patients: int = 0
    series: int = 0
    vertebrae: int = 0
    fractures: int = 0
    splits: dict[str, SplitCounts] = {}


class Written(Report):
    """A part of a file: what was not told is left out of it."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)


class ListedFile(Report):
    """A file of the release. ``split`` null: it is of no split."""

    path: str
    split: str | None = None
    size_bytes: int = 0
    sha256: str = ""


class ListedCase(Written):
    """A case of the release; what its mask tells is left out where that is sealed."""

    subject: str
    series: int | None = None
    split: str = ""
    mask_digest: str | None = None
    mask_source: str | None = None
    levels: Listed[str] | None = None


class SealedPart(Report):
    """The part that opens later: the digest of its own manifest, which lies in it."""

    path: str
    opens_on: str
    sha256: str


class Listing(Written):
    """What the open and the sealed manifest have in common."""

    def written(self) -> dict[str, Any]:
        """As it is written: fields in order, without what was not told."""
        return self.model_dump(mode="json", exclude_unset=True)


class Manifest(Listing):
    """The open manifest of a release, ``manifest.json``."""

    what = "The manifest"

    format: str = ""
    project: str = ""
    version: str = ""
    title: str = ""
    licence: str = ""
    seed: int | None = None
    fractions: dict[str, int | float] = {}
    embargo_until: str | None = None
    software: str = ""
    counts: ReleaseCounts = ReleaseCounts()
    sealed: SealedPart | None = None
    cases: Listed[ListedCase] = ()
    files: Listed[ListedFile] = ()
    layouts: dict[str, Listed[ListedFile]] = {}


class SealedManifest(Listing):
    """The manifest of the sealed part; the salt keeps its digest from being guessed."""

    what = "The manifest of the sealed part"

    format: str = ""
    salt: str = ""
    project: str = ""
    version: str = ""
    counts: SplitCounts = SplitCounts()
    cases: Listed[ListedCase] = ()
    files: Listed[ListedFile] = ()
    layouts: dict[str, Listed[ListedFile]] = {}
