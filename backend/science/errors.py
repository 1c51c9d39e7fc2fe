"""The one error that science raises for input it cannot use."""

from __future__ import annotations

import logging
import struct
import zlib
from pathlib import PurePath

from backend.science.text import printable

logger = logging.getLogger(__name__)


class BadInput(ValueError):
    """Input that cannot be used, with a stable code for programs and one clear sentence for people.

    The code is what the site keeps with a quarantined file; the message names the file where there is one.
    The text of a message never contains values read from a patient's header.
    """

    def __init__(self, code: str, message: str, *, source: str | PurePath | None = None) -> None:
        self.code = code
        self.reason = message
        self.source = printable(PurePath(source).name) if source is not None else None
        super().__init__(f"{self.source}: {message}" if self.source else message)

    @property
    def message(self) -> str:
        """The reason with the file that it is about, in one sentence."""
        return str(self)

    def about(self, source: str | PurePath) -> BadInput:
        """The same refusal, naming the file that it is about."""
        return BadInput(self.code, self.reason, source=source)


def faults_of_input() -> tuple[type[Exception], ...]:
    """What reading a file from outside may raise in libraries, memory that cannot be had among it.

    Not `Exception`: a worker is interrupted by exceptions as well, and those belong to nobody's file.
    """
    from pydicom.errors import BytesLengthException, InvalidDicomError  # here: it takes 34 MB of each process

    return (
        *(ValueError, TypeError, AttributeError, LookupError, ArithmeticError, AssertionError),
        *(MemoryError, OSError, EOFError, RuntimeError, NotImplementedError, struct.error, zlib.error),
        *(InvalidDicomError, BytesLengthException),
    )


def as_bad_input(error: Exception, code: str, message: str) -> BadInput:
    """A refusal for a fault of reading: ``code`` and ``message``, or that memory was lacking."""
    if isinstance(error, MemoryError):
        return BadInput("out_of_memory", "there is not enough memory to read it")
    return BadInput(code, message)


def of_one_series(error: Exception) -> BadInput:
    """Whatever reading one file or series raised, as the reason why it alone is refused.

    Errors of libraries are logged by their kind only: their text may quote a header.
    """
    if isinstance(error, BadInput):
        return error
    if isinstance(error, OSError):
        return BadInput("unreadable", f"it cannot be read ({error.strerror or 'read error'})")
    logger.error("reading one file or series failed: %s", type(error).__name__)
    return as_bad_input(error, "unreadable", f"it cannot be read ({type(error).__name__})")
