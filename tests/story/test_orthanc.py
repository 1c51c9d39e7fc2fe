"""A PACS pulls a curated case: Orthanc, with its DICOMweb plug-in, from a running site."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pydicom import dcmread

from backend.accounts.services import create_token
from tests.backend import flow
from tests.backend.test_dicomweb import switch_on
from tests.backend.test_layouts import unpacked
from tests.backend.test_releases import accept_case, client_of, freeze
from tests.backend.thaw import thawed_afterwards
from tests.support.waiting import wait_until

PLUGINS = Path("/usr/share/orthanc/plugins")
ORTHANC = shutil.which("Orthanc")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.skipif(
        ORTHANC is None or not list(PLUGINS.glob("*DicomWeb*")),
        reason="Orthanc with its DICOMweb plug-in is not installed (Debian: orthanc, orthanc-dicomweb)",
    ),
]


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


@pytest.fixture
def orthanc(tmp_path: Path, live_server: Any) -> Iterator[Any]:
    """Starts an Orthanc that knows the site under the token given, and gives its address."""
    started: list[subprocess.Popen[bytes]] = []

    def start(token: str) -> str:
        address = f"http://127.0.0.1:{(port := free_port())}"
        settings = {
            "StorageDirectory": str(tmp_path / "kept"),
            "IndexDirectory": str(tmp_path / "kept"),
            "HttpPort": port,
            "DicomServerEnabled": False,
            "AuthenticationEnabled": False,
            "Plugins": [str(path) for path in PLUGINS.glob("*DicomWeb*")],
            "DicomWeb": {"Servers": {"site": [f"{live_server.url}/dicomweb/", "any", token]}},
        }
        file = tmp_path / "orthanc.json"
        file.write_text(json.dumps(settings))
        with (tmp_path / "log").open("wb") as log:
            started.append(subprocess.Popen((str(ORTHANC), str(file)), stderr=log))
        wait_until(lambda: answers(address), seconds=60, what="Orthanc answers")
        return address

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


def answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/system", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_orthanc_takes_a_release_s_dicom_in(orthanc: Any, tmp_path: Path) -> None:
    """Every file of it is an instance, and mask and report refer to images that are there."""
    team = flow.make_team()
    accept_case(team, grades=[{20: 2}] * 3)
    with thawed_afterwards():
        release = freeze(team, fractions={"training": 1.0}, dicom=True)
        root = unpacked(client_of(team.manager, release), release, "dicom", tmp_path / "release")
        files = sorted(root.rglob("*.dcm"))
        address = orthanc("no-token")
        for file in files:
            sent = requests.post(f"{address}/instances", data=file.read_bytes(), timeout=60)
            assert (sent.status_code, sent.json()["Status"]) == (200, "Success"), file
        kept = requests.get(f"{address}/statistics", timeout=60).json()
        assert (kept["CountStudies"], kept["CountSeries"], kept["CountInstances"]) == (1, 3, len(files))
        instances = requests.get(f"{address}/instances?expand", timeout=60).json()
        images = {one["MainDicomTags"]["SOPInstanceUID"] for one in instances}
        (seg,) = (dcmread(file) for file in files if file.name == "seg.dcm")
        (series,) = seg.ReferencedSeriesSequence
        named = {one.ReferencedSOPInstanceUID for one in series.ReferencedInstanceSequence}
        assert len(named) == len(files) - 2
        assert named <= images
        (report,) = (dcmread(file) for file in files if file.name == "sr.dcm")
        assert str(seg.SOPInstanceUID) in report.to_json()
        asked: Any = {"Level": "Series", "Query": {"Modality": "SEG"}}
        (found,) = requests.post(f"{address}/tools/find", json=asked, timeout=60).json()
        parent = requests.get(f"{address}/series/{found}", timeout=60).json()
        assert parent["MainDicomTags"]["SeriesInstanceUID"] == seg.SeriesInstanceUID


def test_orthanc_pulls_a_case_whole(orthanc: Any, tmp_path: Path) -> None:
    team = flow.make_team()
    case = accept_case(team, grades=[{20: 2}] * 3)
    switch_on(team.project)
    _, token = create_token(user=team.manager, name="PACS")
    address = orthanc(token)
    asked: Any = {"Uri": "/studies", "Arguments": {"PatientID": case.alias}}
    (found,) = requests.post(f"{address}/dicom-web/servers/site/qido", json=asked, timeout=60).json()
    pull: Any = {"Resources": [{"Study": found["0020000D"]["Value"]}], "Synchronous": True}
    answer = requests.post(f"{address}/dicom-web/servers/site/retrieve", json=pull, timeout=120)
    assert answer.ok, (tmp_path / "log").read_text()
    kept = requests.get(f"{address}/statistics", timeout=60).json()
    assert (kept["CountStudies"], kept["CountSeries"]) == (1, 3)
    assert kept["CountInstances"] == case.volume.shape[2] + 2
    series = requests.get(f"{address}/series?expand", timeout=60).json()
    assert sorted(one["MainDicomTags"]["Modality"] for one in series) == ["CT", "SEG", "SR"]
