"""``SHA256SUMS`` as ``sha256sum --check`` reads it: at the root, and in each split for its own files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backend.releases.made import Made, text_blob
from backend.releases.models import Layout, Split
from backend.science.formats.verse import SPLIT_FOLDERS

CHECKSUMS = "SHA256SUMS"


def checksum_files(files: Sequence[Made]) -> Iterator[Made]:
    """The lists over these files in VerSe's layout; a split's opens with the split, as its masks do."""
    for split in ("", *Split.values):
        folder = f"{SPLIT_FOLDERS[split]}/" if split else ""
        mine = {
            file.path.removeprefix(folder): file.blob.sha256
            for file in files
            if file.layout == Layout.VERSE and file.split == split
        }
        if mine:
            lines = [f"{sha256}  {path}" for path, sha256 in sorted(mine.items())]
            yield Made(f"{folder}{CHECKSUMS}", split, text_blob("\n".join(lines) + "\n"))
