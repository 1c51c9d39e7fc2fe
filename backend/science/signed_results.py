"""The result of an evaluation that ran elsewhere: its figures case by case, signed with a phase's key.

Nothing in it is a total: whoever takes it works the scores out from the figures of each vertebra. It is
signed as canonical JSON (keys in order, no blanks, ASCII): sent in another form, the signature still holds.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from backend.science.agreement.pair import number
from backend.science.evaluation import CaseEvaluation
from backend.science.predicted_grades import PredictedGrade

FORMAT = "vertebase-evaluation-1"
KEY_FORMAT = "vertebase-evaluation-key-1"


def canonical_bytes(result: Mapping[str, Any]) -> bytes:
    """The bytes that are signed. Raises ``ValueError`` where a number in it is none."""
    text = json.dumps(result, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def signature_of(result: Mapping[str, Any], secret: str) -> str:
    """HMAC-SHA256 over the canonical bytes, as 64 hexadecimal digits."""
    return hmac.new(secret.encode(), canonical_bytes(result), hashlib.sha256).hexdigest()


def is_signed(result: Mapping[str, Any], signature: str, secret: str) -> bool:
    """Whether the result was signed with this secret."""
    return hmac.compare_digest(signature_of(result, secret).encode(), signature.encode())


def case_figures(
    scores: CaseEvaluation,
    *,
    mask_digest: str,
    absent: bool,
    grades: Mapping[int, PredictedGrade] | None = None,
) -> dict[str, Any]:
    """One case of a result: a row for each vertebra of the reference, and what was found beside them.

    Distances are in mm, null where one of the two masks lacks the vertebra. ``mask_digest`` is that of the
    reference that was scored against. ``absent``: there was no prediction.
    """
    found = scores.identification
    levels = [
        {
            "label": label,
            "identified": found.hits.get(label, False),
            "dice": dice,
            "distance_mm": number(found.distances_mm.get(label, float("nan"))),
            "hausdorff_mm": number(scores.hausdorff_mm.get(label, float("nan"))),
        }
        for label, dice in scores.dice.items()
    ]
    told = [
        {"label": label, "grade": one.grade, "probability": one.probability}
        for label, one in sorted((grades or {}).items())
    ]
    return {
        "mask_digest": mask_digest,
        "absent": absent,
        "levels": levels,
        "extra": list(scores.extra),
        "grades": told,
    }
