"""Wire shape of one's wish for mail."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from backend.notices.models import Often


class MailWishInput(serializers.Serializer[Any]):
    often = serializers.ChoiceField(choices=Often.choices)


class MailWishSerializer(MailWishInput):
    """How often I am told by mail what is new, and whether such a mail can reach me."""

    sends_mail = serializers.BooleanField(help_text="Whether this site sends any mail")
    address = serializers.EmailField()
    proved = serializers.BooleanField(
        help_text="Whether the address is proved to be mine; else no mail goes there"
    )
