"""The cache of a site: what it holds can be made anew, so a site whose cache is away goes on without it.

Whoever asks hears "not there", whoever writes is not kept waiting, and a limit on requests that counts here
lets everybody through. Counting by `incr` is for whoever can do without: it raises.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import redis
from django.core.cache import cache
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger(__name__)

GONE = (redis.RedisError, OSError)  # what a server that does not answer raises
LOG_SECONDS = 60.0


class Seldom:
    """Lets one line through in a while, so that an outage fills no log."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._next = float("-inf")
        self._lock = threading.Lock()

    def __call__(self) -> bool:
        """Whether it is time for a line."""
        with self._lock:
            now = self._clock()
            if now < self._next:
                return False
            self._next = now + self._seconds
            return True


_time_to_tell = Seldom(LOG_SECONDS)


class ForgivingCache(RedisCache):
    """Django's Redis cache that answers as an empty one while its server is away."""

    def _or(self, missing: Any, ask: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return ask(*arguments)
        except GONE as exc:
            if _time_to_tell():
                logger.warning("the cache does not answer; going on without it: %s", exc)
            return missing

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        """True where nobody can know of another: a lock is had, what is done once is done now."""
        return bool(self._or(True, super().add, key, value, timeout, version))

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._or(default, super().get, key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        self._or(None, super().set, key, value, timeout, version)

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return bool(self._or(False, super().touch, key, timeout, version))

    def delete(self, key: Any, version: Any = None) -> bool:
        return bool(self._or(False, super().delete, key, version))

    def get_many(self, keys: Any, version: Any = None) -> dict[Any, Any]:
        return dict(self._or({}, super().get_many, list(keys), version))

    def has_key(self, key: Any, version: Any = None) -> bool:
        return bool(self._or(False, super().has_key, key, version))

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> list[Any]:
        """The keys that were not kept."""
        return list(self._or(list(data), super().set_many, data, timeout, version))

    def delete_many(self, keys: Any, version: Any = None) -> None:
        self._or(None, super().delete_many, list(keys), version)

    def count_up(self, steps: Sequence[tuple[str, int]], timeout: int) -> list[int]:
        """`count_up` in one exchange with the server. Raises one of ``GONE`` where it does not answer."""
        keys = [self.make_and_validate_key(key) for key, _ in steps]
        with self._cache.get_client(None, write=True).pipeline(transaction=False) as pipeline:
            for key, (_, step) in zip(keys, steps, strict=True):
                pipeline.set(key, 0, ex=timeout, nx=True)
                pipeline.incr(key, step)
            return [int(value) for value in pipeline.execute()[1::2]]


def count_up(steps: Sequence[tuple[str, int]], timeout: int) -> list[int]:
    """Raise each counter by its step and say where it stands then; a new one begins at 0 and lasts
    ``timeout`` seconds. Raises one of ``GONE`` where the server does not answer.
    """
    at_once = getattr(cache, "count_up", None)
    if at_once is not None:
        return list(at_once(steps, timeout))
    counted = []
    for key, step in steps:
        cache.add(key, 0, timeout)
        counted.append(int(cache.incr(key, step)))
    return counted
