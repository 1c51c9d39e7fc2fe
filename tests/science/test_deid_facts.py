"""What of a header may be kept, fact by fact: at the edges of the ranges, with identifiers planted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from backend.science.deid.allowlist import PRIVATE_TAGS, allowed_facts
from backend.science.deid.keys import keyed_hash
from backend.science.ingest import ingest
from tests.science import dicom_files

SECRET = b"a secret of enough bytes for tests"
SIEMENS = "SIEMENS CT VA0  COAD"
# fact, keyword, smallest and largest value that is kept, one just outside on either side
RANGES = [
    ("kvp", "KVP", 40, 200, 39, 201),
    ("slice_thickness_mm", "SliceThickness", 0.1, 20, 0.09, 20.1),
    ("spacing_between_slices_mm", "SpacingBetweenSlices", 0.1, 20, 0.09, 20.1),
    ("gantry_tilt_degrees", "GantryDetectorTilt", -45, 45, -45.1, 45.1),
    ("pitch", "SpiralPitchFactor", 0.05, 5, 0.04, 5.1),
    ("reconstruction_diameter_mm", "ReconstructionDiameter", 20, 1000, 19.9, 1000.1),
    ("tube_current_ma", "XRayTubeCurrent", 1, 2000, 0, 2001),
    ("exposure_mas", "Exposure", 1, 5000, 0, 5001),  # DICOM has whole numbers here
    ("ctdi_vol_mgy", "CTDIvol", 0.01, 500, 0.009, 500.1),
]


def _header(**tags: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return dataset


def _facts(*headers: dict[str, Any]) -> dict[str, Any]:
    return allowed_facts([_header(**tags) for tags in headers], SECRET)


def _fact(name: str, **tags: Any) -> Any:
    return _facts(tags).get(name)


def test_of_an_empty_header_nothing_is_said_but_that_it_is_ct() -> None:
    assert _facts({}) == {"modality": "CT", "contrast": "none"}


# Numbers


@pytest.mark.parametrize(("fact", "keyword", "low", "high", "below", "above"), RANGES)
def test_numbers_are_kept_within_what_scanners_do(
    fact: str, keyword: str, low: float, high: float, below: float, above: float
) -> None:
    """Whoever widens a range lets more of a header out, and must say so here."""
    for value in (low, high):
        assert _fact(fact, **{keyword: value}) == value
    for value in (below, above):
        assert fact not in _facts({keyword: value})


@pytest.mark.parametrize("keyword", [row[1] for row in RANGES])
@pytest.mark.parametrize("planted", [19620417, 123454321, float("nan"), float("inf"), [120, 140], None])
def test_no_number_that_is_a_date_or_a_hospital_number_is_kept(keyword: str, planted: Any) -> None:
    header = Dataset()
    header.add_new(keyword, "FD", planted)
    assert allowed_facts([header], SECRET) == {"modality": "CT", "contrast": "none"}


def test_what_the_tube_modulates_is_averaged_over_the_slices_that_say_it() -> None:
    """(100 + 200 + 101) / 3 = 133.67; a slice without it, or with an impossible one, does not count."""
    headers = [{"XRayTubeCurrent": mA} for mA in (100, 200, 101)]
    facts = _facts(*headers, {}, {"XRayTubeCurrent": 99999}, {"CTDIvol": 8.5})
    assert (facts["tube_current_ma"], facts["ctdi_vol_mgy"]) == (133.67, 8.5)
    assert "exposure_mas" not in facts


def test_other_numbers_are_those_of_the_first_slice() -> None:
    assert _facts({"KVP": 100}, {"KVP": 120})["kvp"] == 100


# Words


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("Sensation 16", "Sensation 16"),
        ("SOMATOM_Force/04", "SOMATOM_Force/04"),
        ("SOMATOM   go.Top", "SOMATOM go.Top"),
        ("Discovery CT750 HD", "Discovery CT750 HD"),
        ("uCT 760", "uCT 760"),
        ("iCT", "iCT"),
        ("Ingenuity 8000", "Ingenuity 8000"),
        ("MX 8000", "other"),  # initials and a year look the same
        ("Brilliance 12345", "other"),
        ("AS 64", "other"),  # no word of it is longer than two letters: it may as well be initials
        ("E. M.", "other"),
        ("Force ١٦", "other"),
        ("Force #1", "other"),
        ("Sensation Mustermann", "other"),
        # numbers that a separator cuts into short ones: a day of birth, a hospital number
        ("1962-04-17", "other"),
        ("Brilliance 1962-04-17", "other"),
        ("Brilliance 17.4.62", "other"),
        ("Force 1234/5432/1", "other"),
        ("1234", "other"),
        ("", None),
    ],
)
def test_a_model_is_words_of_models_and_few_digits(stated: str, kept: str | None) -> None:
    assert _fact("model", ManufacturerModelName=stated) == kept


def test_a_makers_entry_only_begins_with_its_name() -> None:
    assert _fact("manufacturer", Manufacturer="Siemens Healthineers, Dr. Mustermann") == "Siemens"
    assert _fact("manufacturer", Manufacturer="Dr. Mustermann of Siemens") == "other"
    assert _fact("manufacturer", Manufacturer="") is None


def test_two_kernels_in_one_series_are_called_mixed() -> None:
    assert _facts({"ConvolutionKernel": "B60s"}, {"ConvolutionKernel": "B30f"})["kernel"] == "mixed"
    assert _facts({"ConvolutionKernel": "B60s"}, {"ConvolutionKernel": "B60s "})["kernel"] == "B60s"
    assert "kernel" not in _facts({}, {"ConvolutionKernel": ""})


@pytest.mark.parametrize(
    ("maker", "kernel", "method", "algorithm", "kept"),
    [
        ("SIEMENS", "B60s", "", "", "fbp"),
        ("SIEMENS", "H31s", "", "", "fbp"),
        ("SIEMENS", "Ur77", "", "", None),  # photon counting writes it so, either way of reconstruction
        ("SIEMENS", "I70f", "", "", "iterative"),
        ("SIEMENS", "J30s", "", "", "iterative"),
        ("SIEMENS", "Qr40", "", "", "iterative"),
        ("SIEMENS", "Br38f", "", "", None),
        ("SIEMENS", "", "", "", None),
        ("Philips", "B", "", "", None),
        ("Philips", "I70f", "", "", None),
        ("Philips", "B60", "", "", None),
        ("Philips", "YB", "", "ITERATIVE", "iterative"),
        ("Philips", "YB", "", "FILTER_BACK_PROJ", "fbp"),
        ("SIEMENS", "I70f", "", "FILTER_BACK_PROJ", "iterative"),
        ("SIEMENS", "B60s", "ITERATIVE", "FILTER_BACK_PROJ", "iterative"),
        ("Philips", "B", "FILTER_BACK_PROJ", "ITERATIVE", "fbp"),
        ("", "B60s", "", "", None),
    ],
)
def test_how_it_was_reconstructed(
    maker: str, kernel: str, method: str, algorithm: str, kept: str | None
) -> None:
    header = _header(
        Manufacturer=maker,
        ConvolutionKernel=kernel,
        IterativeReconstructionMethod=method,
        ReconstructionAlgorithm=algorithm,
    )
    assert allowed_facts([header], SECRET).get("reconstruction") == kept


def test_of_an_image_type_the_known_words_stay_in_their_order() -> None:
    assert _fact("image_type", ImageType=["ORIGINAL", "PRIMARY", "MUSTERMANN", "AXIAL"]) == [
        "ORIGINAL",
        "PRIMARY",
        "AXIAL",
    ]
    assert _fact("image_type", ImageType=["MUSTERMANN"]) is None


def test_words_with_spaces_in_them_are_known_too() -> None:
    assert _fact("body_part", BodyPartExamined="L SPINE") == "LSPINE"
    assert _fact("patient_position", PatientPosition="FF S") == "FFS"


@pytest.mark.parametrize(
    ("agent", "volume", "kept"),
    [
        (None, None, "none"),
        ("", None, "none"),
        ("NONE", None, "none"),
        ("No", None, "none"),
        ("without", None, "none"),
        ("Imeron", None, "enhanced"),
        ("Imeron", 0.5, "enhanced"),
        ("Imeron", 80, "enhanced"),
        ("Imeron", 0, "unknown"),  # of an earlier injection, or none of this one
        ("none", 0, "none"),
        ("none", 80, "enhanced"),
        ("", 0, "none"),
        (None, 0, "none"),
        (None, 80, "enhanced"),
        (None, 1, "enhanced"),
        (None, 1000, "enhanced"),
        (None, 1001, "none"),  # no volume that anyone is given
        ("Imeron", 19620417, "enhanced"),
    ],
)
def test_contrast(agent: str | None, volume: float | None, kept: str) -> None:
    stated = {"ContrastBolusAgent": agent, "ContrastBolusVolume": volume}
    assert _fact("contrast", **{key: value for key, value in stated.items() if value is not None}) == kept


@pytest.mark.parametrize(
    ("description", "phase"),
    [
        ("abd_art_1.0", "arterial"),
        ("abd(venous)2.0", "portal_venous"),
        ("Abdomen native/plain", "none"),
        ("smart recon", None),
        ("Arterial then PORTAL", "portal_venous"),
    ],
)
def test_a_phase_is_a_word_of_its_own(description: str, phase: str | None) -> None:
    assert _fact("contrast_phase_candidate", SeriesDescription=description) == phase


def test_lossy_compression_is_said_where_it_was() -> None:
    assert _fact("lossy_compression", LossyImageCompression="01") is True
    assert "lossy_compression" not in _facts({"LossyImageCompression": "00"})


def test_a_scanner_is_known_again_by_64_bits_of_a_keyed_hash() -> None:
    facts = _facts({"DeviceSerialNumber": " 12345 "}, {"DeviceSerialNumber": "7"})
    assert facts["device_hmac"] == keyed_hash(SECRET, "device", "12345")[:16]
    assert len(facts["device_hmac"]) == 16
    assert "device_hmac" not in _facts({"DeviceSerialNumber": ""})


# Siemens' private line


def _with_line(slope: Any, intercept: Any, others: int = 0, creator: str = SIEMENS) -> Dataset:
    """A header with the line in the first private block that ``others`` leave free."""
    dataset = Dataset()
    for number in range(others):
        block = dataset.private_block(0x0019, f"MAKER {number}", create=True)
        block.add_new(0x92, "DS", "7")
        block.add_new(0x93, "DS", "7")
    block = dataset.private_block(0x0019, creator, create=True)
    for element, value in ((0x92, slope), (0x93, intercept)):
        if value is not None:
            block.add_new(element, "DS", str(value))
    return dataset


def _line(*values: Any, **options: Any) -> Any:
    return allowed_facts([_with_line(*values, **options)], SECRET).get("osteo_regression_candidate")


@pytest.mark.parametrize("others", [0, 1, 15])
def test_the_line_is_read_from_whichever_block_its_maker_has(others: int) -> None:
    found = _line(0.9236, -1.6565, others=others)
    assert (found["slope"], found["intercept"]) == (0.9236, -1.6565)
    assert found["source"] == "(0019,xx92), (0019,xx93) of SIEMENS CT VA0  COAD"


@pytest.mark.parametrize(
    ("slope", "intercept", "kept"),
    [
        (0.01, 0, True),
        (1000, 1000, True),
        (1, -1000, True),
        (0, -1.6, False),
        (-0.9, -1.6, False),
        (1000.5, 0, False),
        (0.9, 1000.5, False),
        (0.9, -1000.5, False),
        (None, -1.6, False),
        (0.9, None, False),
        (0.9, 19620417, False),
    ],
)
def test_a_line_is_two_plausible_numbers(slope: float | None, intercept: float | None, kept: bool) -> None:
    assert (_line(slope, intercept) is not None) is kept


@pytest.mark.parametrize("others", [0, 1, 15])
def test_of_the_private_elements_of_files_only_the_lines_are_read(tmp_path: Path, others: int) -> None:
    """From files: what is read at all are three elements of each of the sixteen blocks."""
    slices = dicom_files.make_series(dicom_files.voxels())
    for dataset in slices:
        planted = _with_line(0.9236, -1.6565, others=others)
        planted.private_block(0x0019, SIEMENS).add_new(0x91, "LO", "Mustermann")
        dataset.update(planted)
    dicom_files.save(tmp_path, slices)
    (series,) = ingest(tmp_path, secret=SECRET).series
    found = series.facts["osteo_regression_candidate"]
    assert (found["slope"], found["intercept"]) == (0.9236, -1.6565)
    assert len(PRIVATE_TAGS) == len(set(PRIVATE_TAGS)) == 3 * 16
    assert {tag >> 16 for tag in PRIVATE_TAGS} == {0x0019}
    assert {tag & 0xFF for tag in PRIVATE_TAGS if tag & 0xFFFF >= 0x1000} == {0x92, 0x93}
