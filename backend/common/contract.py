"""What a view tells of a method for the schema, where it does more than every operation does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """What one method of a view does beside what every operation does.

    ``sends`` are headers of a success, ``always`` those of every answer, ``refuses`` further statuses;
    ``ranges`` says that parts can be asked for, and whether the copy at hand is still good; ``redirects``
    that an object store may be the one to ask.
    """

    sends: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    refuses: tuple[int, ...] = ()
    ranges: bool = False
    redirects: bool = False


DOWNLOAD = Told(sends=("Content-Disposition", "Cache-Control"))
BLOB = Told(sends=("X-Blob-Size",), ranges=True, redirects=True)  # `storage.blob_response`
