"""Lines from HU to bone density for the recipe's scanners.

They are made up for the replay, as its scanners are: phantoms are painted so that the line gives back the
recipe's densities. They say so, and hold for nothing else.
"""

from __future__ import annotations

from backend.replay.recipe import PatientPlan, Recipe

SLOPE, INTERCEPT = 0.8, 4.0  # mg/cm3 for each HU; mg/cm3
SOURCE = "Made up for the replay: its phantoms are painted by this line. Not for people."
PHANTOM = "The generator's own bone"
VALID_FROM = "2010-01-01"


def hu_of(patient: PatientPlan) -> float:
    """The HU of spongy bone that the patient's density asks for."""
    return (patient.bmd_mg_cm3 - INTERCEPT) / SLOPE


def settings_of(recipe: Recipe) -> list[tuple[str, str]]:
    """Scanners and phases that a line is needed for."""
    return sorted({(patient.scanner, patient.contrast) for patient in recipe.patients})
