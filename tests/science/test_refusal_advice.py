"""Whoever sent a file that was refused is told what to do about it."""

from __future__ import annotations

import ast
from pathlib import Path

from backend.imaging.services import ingestion
from backend.science import ingest
from backend.science.refusal_advice import ADVICE

SCIENCE = Path(ingest.__file__).parent
READING = [
    *(
        SCIENCE / name
        for name in (
            "ingest.py",
            "sorting.py",
            "sources.py",
            "pairing.py",
            "volume.py",
            "hu_values.py",
            "errors.py",
        )
    ),
    *(
        SCIENCE / "formats" / name
        for name in ("nifti.py", "bounded.py", "verse.py", "participants.py", "label_table.py")
    ),
    *(
        SCIENCE / "formats" / name
        for name in ("dicom.py", "dicom_file.py", "hounsfield.py", "pixels.py", "stack.py")
    ),
    *(SCIENCE / name for name in ("mask_intake.py", "placing.py", "numbering.py")),
    SCIENCE / "formats" / "nifti_grid.py",
]


def codes_of(path: Path) -> set[str]:
    """First arguments of `BadInput(...)`, second ones of `refusals.add(...)` and the like: plain strings."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        place = {"BadInput": 0, "Refusal": 0, "add": 1, "as_bad_input": 1}.get(name)
        if place is None or len(node.args) <= place + (name == "add"):
            continue
        code = node.args[place]
        if isinstance(code, ast.Constant) and isinstance(code.value, str):
            found.add(code.value)
    return found


def test_every_reason_for_refusal_has_its_advice_and_no_advice_is_left_over() -> None:
    raised = set().union(*map(codes_of, [*READING, Path(ingestion.__file__)]))
    assert len(raised) > 30
    assert raised == set(ADVICE)
    for code, advice in ADVICE.items():
        assert advice[0].isupper(), code
        assert advice.endswith("."), code
