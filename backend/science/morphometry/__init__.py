"""Sizes of vertebral bodies from masks: centroids, heights, losses and suggested grades."""

from backend.science.morphometry.bodies import body_centroids, find_bodies
from backend.science.morphometry.genant import fracture_type, genant_grade
from backend.science.morphometry.measure import Measurements, VertebraMeasurement, measure

__all__ = [
    "Measurements",
    "VertebraMeasurement",
    "body_centroids",
    "find_bodies",
    "fracture_type",
    "genant_grade",
    "measure",
]
