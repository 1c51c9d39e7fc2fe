"""What only people know of a data set: sentences that managers write into a draft for its datasheet."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from backend.common.errors import Invalid
from backend.common.stored import Stored

MOST_LETTERS = 4000
Sentences = Annotated[str, Field(max_length=MOST_LETTERS)]


class DatasheetInvalid(Invalid):
    code = "datasheet_invalid"
    message = "The sentences of the datasheet cannot be used."


class Datasheet(Stored):
    """An empty one is said to be untold. Releases of former versions have none."""

    what = "The datasheet"
    refused = DatasheetInvalid

    purpose: Annotated[Sentences, Field(description="Why the data set was made")] = ""
    funding: Annotated[Sentences, Field(description="Who paid for it")] = ""
    source: Annotated[Sentences, Field(description="Where the CTs are from, how patients were chosen")] = ""
    ethics: Annotated[Sentences, Field(description="Approval and consent")] = ""
    limits: Annotated[Sentences, Field(description="What it should not be used for, known biases")] = ""
    upkeep: Annotated[Sentences, Field(description="Who maintains it, and how to reach them")] = ""


def read_datasheet(raw: Any) -> Datasheet:
    """The sentences as they were sent or stored.

    Raises
    ------
    DatasheetInvalid
    """
    return Datasheet.read(raw)
