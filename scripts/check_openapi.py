"""Hold the OpenAPI schema against the standard, as generators read it. Exit status 1 where it is wrong."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openapi.yaml"
        command = (sys.executable, "manage.py", "spectacular", "--file", str(path), "--fail-on-warn")
        subprocess.run(command, cwd=ROOT, check=True)
        schema = yaml.safe_load(path.read_text())
    faults = list(OpenAPIV30SpecValidator(schema).iter_errors())
    for fault in faults:
        print(f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:200]}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
