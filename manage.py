#!/usr/bin/env python
"""Django's command line for Vertebase. Defaults to the embedded mode (SQLite and a bundled Valkey)."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings.development")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
