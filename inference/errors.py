"""Why the built-in engine cannot run."""

from __future__ import annotations


class EngineUnavailable(ImportError):
    """The engine's weights or its run-time libraries are missing or damaged.

    An `ImportError`, because that is how the site is told by any engine that it is not at hand here.
    """
