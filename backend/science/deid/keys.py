"""Keyed hashes: the same person and series are recognised, and nobody without the key can look them up.

A plain hash of a hospital number can be reversed by trying every number; one keyed with the project's secret
cannot.
"""

from __future__ import annotations

import hashlib
import hmac

MIN_SECRET_BYTES = 16


def keyed_hash(secret: bytes, purpose: str, *parts: str | bytes) -> str:
    """HMAC-SHA256 in hexadecimal. ``purpose`` keeps hashes of different kinds from being compared."""
    if len(secret) < MIN_SECRET_BYTES:
        raise ValueError(f"the secret must have at least {MIN_SECRET_BYTES} bytes")
    message = hashlib.sha256()
    for part in (purpose, *parts):
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        message.update(len(data).to_bytes(8, "little"))
        message.update(data)
    return hmac.new(secret, message.digest(), hashlib.sha256).hexdigest()
