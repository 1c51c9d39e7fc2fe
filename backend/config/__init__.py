import gc

# The site's libraries are a million objects that stay. Python looks through its objects after every 700 new
# ones: a tenth of the time that each process takes to start.
gc.set_threshold(10_000, 20, 20)

from backend.config.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
