"""Who made a release, as citations and catalogues name them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from backend.common.errors import Invalid
from backend.common.stored import Stored, listed

MOST_CREATORS = 200


class CreatorsInvalid(Invalid):
    code = "creators_invalid"
    message = "The authors cannot be used."


def _is_orcid(value: str) -> str:
    """Sixteen digits in fours, the last one checking the others (ISO 7064, MOD 11-2)."""
    if value and not _orcid_holds(value):
        raise ValueError(f"{value!r} is no ORCID iD (0000-0002-1825-0097 is one).")
    return value


def _orcid_holds(value: str) -> bool:
    digits = value.replace("-", "")
    if [len(part) for part in value.split("-")] != [4, 4, 4, 4] or not digits[:15].isdecimal():
        return False
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return digits[15] == ("X" if check == 10 else str(check))


class Creator(Stored):
    """A person as "Family, Given", or an institution or group by its name without a comma."""

    name: Annotated[str, Field(min_length=1, max_length=160)]
    affiliation: Annotated[str, Field(max_length=200)] = ""
    orcid: Annotated[str, AfterValidator(_is_orcid)] = ""

    @property
    def family(self) -> str:
        """The family name; of an institution its name."""
        return self.name.partition(",")[0].strip()

    @property
    def given(self) -> str:
        """Given names; empty for an institution."""
        return self.name.partition(",")[2].strip()


class Creators(Stored):
    """All of them, in the order in which they are cited."""

    what: ClassVar[str] = "The authors"
    items: ClassVar[dict[str, str]] = {"creators": "Author"}
    refused: ClassVar[type[Invalid]] = CreatorsInvalid

    creators: Annotated[tuple[Creator, ...], listed(most=MOST_CREATORS)] = ()


def read_creators(raw: Any) -> tuple[Creator, ...]:
    """The authors as they were sent or stored.

    Raises
    ------
    CreatorsInvalid
    """
    return Creators.read({"creators": raw}).creators
