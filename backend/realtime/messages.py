"""What goes over the sockets. News carries ids and states; clients read the rest over REST.

``seq`` counts the messages of one person's stream in one project. A client that sees a gap, or connects
again, reads anew what it shows.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

CLOSE_NOT_SIGNED_IN = 4401
CLOSE_COME_AGAIN = 1012  # no refusal: whoever still is signed in connects again

Kind = Literal[
    "job", "run", "board", "batch", "case", "assignment", "release", "model", "training", "question"
]


class JobNews(TypedDict):
    """A job's state; ``progress`` is 0..1. At most five a second of one job."""

    type: Literal["job"]
    id: str
    kind: str
    subject_id: str | None
    state: str
    progress: float
    message: str
    seq: NotRequired[int]


class RunNews(TypedDict):
    """An engine run; ``stage`` is empty between stages."""

    type: Literal["run"]
    id: str
    volume_id: str
    state: str
    stage: str
    progress: float
    seq: NotRequired[int]


class StateNews(TypedDict):
    """Something else changed: read it again."""

    type: Literal["board", "batch", "case", "assignment", "release", "model", "training", "question"]
    id: str
    state: str
    case_id: NotRequired[str]
    seq: NotRequired[int]


News = JobNews | RunNews | StateNews


class Snapshot(TypedDict):
    """Sent on connect and on ``resync``: the jobs that have not ended, and where the stream is."""

    type: Literal["snapshot"]
    seq: int
    jobs: list[JobNews]


class Pong(TypedDict):
    """The answer to ``{"type": "ping"}``; ``seq`` shows whether news was missed."""

    type: Literal["pong"]
    seq: int
