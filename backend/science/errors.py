"""The one error that science raises for input it cannot use."""

from __future__ import annotations

from pathlib import PurePath

from backend.science.text import printable


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
        return str(self)

    def about(self, source: str | PurePath) -> BadInput:
        """The same refusal, naming the file that it is about."""
        return BadInput(self.code, self.reason, source=source)
