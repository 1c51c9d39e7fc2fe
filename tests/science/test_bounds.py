"""A file costs what it holds, never what it claims; and it costs itself alone."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless

from backend.science.errors import BadInput
from backend.science.formats import dicom_file
from backend.science.formats.dicom_file import encoded_size, inflate, looks_like_dicom
from backend.science.limits import limited_address_space
from backend.science.sources import Refused
from tests.science import dicom_files
from tests.science.ct_phantom import COLUMNS, ROWS, SLICES, phantom_slices, wrong_voxels
from tests.science.ingesting import codes, ingested, only, write_nifti
from tests.science.real_data import real_data

GIB = 1 << 30


@pytest.fixture
def good(tmp_path: Path) -> Path:
    dicom_files.save(tmp_path / "good", phantom_slices(SeriesInstanceUID="1.8"))
    return tmp_path


def _only_the_good(folder: Path) -> list[Refused]:
    """Read within a gigabyte beyond what is mapped: whoever believes a claim fails."""
    with limited_address_space(GIB):
        result = ingested(folder)
    (series,) = result.series
    assert wrong_voxels(series) == 0
    return result.refused


@pytest.mark.parametrize("tag", [(0x0010, 0x0010), (0x0008, 0x0008), (0x0020, 0x0032)])
def test_a_header_of_some_bytes_that_claims_gigabytes(good: Path, tag: tuple[int, int]) -> None:
    start = struct.pack("<HHI", 8, 5, 10) + b"ISO_IR 100"
    start += struct.pack("<HHI", 8, 0x16, 26) + b"1.2.840.10008.5.1.4.1.1.2\0"
    claim = struct.pack("<HHI", *tag, 0xFFFF_FFF0) + b"12345678"
    (good / "claim").write_bytes(start + claim)
    (refused,) = _only_the_good(good)
    assert refused.name == "claim"
    assert refused.code != "out_of_memory"  # nobody asked for it


def test_slices_of_65535_a_side(good: Path) -> None:
    huge = phantom_slices(SeriesInstanceUID="1.9", Rows=65535, Columns=65535)
    dicom_files.save(good / "huge", huge)
    refused = _only_the_good(good)
    assert {one.code for one in refused} == {"too_large"}
    assert "65535 x 65535 pixels: more than 8192" in refused[0].message


def test_rows_that_the_pixel_data_do_not_hold(good: Path) -> None:
    dicom_files.save(good / "tall", phantom_slices(SeriesInstanceUID="1.9", Rows=8000, Columns=8000))
    refused = _only_the_good(good)
    assert {one.code for one in refused} == {"bad_pixels"}
    assert f"hold {ROWS * COLUMNS * 2} of 128000000 bytes" in "".join(one.message for one in refused)


def test_a_compressed_picture_that_says_another_size_than_its_header(good: Path) -> None:
    siz = struct.pack(">HHH8I", 0xFF51, 47, 0, 60000, 60000, 0, 0, 60000, 60000, 0, 0)
    frame = b"\xff\x4f" + siz + struct.pack(">HBBB", 1, 15, 1, 1) + bytes(40)
    slices = phantom_slices(SeriesInstanceUID="1.9")
    for one in slices:
        one.file_meta.TransferSyntaxUID = JPEG2000Lossless
        one.PixelData = encapsulate([frame])
        one["PixelData"].is_undefined_length = True
    dicom_files.save(good / "lying", slices)
    refused = _only_the_good(good)
    assert {one.code for one in refused} == {"bad_pixels"}
    assert "says 60000 x 60000 pixels, its header 28 x 26" in "".join(one.message for one in refused)


def test_the_size_of_real_pictures_is_read_from_their_code() -> None:
    from pydicom import dcmread
    from pydicom.encaps import generate_frames

    path = sorted(real_data("totalsegmentator-dicom/series").iterdir())[0]
    dataset = dcmread(path)
    assert encoded_size(next(generate_frames(dataset.PixelData, number_of_frames=1))) == (512, 512)
    # start, an application segment, then a frame header of 480 x 640
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab" + b"\xff\xc3\x00\x0b\x10" + struct.pack(">HH", 480, 640) + bytes(6)
    assert encoded_size(jpeg) == (640, 480)
    assert encoded_size(jpeg.replace(b"\xff\xc3", b"\xff\xf7")) == (640, 480)
    assert encoded_size(b"run lengths") is None


def test_a_deflated_series_is_read_and_a_deflated_bomb_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices = phantom_slices()
    for one in slices:
        one.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    paths = dicom_files.save(tmp_path, slices)
    assert wrong_voxels(only(ingested(tmp_path))) == 0
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = engine.compress(bytes(64 << 20)) + engine.flush()
    with pytest.raises(BadInput, match="far more than the file holds"):
        inflate(io.BytesIO(bomb))
    with pytest.raises(BadInput, match="cut off"):
        inflate(io.BytesIO(bomb[:200]))
    monkeypatch.setattr(dicom_file, "_RATIO_FLOOR_BYTES", 100)
    monkeypatch.setattr(dicom_file, "MAX_RATIO", 1)
    assert codes(ingested(paths[0])) == {"too_large"}


def test_a_nifti_that_claims_gigabytes(good: Path) -> None:
    path = write_nifti(good / "claim" / "a_ct.nii")
    content = bytearray(path.read_bytes())
    struct.pack_into("<8h", content, 40, 3, 1024, 1024, 1000, 1, 1, 1, 1)
    path.write_bytes(content)
    (refused,) = _only_the_good(good)
    assert refused.code == "truncated"
    struct.pack_into("<2h", content, 70, 64, 64)  # float64: more than four gigabytes
    path.write_bytes(content)
    (refused,) = _only_the_good(good)
    assert refused.code == "too_large"


INGEST_UNDER_A_LIMIT = """
import json, sys
from pathlib import Path
from backend.science.limits import limited_address_space
from tests.science.ingesting import ingested

with limited_address_space(96 << 20):
    result = ingested(Path(sys.argv[1]))
print(json.dumps([[list(one.volume.geometry.shape) for one in result.series],
                  [[one.code, one.name, one.message] for one in result.refused]]))
"""


def test_a_series_for_which_memory_does_not_reach_is_refused_and_the_rest_goes_on(good: Path) -> None:
    """In a process of its own: what an earlier test has freed would count as memory to be had."""
    rng = np.random.default_rng(0)
    block = rng.integers(-1000, 300, (64, 64, 64)).astype(np.int16)
    write_nifti(good / "large" / "a_ct.nii", np.tile(block, (5, 5, 5)), np.diag([1.0, 1.0, 1.0, 1.0]))
    command = [sys.executable, "-c", INGEST_UNDER_A_LIMIT, str(good)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    series, refused = json.loads(answer.stdout)
    assert series == [[28, 26, 12]], "the good one is read"
    ((code, name, message),) = refused
    assert (code, name) == ("out_of_memory", "large/a_ct.nii")
    assert "not enough memory" in message


def test_the_limit_ends_with_its_block() -> None:
    with limited_address_space(64 << 20), pytest.raises(MemoryError):
        np.ones(GIB, dtype=np.uint8)
    assert np.zeros(GIB, dtype=np.uint8).size == GIB


def test_a_bare_data_set_is_dicom_whatever_it_begins_with(tmp_path: Path) -> None:
    dicom_files.save(tmp_path / "with", phantom_slices())
    (tmp_path / "bare").mkdir()
    from pydicom import dcmread

    for path in sorted((tmp_path / "with").iterdir()):
        dataset = dcmread(path)
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        dataset.save_as(
            tmp_path / "bare" / path.name, implicit_vr=True, little_endian=True, enforce_file_format=False
        )
    shutil.rmtree(tmp_path / "with")
    for path in (tmp_path / "bare").iterdir():
        content = path.read_bytes()
        path.write_bytes(content[content.index(b"\x08\x00\x08\x00") :])
    series = only(ingested(tmp_path))
    assert series.volume.geometry.shape == (COLUMNS, ROWS, SLICES)
    assert wrong_voxels(series) == 0
    assert not looks_like_dicom(b"\x08\x00\x08\x00\xff\xff\xff\x7f" + bytes(8))
    assert not looks_like_dicom(struct.pack("<i", 348) + bytes(348))
