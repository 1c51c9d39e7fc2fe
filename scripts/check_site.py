"""No model without its migration, and an OpenAPI schema that generators can read; exit status 1 otherwise.

Both in one process: to take in the site is half of what either costs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import django
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError
from openapi_spec_validator import OpenAPIV30SpecValidator


def migrations_lack() -> bool:
    try:
        call_command("makemigrations", check_changes=True, dry_run=True)
    except SystemExit:  # it has said which
        return True
    return False


def schema_is_wrong() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openapi.yaml"
        try:
            call_command("spectacular", file=str(path), fail_on_warn=True)
        except CommandError as error:
            print(error)
            return True
        schema = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    faults = list(OpenAPIV30SpecValidator(schema).iter_errors())
    for fault in faults:
        print(f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:200]}")
    return bool(faults)


def main() -> int:
    django.setup()
    wrong = [migrations_lack(), schema_is_wrong()]
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
