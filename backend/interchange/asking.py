"""What programs of others ask in their own way: who they are, and in which form they take an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from backend.accounts.authentication import (
    BasicTokenAuthentication,
    BearerAuthentication,
    CookieAuthentication,
)
from backend.common.api import ApiView

LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_ANY_SYNTAX = ("*", LITTLE_ENDIAN)


class TakesAny(BaseContentNegotiation):
    """The view itself looks at what is accepted: these forms are none that the framework knows."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        wanted = (request.content_type or "").partition(";")[0]
        return next((one for one in parsers if one.media_type in (wanted, "*/*")), None)

    def select_renderer(self, request: Request, renderers: Iterable[Any], format_suffix: Any = None) -> Any:
        first = next(iter(renderers))
        return first, first.media_type


class ProgramView(ApiView):
    """Base of the views for other programs; a token comes as Bearer or as the password of Basic."""

    authentication_classes = [BearerAuthentication, BasicTokenAuthentication, CookieAuthentication]
    content_negotiation_class = TakesAny


def accepted(request: Request, *offers: str) -> str:
    """The first of ``offers`` that the request takes; ``multipart/related;TYPE`` says what its parts are.

    Raises ``NotAcceptable`` where it takes none, such as pixels in another transfer syntax.
    """
    asked = [_form(one) for one in _accept_header(request).split(",") if one.strip()] or [("*/*", "*")]
    for offer in offers:
        main = offer.partition(";")[0]
        for form, syntax in asked:
            if syntax in _ANY_SYNTAX and form in (offer, main, "*/*", f"{main.partition('/')[0]}/*"):
                return offer
    raise NotAcceptable(f"This is given as {' or '.join(offers)}, in explicit little endian.")


def _accept_header(request: Request) -> str:
    given: str = request.query_params.get("accept") or request.headers.get("Accept", "")
    return given


def _form(word: str) -> tuple[str, str]:
    """The media type, with that of its parts, and the transfer syntax."""
    main, *rest = (part.strip() for part in word.split(";"))
    pairs = (part.partition("=") for part in rest)
    said = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    parts = said.get("type", "*/*")
    form = f"{main};{parts}" if main.lower() == "multipart/related" and parts != "*/*" else main
    return form.lower(), said.get("transfer-syntax", "*")
