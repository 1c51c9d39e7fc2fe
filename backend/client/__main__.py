"""``python -m vertebase``: the same as ``vertebase``."""

from __future__ import annotations

import sys

from .cli import main

sys.exit(main())
