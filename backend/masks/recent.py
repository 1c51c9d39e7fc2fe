"""The masks of the sessions edited last in this process: neither a save nor a look replays a session."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from uuid import UUID

from backend.masks.models import EditSession
from backend.science.volume import MaskArray


@dataclass
class Recent:
    """Some masks by session, revision and digest; the one not asked for the longest goes first."""

    limit: int = 4
    _arrays: OrderedDict[tuple[UUID, int, str], MaskArray] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, session: EditSession) -> MaskArray | None:
        """The session's mask, for the caller to change; it leaves the cache, so nobody else holds it."""
        with self._lock:
            return self._arrays.pop((session.pk, session.revision, session.digest), None)

    def copy(self, session: EditSession) -> MaskArray | None:
        """The session's mask, for the caller to keep, where it was edited here last."""
        with self._lock:
            array = self._arrays.get((session.pk, session.revision, session.digest))
            return array.copy(order="K") if array is not None else None

    def keep(self, session: EditSession, array: MaskArray) -> None:
        """Remember the session's mask; nobody may change ``array`` from now on."""
        with self._lock:
            self._arrays[(session.pk, session.revision, session.digest)] = array
            while len(self._arrays) > self.limit:
                self._arrays.popitem(last=False)


recent = Recent()
