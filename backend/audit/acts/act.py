"""What an act is: a verb, what it tells beside actor and subject, and a sentence that says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, dataclass_transform

from backend.audit.acts.verb import Verb

ACTS: dict[str, type[Act]] = {}  # by verb


@dataclass(frozen=True, slots=True)
class Saying:
    """One sentence of an act, and what a record's detail holds where it fits (nothing: always)."""

    sentence: str
    where: Mapping[str, Any]


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Act:
    """One kind of act; its fields are the keys of a record's detail.

    Fields hold JSON values, ids and codes; never names of patients, files or free text from outside. The
    sentence names fields in braces. A verb has one type: `TypeError` for a second one.
    """

    verb: ClassVar[Verb]
    sentence: ClassVar[str]
    # What stands in the sentence for the codes of a field: never the code itself.
    words: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    def __init_subclass__(cls, *, verb: Verb, sentence: str) -> None:
        if verb in ACTS:
            raise TypeError(f"{verb} is {ACTS[verb].__name__} already")
        cls.verb, cls.sentence = verb, sentence
        ACTS[verb] = dataclass(frozen=True, kw_only=True)(cls)

    @classmethod
    def said(cls, detail: Mapping[str, Any]) -> str:
        """The sentence that fits a record's ``detail``, its fields still in braces."""
        return cls.sentence

    @classmethod
    def in_words(cls, field: str, value: Any) -> Any:
        """A field's value as it stands in the sentence: codes in words, a list as a person tells it."""
        if isinstance(value, list | tuple):
            return ", ".join(str(cls.in_words(field, one)) for one in value)
        if isinstance(value, bool):
            value = "yes" if value else "no"
        words = cls.words.get(field, {})
        return words.get(value, value) if isinstance(value, str) else value

    @classmethod
    def sayings(cls) -> list[Saying]:
        """All that `said` can give, each with the part of a detail to which it belongs."""
        return [Saying(cls.sentence, {})]
