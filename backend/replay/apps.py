"""The paper's project made again, by bots that know the site by its address."""

from __future__ import annotations

from django.apps import AppConfig


class ReplayConfig(AppConfig):
    name = "backend.replay"
    label = "replay"
    verbose_name = "The paper, made again"
