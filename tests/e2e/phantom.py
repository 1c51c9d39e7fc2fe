"""Write the phantom that the browser tests upload: `python -m tests.e2e.phantom FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.story.material import phantom


def main(folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    phantom(folder)
    (folder / "broken.nii.gz").write_text("This is a letter, not a volume.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
