"""TotalSegmentator as an engine, where a user has installed it (pip install TotalSegmentator).

Its command is run with ``--ml``, which writes one mask on the CT's own grid; only the numbers are changed, so
the heights of the bodies stay what it made them. Numbers: class map of the task ``total`` of version 2.
"""

from __future__ import annotations

from inference.adapters.command import CommandEngine
from inference.errors import EngineUnavailable

PROGRAM = "TotalSegmentator"
_FIRST_LUMBAR, _FIRST_THORACIC, _FIRST_CERVICAL = 27, 32, 44  # L5, T12, C7: it counts upwards from the feet

# TotalSegmentator's number -> VerSe's. Its sacrum (25) and its S1 (26) are parts of VerSe's sacrum.
LABELS: dict[int, int] = {
    25: 26,
    26: 26,
    **{_FIRST_LUMBAR + n: 24 - n for n in range(5)},
    **{_FIRST_THORACIC + n: 19 - n for n in range(12)},
    **{_FIRST_CERVICAL + n: 7 - n for n in range(7)},
}
STRUCTURES = (
    "sacrum",
    "vertebrae_S1",
    *(f"vertebrae_L{n}" for n in range(5, 0, -1)),
    *(f"vertebrae_T{n}" for n in range(12, 0, -1)),
    *(f"vertebrae_C{n}" for n in range(7, 0, -1)),
)


class TotalSegmentatorEngine(CommandEngine):
    """The vertebrae of TotalSegmentator's task `total`."""

    name = "TotalSegmentator"
    version = "2"

    def __init__(self, *, program: str = PROGRAM, fast: bool = False, time_limit_s: float = 3600) -> None:
        """Raises `EngineUnavailable` where it is not installed."""
        words = [program, "-i", "{ct}", "-o", "{mask}", "--ml", "--device", "{device}"]
        words += ["--fast"] if fast else []
        words += ["--roi_subset", *STRUCTURES]
        try:
            super().__init__(words, labels=LABELS, time_limit_s=time_limit_s)
        except EngineUnavailable as error:
            message = f"{error}: install it with `pip install TotalSegmentator`, see docs/operations.md"
            raise EngineUnavailable(message) from error

    def device(self, asked: str) -> str:
        """``cpu``, ``gpu`` or ``gpu:1``, as it calls them."""
        return asked.replace("cuda", "gpu")
