"""A file of a release before the release is frozen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from backend.common.models import Blob
from backend.common.storage import put_blob
from backend.releases.models import Layout

NIFTI_TYPE = "application/gzip"
PARQUET_TYPE = "application/vnd.apache.parquet"


@dataclass(frozen=True)
class Made:
    """A file of the release in storage. ``image``: a CT, or what is known of it without its answers, which
    may be open before the masks are."""

    path: str
    split: str
    blob: Blob
    image: bool = False
    layout: str = Layout.VERSE


def to_json(value: Any) -> str:
    """As all JSON files of a release are written."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def text_blob(text: str, media_type: str = "text/plain") -> Blob:
    """Text in storage, as UTF-8."""
    return put_blob(data=text.encode(), media_type=media_type)


def json_blob(value: Any) -> Blob:
    """JSON in storage."""
    return text_blob(to_json(value), "application/json")
