"""A picture as WebP, small enough for a document: ``python -m tests.support.webp FROM TO``."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

QUALITY = 82


def main(source: str, target: str) -> None:
    with Image.open(source) as picture:
        picture.convert("RGB").save(Path(target), "WEBP", quality=QUALITY, method=6)


if __name__ == "__main__":
    main(*sys.argv[1:])
