"""How the API knows who asks: a session cookie with the CSRF header, or a bearer token."""

from __future__ import annotations

import base64
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.request import Request

from backend.accounts.selectors import valid_token
from backend.accounts.services import note_token_use


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>``; the token becomes ``request.auth``, whose scope `ApiView` checks."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        if len(words) != 2:
            raise exceptions.AuthenticationFailed("The Authorization header holds no token.")
        token = valid_token(text=words[1].decode("latin-1"))
        if token is None:
            raise exceptions.AuthenticationFailed("The token is unknown or has expired.")
        note_token_use(token=token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BasicTokenAuthentication(BaseAuthentication):
    """A token as the password of HTTP Basic, for programs that know nothing else; any name goes with it.

    Never a person's password: a program that keeps one could do all that the person may.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"basic":
            return None
        try:
            _, _, text = base64.b64decode(words[1], validate=True).decode("latin-1").partition(":")
        except (IndexError, ValueError) as exc:
            raise exceptions.AuthenticationFailed("The Authorization header holds no token.") from exc
        token = valid_token(text=text)
        if token is None:
            raise exceptions.AuthenticationFailed("The token is unknown or has expired.")
        note_token_use(token=token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Basic realm="a token of the site as the password"'


class CookieAuthentication(SessionAuthentication):
    """The session cookie; requests that change something need the CSRF header."""


class _BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "backend.accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class _CookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "backend.accounts.authentication.CookieAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
