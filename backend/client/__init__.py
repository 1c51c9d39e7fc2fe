"""Vertebase from Python: a site, its projects, uploads, tasks and releases. Begin with ``Site``."""

from .errors import (
    Changed,
    Conflict,
    Damaged,
    Forbidden,
    Invalid,
    JobFailed,
    NotFound,
    NotGenuine,
    NotSignedIn,
    SiteError,
    Unavailable,
    Unreachable,
    Unusable,
    VertebaseError,
    WaitedTooLong,
)
from .releases import Release
from .site import Project, Site
from .tasks import Pulled, Task
from .webhooks import Message, read_message

__all__ = [
    "Changed",
    "Conflict",
    "Damaged",
    "Forbidden",
    "Invalid",
    "JobFailed",
    "Message",
    "NotFound",
    "NotGenuine",
    "NotSignedIn",
    "Project",
    "Pulled",
    "Release",
    "Site",
    "SiteError",
    "Task",
    "Unavailable",
    "Unreachable",
    "Unusable",
    "VertebaseError",
    "WaitedTooLong",
    "read_message",
]
