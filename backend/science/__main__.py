"""Run a command: ``python -m backend.science --help``."""

import sys

from backend.science.cli import main

if __name__ == "__main__":
    sys.exit(main())
