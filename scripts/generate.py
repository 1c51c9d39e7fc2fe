"""Write the files that are generated from Python: API schema, both clients' types, labels, the
page of error codes; and enter into the catalogues which texts have to be translated.

`tests/contract` fails when what is committed differs from what this writes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = str(ROOT / ".venv" / "bin" / "python")
LABELS = ROOT / "frontend" / "src" / "domain" / "labels.generated.ts"


def main() -> int:
    (ROOT / "build").mkdir(exist_ok=True)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "backend.config.settings.testing"}
    schema = (
        PYTHON,
        "manage.py",
        "spectacular",
        "--file",
        "build/openapi.yaml",
        "--validate",
        "--fail-on-warn",
    )
    subprocess.run(schema, cwd=ROOT, env=environment, check=True)
    client = ("npm", "run", "--silent", "api", "--", "../build/openapi.yaml", "-o", "src/api/schema.d.ts")
    subprocess.run(client, cwd=ROOT / "frontend", check=True)
    subprocess.run((PYTHON, "-m", "scripts.python_client", "build/openapi.yaml"), cwd=ROOT, check=True)
    labels = (PYTHON, "-m", "backend.science", "labels", "--typescript", str(LABELS))
    subprocess.run(labels, cwd=ROOT, check=True)
    subprocess.run((PYTHON, "-m", "scripts.error_codes"), cwd=ROOT, check=True)
    subprocess.run(("node", "i18n/check.js", "--write"), cwd=ROOT / "frontend", check=True)
    print(
        "written: build/openapi.yaml, frontend/src/api/schema.d.ts, frontend/src/domain/labels.generated.ts, "
        "backend/client/*_generated.py, docs/errors.md, frontend/src/i18n/de.json (new texts are empty there)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
