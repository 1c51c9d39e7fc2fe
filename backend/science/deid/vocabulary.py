"""The words that may be passed on from a CT header. Everything else stays outside."""

from __future__ import annotations

import re

OTHER = "other"


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# how a manufacturer's entry begins, and what it is called here
MANUFACTURERS: tuple[tuple[str, str], ...] = (
    ("siemens", "Siemens"),
    ("philips", "Philips"),
    ("ge medical", "GE"),
    ("ge healthcare", "GE"),
    ("general electric", "GE"),
    ("toshiba", "Toshiba"),
    ("canon", "Canon"),
    ("hitachi", "Hitachi"),
    ("fujifilm", "Fujifilm"),
    ("neusoft", "Neusoft"),
    ("united imaging", "United Imaging"),
    ("uih", "United Imaging"),
    ("samsung", "Samsung"),
)

# the words of the names of CT scanners; numbers may stand beside them
MODEL_WORDS = _words(
    "somatom definition sensation emotion perspective scope spirit force edge drive flash as confidence go",
    "now up all top sim open pro naeotom alpha peak biograph mct vision horizon truepoint zoom balance",
    "brilliance ict iqon spectral ct mx ingenuity incisive gemini tf big bore access core sp elite plus",
    "lightspeed vct optima discovery revolution brightspeed hispeed evo maxima apex frontier hd ultra rt",
    "aquilion alexion activion astelion prime one genesis edition lb cx cxl lightning serve exceed x cite",
    "scenaria supria eclos speedia neuviz uct s r xt cl t m e a px pet",
)

# the forms of reconstruction kernels, by manufacturer
KERNEL_FORMS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(form)
    for form in (
        r"[BHITUSDQ][a-z]{0,2}\d{2}[a-z]{0,2}(\\\d)?",  # Siemens: B60s, I70f, Br38f\3
        r"[A-FL]|U[A-C]|Y[A-E]|E[A-C]|S[BC]",  # Philips: B, YB
        r"STANDARD|BONE|BONEPLUS|SOFT|DETAIL|EDGE|LUNG|CHST|ULTRA|HD (STANDARD|BONE|LUNG)",  # GE
        r"FC\d{2}",  # Canon, Toshiba
    )
)

BODY_PARTS = _words(
    "SPINE CSPINE TSPINE LSPINE TLSPINE LSSPINE WHOLESPINE SSPINE NECK CHEST ABDOMEN PELVIS THORAX HEAD",
    "BRAIN WHOLEBODY CHESTABDOMEN ABDOMENPELVIS CHESTABDPELVIS HEADNECK PARTIALBODY BODY",
)
PATIENT_POSITIONS = _words("HFS HFP HFDR HFDL FFS FFP FFDR FFDL")
IMAGE_TYPES = _words("ORIGINAL DERIVED PRIMARY SECONDARY AXIAL MPR REFORMATTED AVERAGE HELICAL VOLUME")

# words of an image type that say: this is no stack of slices in HU
NOT_A_SCAN = _words(
    "LOCALIZER SCOUT PROJECTION PROJECTIONIMAGE MIP MINIP VRT SSD SCREENSAVE DOSE_INFO DOSE REPORT PROTOCOL"
)

# words of a series' description that tell the phase of contrast
PHASES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(portal\w*|pv|pvp|venous|venoes|venös)\b"), "portal_venous"),
    (re.compile(r"\b(arterial\w*|arteriell\w*|art|cta|angio\w*)\b"), "arterial"),
    (re.compile(r"\b(native?|nativ|non-?contrast|unenhanced|plain|nc)\b"), "none"),
)
