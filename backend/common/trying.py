"""An act tried before it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

Found = TypeVar("Found")


def tried(act: Callable[[], Found]) -> Found:
    """What an act would come to: it is done, and rolled back before anybody hears of it.

    So a preview knows whatever the act itself knows. While it lasts others wait to write.
    """
    with transaction.atomic():
        found = act()
        transaction.set_rollback(True)
    return found
