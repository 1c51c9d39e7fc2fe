from __future__ import annotations

import gzip
import io
import json
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from pydicom._dicom_dict import DicomDictionary
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence

from backend.science import edits, previews
from backend.science.cli import main
from backend.science.deid import allowlist
from backend.science.deid.keys import keyed_hash
from backend.science.deid.person import age_years, is_placeholder, sex_of
from backend.science.formats import nifti
from backend.science.formats.slabs import build_slabs
from backend.science.ingest import ingest
from backend.science.volume import mask_centroids
from tests.science import dicom_files

SECRET = b"a secret of enough bytes for tests"
NAMES = (b"mustermann", b"erika", b"123454321", b"19620417", b"charite", b"1.2.840.999.77")
TEXT = "Mustermann^Erika"
_PLAIN_TEXT_VRS = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"))
_KEEP = frozenset(
    (
        *(
            "SOPClassUID",
            "Modality",
            "ImageType",
            "Rows",
            "Columns",
            "PhotometricInterpretation",
            "PixelData",
        ),
        *("SpecificCharacterSet", "BurnedInAnnotation", "PixelPresentation", "TransferSyntaxUID"),
    )
)


def _planted_slices(array: np.ndarray) -> list[FileDataset]:
    """A series with the patient's name in every text element of the dictionary and in the odd corners too."""
    slices = dicom_files.make_series(
        array, PatientID="123454321", PatientBirthDate="19620417", PatientSex="F"
    )
    for dataset in slices:
        for tag, (vr, _, _, retired, keyword) in DicomDictionary.items():
            if retired or keyword in _KEEP or tag >> 16 in (0x0000, 0x0002, 0x0004) or not keyword:
                continue
            if vr in _PLAIN_TEXT_VRS and keyword not in ("PatientID", "PatientSex", "PatientAge"):
                dataset.add_new(tag, vr, TEXT if vr != "CS" else "MUSTERMANN")
        for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "DateOfLastCalibration"):
            setattr(dataset, keyword, "20220417" if keyword != "DateOfLastCalibration" else "19620417")
        dataset.StudyInstanceUID = dataset.SeriesInstanceUID = dataset.FrameOfReferenceUID = (
            "1.2.840.999.77.1"
        )
        nested = Dataset()
        nested.PatientName = TEXT
        nested.add_new(0x00091001, "LO", TEXT)
        dataset.RequestAttributesSequence = Sequence([nested])
        dataset.IconImageSequence = Sequence([nested])
        dataset.private_block(0x0019, "SIEMENS CT VA0  COAD", create=True).add_new(0x92, "LO", TEXT)
        dataset.private_block(0x0029, "MUSTERMANN CSA", create=True).add_new(0x10, "OB", TEXT.encode() * 4)
        dataset.add_new(0x60000010, "US", 2)
        dataset.add_new(0x60003000, "OW", TEXT.encode())
        dataset.preamble = (TEXT.encode() * 8)[:128]
        dataset.add_new(0xFFFCFFFC, "OB", TEXT.encode())
    return slices


def _assert_clean(content: bytes) -> None:
    """None of the names stands in the bytes, as they are or unpacked, in whatever case or width."""
    for layer in _layers(content):
        lowered = layer.lower()
        for name in NAMES:
            assert name not in lowered
            assert name.decode().encode("utf-16-le") not in lowered


def _layers(content: bytes) -> Iterator[bytes]:
    yield content
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    elif content[:4] == b"PK\x03\x04":
        archive = zipfile.ZipFile(io.BytesIO(content))
        yield from (layer for name in archive.namelist() for layer in _layers(archive.read(name)))
    elif content[:1] == b"\x78":
        yield zlib.decompress(content)


def test_the_search_itself_finds_a_name_in_every_wrapping() -> None:
    for hidden in (
        b"xMUSTERMANNx",
        gzip.compress(b"Mustermann"),
        zlib.compress(b"erika"),
        "erika".encode("utf-16-le"),
    ):
        with pytest.raises(AssertionError):
            _assert_clean(hidden)


@pytest.mark.parametrize("zipped", [False, True])
def test_no_output_of_a_dicom_series_holds_the_planted_name(tmp_path: Path, zipped: bool) -> None:
    source = tmp_path / "Mustermann_Erika_19620417"
    paths = dicom_files.save(source, _planted_slices(dicom_files.voxels()), prefix="Mustermann")
    planted = paths[0].read_bytes()
    assert planted.lower().count(b"mustermann") > 500
    if zipped:
        source = tmp_path / "Mustermann.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for path in paths:
                archive.write(path, f"Charite/Mustermann/{path.name}")
            archive.comment = TEXT.encode()
    result = ingest(source, secret=SECRET, working_spacing_mm=1.0)
    assert not result.refused
    (series,) = result.series
    assert (series.sex, series.age_years) == ("F", 60)
    passed_on = {
        field.name: getattr(series, field.name)
        for field in fields(series)
        if field.name not in ("volume", "mask", "source_names")
    }
    _assert_clean(json.dumps(passed_on, default=str).encode())
    index, blobs = build_slabs(series.volume)
    _assert_clean(json.dumps(index).encode())
    for blob in (*blobs.values(), nifti.volume_bytes(series.volume), previews.thumbnail_png(series.volume)):
        _assert_clean(blob)


def test_no_file_that_the_command_writes_holds_the_planted_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "Mustermann_Erika"
    dicom_files.save(source, _planted_slices(dicom_files.voxels()), prefix="Mustermann")
    out = tmp_path / "out"
    assert main(["ingest", str(source), str(out), "--report", str(out / "report.json")]) == 0
    written = [path for path in out.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} == {".gz", ".json"}
    for path in written:
        _assert_clean(path.read_bytes())
        _assert_clean(str(path.relative_to(out)).encode())
    _assert_clean("".join(capsys.readouterr()).encode())


def test_no_output_of_a_nifti_holds_the_planted_name(tmp_path: Path) -> None:
    image = nib.Nifti1Image(dicom_files.voxels(), np.diag([1.0, 1, 1, 1]))
    for field in ("descrip", "aux_file", "intent_name", "db_name"):
        image.header[field] = b"Mustermann"
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", TEXT.encode()))
    image.header.extensions.append(nib.nifti1.Nifti1Extension("afni", TEXT.encode()))
    source = tmp_path / "Mustermann_Erika.nii.gz"
    with gzip.GzipFile("Mustermann_Erika.nii", "wb", fileobj=source.open("wb"), mtime=12345) as stream:
        stream.write(image.to_bytes())
    labels = np.zeros(image.shape, dtype=np.uint8)
    labels[3:6, 3:6, 3:6] = 20
    mask_image = nib.Nifti1Image(labels, image.affine, image.header)
    nib.save(mask_image, tmp_path / "Mustermann_Erika_seg.nii.gz")
    result = ingest(tmp_path, secret=SECRET)
    assert not result.refused
    (series,) = result.series
    assert series.mask is not None
    _assert_clean(json.dumps([series.facts, series.checks, series.patient_hmac, series.uid_hmac]).encode())
    outputs = (
        nifti.volume_bytes(series.volume),
        nifti.mask_bytes(series.mask),
        edits.encode_mask(series.mask.array),
    )
    for content in (*outputs, previews.preview_png(series.volume, series.mask, mask_centroids(series.mask))):
        _assert_clean(content)


def test_a_refusal_names_the_file_and_nothing_of_its_header(tmp_path: Path) -> None:
    slices = _planted_slices(dicom_files.voxels())
    del slices[3]
    slices[0].PixelSpacing = ["0", "0"]
    slices[1].add_new(0x0020000D, "LO", TEXT)  # text where a UID belongs
    dicom_files.save(tmp_path, slices)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = ingest(tmp_path, secret=SECRET)
    _assert_clean(" ".join(str(one.message) for one in warned).encode())
    assert len(result.refused) == 7
    _assert_clean(json.dumps([refused.message for refused in result.refused]).encode())


def _header(**tags: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("keyword", "value", "fact", "kept"),
    [
        ("Manufacturer", "SIEMENS", "manufacturer", "Siemens"),
        ("Manufacturer", "GE MEDICAL SYSTEMS", "manufacturer", "GE"),
        ("Manufacturer", "Geraldine Smith", "manufacturer", "other"),
        ("ManufacturerModelName", "SOMATOM Definition AS+", "model", "SOMATOM Definition AS+"),
        ("ManufacturerModelName", "Brilliance 64", "model", "Brilliance 64"),
        ("ManufacturerModelName", "IQon - Spectral CT", "model", "IQon - Spectral CT"),
        ("ManufacturerModelName", "Brilliance Erika", "model", "other"),
        ("ManufacturerModelName", "19620417", "model", "other"),
        ("ConvolutionKernel", "B60s", "kernel", "B60s"),
        ("ConvolutionKernel", ["Br38f", "3"], "kernel", "Br38f\\3"),
        ("ConvolutionKernel", "YB", "kernel", "YB"),
        ("ConvolutionKernel", "BONEPLUS", "kernel", "BONEPLUS"),
        ("ConvolutionKernel", "Beate", "kernel", "other"),
        ("KVP", "120", "kvp", 120.0),
        ("KVP", "19620417", "kvp", None),
        ("BodyPartExamined", "LSPINE", "body_part", "LSPINE"),
        ("BodyPartExamined", "ERIKA", "body_part", None),
        ("PatientPosition", "HFS", "patient_position", "HFS"),
        (
            "SeriesDescription",
            "Thx/Abd portalven. 1.0 Mustermann",
            "contrast_phase_candidate",
            "portal_venous",
        ),
        ("SeriesDescription", "WS nativ", "contrast_phase_candidate", "none"),
        ("SeriesDescription", "Mustermann", "contrast_phase_candidate", None),
        ("ContrastBolusAgent", "Imeron for E. Mustermann", "contrast", "enhanced"),
    ],
)
def test_only_known_words_and_plausible_numbers_pass(
    keyword: str, value: object, fact: str, kept: object
) -> None:
    assert allowlist.allowed_facts([_header(**{keyword: value})], SECRET).get(fact) == kept


def test_the_osteo_line_is_read_only_under_its_own_private_creator() -> None:
    dataset = _header(KVP="120")
    block = dataset.private_block(0x0019, "SIEMENS CT VA0  COAD", create=True)
    block.add_new(0x92, "DS", "0.9236")
    block.add_new(0x93, "DS", "-1.6565")
    line = allowlist.allowed_facts([dataset], SECRET)["osteo_regression_candidate"]
    assert (line["slope"], line["intercept"]) == (0.9236, -1.6565)
    other = _header(KVP="120")
    block = other.private_block(0x0019, "SOMEONE ELSE", create=True)
    block.add_new(0x92, "DS", "0.9236")
    block.add_new(0x93, "DS", "-1.6565")
    assert "osteo_regression_candidate" not in allowlist.allowed_facts([other], SECRET)


@pytest.mark.parametrize(
    ("age", "born", "scanned", "years"),
    [
        ("065Y", "", "", 65),
        ("089Y", "", "", 89),
        ("090Y", "", "", 90),
        ("104Y", "", "", 90),
        ("018M", "", "", 1),
        ("", "19500601", "20200531", 69),
        ("", "19500601", "20200601", 70),
        ("", "19200101", "20200601", 90),
        ("", "20200601", "19500601", None),
        ("", "18000101", "20200101", None),
        ("", "", "20200601", None),
        ("old", "1950", "2020", None),
    ],
)
def test_age_is_in_whole_years_and_ends_at_90(age: str, born: str, scanned: str, years: int | None) -> None:
    assert age_years(age, born, scanned) == years


def test_sex_is_one_letter_or_nothing() -> None:
    assert [sex_of(value) for value in ("m", " F ", "O", "female", "")] == ["M", "F", "O", "", ""]


def test_hashes_need_the_secret_and_keep_kinds_and_parts_apart() -> None:
    assert keyed_hash(SECRET, "a", "b") == keyed_hash(SECRET, "a", "b")
    assert (
        len({keyed_hash(SECRET, *parts) for parts in (("a", "b"), ("ab",), ("a", "b", ""), ("b", "a"))}) == 4
    )
    with pytest.raises(ValueError, match="16 bytes"):
        keyed_hash(b"short", "a")


def test_words_for_removed_are_no_identity() -> None:
    assert all(
        map(is_placeholder, ("", " ", "Anonymous", "ANON^", "0", "000000", "unknown", "de-identified"))
    )
    assert not any(map(is_placeholder, ("4711", "Anders", "P-1", "100")))
