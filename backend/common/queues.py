"""The queues of background work, and which of them the workers of this site serve."""

from __future__ import annotations

from django.conf import settings

QUEUES = ("cpu", "gpu", "io", "train")


def device_queues() -> dict[str, str]:
    """The queue of each device that engines run on, the first device's first: ``{"gpu": "cpu"}``."""
    return {"gpu" if n == 0 else f"gpu{n}": device for n, device in enumerate(settings.VERTEBASE_DEVICES)}


def worker_queues() -> list[str]:
    """Every queue that some worker of this site has to serve."""
    return [*QUEUES, *(queue for queue in device_queues() if queue not in QUEUES)]
