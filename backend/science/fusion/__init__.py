"""Fusing several raters into one mask, and their grades into one grade."""

from backend.science.fusion.fuse import default_method, fuse
from backend.science.fusion.model import FusedInstance, FusionParameters, FusionResult, RaterReport

__all__ = ["FusedInstance", "FusionParameters", "FusionResult", "RaterReport", "default_method", "fuse"]
