#!/bin/sh
# Find a Python that is new enough and hand over to scripts/setup.py. Exit 2 with one line if there is none.
set -eu
cd "$(dirname "$0")/.."

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
for python in ${PYTHON:-} .venv/bin/python python3 python3.13 python3.12 python3.11; do
    if command -v "$python" >/dev/null 2>&1 && "$python" -c "$new_enough" 2>/dev/null; then
        exec "$python" scripts/setup.py "$@"
    fi
done
echo "setup: Python 3.11 or newer is needed; found: $(python3 --version 2>/dev/null || echo none). Install it, or name one with PYTHON=/path/to/python3.11" >&2
exit 2
