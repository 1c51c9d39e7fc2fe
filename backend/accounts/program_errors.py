"""Refusals on the way of a program to a token; their codes are the words of RFC 8628 and RFC 6749."""

from __future__ import annotations

from backend.common.errors import Invalid, NotFound, Unavailable


class SignInRefused(Invalid):
    """Base of what a program is answered while it has no token; RFC 8628, section 3.5."""


class AuthorizationPending(SignInRefused):
    code = "authorization_pending"
    message = "Nobody has confirmed the code yet. Ask again after the interval."


class SlowDown(SignInRefused):
    code = "slow_down"
    message = (
        "The program asks too often. It has to wait five seconds longer between two questions from now on."
    )


class AccessDenied(SignInRefused):
    code = "access_denied"
    message = "The person has refused the program."


class ExpiredToken(SignInRefused):
    code = "expired_token"
    message = "The code has expired. Start the sign-in again."


class InvalidGrant(SignInRefused):
    code = "invalid_grant"
    message = "This code is none of this site, is used up, or was given to another program."


class UnsupportedGrant(SignInRefused):
    code = "unsupported_grant_type"
    message = "Programs sign in here with a code that a person confirms, and in no other way."


class UnknownCode(NotFound):
    code = "unknown_code"
    message = (
        "There is no such code, or it has expired. Look at the program again: it shows the one to enter."
    )


class TooManyPrograms(Unavailable):
    code = "too_many_programs"
    message = "Too many programs wait for somebody to confirm them. Try again in some minutes."
