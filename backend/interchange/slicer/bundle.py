"""The extension for 3D Slicer as one zip: a scripted module, its parts, and the address that it came from."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

EXTENSION = Path(__file__).parent / "extension"
FOLDER = "Vertebase"
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is asked for
HOW = """\
The tasks of a Vertebase site in 3D Slicer (5.0 and later).

1. Unpack this folder to a place where it can stay.
2. In Slicer: Edit > Application Settings > Modules > Additional module paths > Add, choose the folder
   Vertebase (the one that this file lies in), and restart Slicer.
3. Choose the module Vertebase in the group Annotation.

Nothing else has to be installed.
"""


def extension_zip(site: str) -> bytes:
    """The zip. ``site`` is the address that the module offers first."""
    files = {
        path.relative_to(EXTENSION).as_posix(): path.read_bytes() for path in sorted(EXTENSION.rglob("*.py"))
    }
    files |= {"README.txt": HOW.encode(), "VertebaseLib/site.txt": f"{site}\n".encode()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", _NO_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return made.getvalue()
