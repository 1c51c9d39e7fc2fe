"""Celery: transport of job ids. What is true of a job stands in its row (``common/tasks.py``)."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings.development")

app = Celery("vertebase")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.imports = ["backend.common.celery_task", "backend.common.beating"]
app.set_default()
