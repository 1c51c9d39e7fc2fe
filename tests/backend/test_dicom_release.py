"""A release with its masks and measurements as DICOM: opened again by pydicom and highdicom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import highdicom as hd
import pydicom
import pytest

from backend.imaging.selectors import geometry_of
from backend.masks.selectors import load_mask
from backend.releases.services import building
from tests.backend import flow
from tests.backend.test_layouts import unpacked
from tests.backend.test_releases import accept_case, client_of, freeze
from tests.backend.thaw import thawed_afterwards

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    with thawed_afterwards():
        yield


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


def test_a_release_holds_its_masks_and_measurements_as_dicom_where_asked(
    team: flow.Team, tmp_path: Path
) -> None:
    """Opened again by pydicom and highdicom; made twice it is the same bytes."""
    case = accept_case(team, grades=[{20: 2}] * 3)
    release = freeze(team, fractions={"training": 1.0}, dicom=True)
    root = unpacked(client_of(team.manager, release), release, "dicom", tmp_path)
    (seg_file,), (sr_file,) = root.rglob("seg.dcm"), root.rglob("sr.dcm")
    images = [pydicom.dcmread(path) for path in sorted(root.rglob("ct/*.dcm"))]
    subject = release.patients.get().subject
    assert {image.PatientID for image in images} == {subject}
    assert len(images) == geometry_of(case.volume).shape[2]
    seg = hd.seg.segread(seg_file)
    assert [seg.get_segment_description(n).segment_label for n in seg.segment_numbers] == ["L1", "L2"]
    assert case.accepted_mask is not None
    counts = {label: int((load_mask(case.accepted_mask).array == label).sum()) for label in (20, 21)}
    uids = [image.SOPInstanceUID for image in images]
    frames = seg.get_pixels_by_source_instance(uids, ignore_spatial_locations=True)
    assert [int(frames[..., place].sum()) for place in (0, 1)] == list(counts.values())
    report = hd.sr.srread(sr_file)
    assert report.StudyInstanceUID == seg.StudyInstanceUID == images[0].StudyInstanceUID
    assert all(image.SOPInstanceUID.startswith("2.25.") for image in images)
    made = {file.path: file.blob_id for file in release.files.filter(layout="dicom")}
    items = building.items_of(release)
    for file in building._make_files(Quiet(), release, items):  # type: ignore[arg-type]
        if file.layout == "dicom":
            assert made.pop(file.path) == file.blob.sha256
    assert made == {}


class Quiet:
    """A job that nobody looks at."""

    def progress(self, fraction: float, message: str = "") -> None: ...
    def check_cancelled(self) -> None: ...
