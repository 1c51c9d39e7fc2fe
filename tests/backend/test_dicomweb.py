"""Accepted cases over DICOMweb: what a stock client reads of them, who may, and what is on record."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import highdicom as hd
import numpy as np
import pytest
import requests
from asgiref.sync import async_to_sync
from dicomweb_client.api import DICOMwebClient
from django.core.cache import cache
from django.test import AsyncClient, Client
from django.utils import timezone
from pydicom import dcmread
from pydicom.dataset import Dataset

from backend.accounts.models import User
from backend.accounts.services import create_token
from backend.annotation.models import Case, Sighting
from backend.audit.acts.verb import Verb
from backend.audit.models import Record
from backend.common.scopes import Scope
from backend.imaging.selectors import load_volume
from backend.masks.selectors import load_mask
from backend.projects.models import Project
from backend.releases.models import DownloadRecord
from tests.backend import flow
from tests.backend.test_releases import accept_case, client_of, freeze
from tests.backend.thaw import thawed_afterwards
from tests.support.site import ROOT

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
STUDIES = "/dicomweb/studies"
PROGRAMS = ROOT / "docs" / "other-programs.md"


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    cache.clear()
    with thawed_afterwards():
        yield


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team()


@pytest.fixture
def case(team: flow.Team) -> Case:
    return accept_case(team, grades=[{20: 2}] * 3)


def switch_on(project: Project) -> None:
    project.dicomweb = True
    project.save(update_fields=["dicomweb"])


def token_of(user: User, scope: Scope = Scope.READ) -> str:
    _, text = create_token(user=user, name="viewer", scope=scope)
    return text


def stock_client(live_server: Any, user: User) -> DICOMwebClient:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token_of(user)}"
    return DICOMwebClient(url=f"{live_server.url}/dicomweb", session=session)


def studies(client: Client, **sought: str) -> list[str]:
    found = client.get(STUDIES, sought)
    assert found.status_code == 200
    return [row["0020000D"]["Value"][0] for row in found.json()]


def series_uid(client: Client, study: str, modality: str) -> str:
    (row,) = client.get(f"{STUDIES}/{study}/series", {"Modality": modality}).json()
    uid: str = row["0020000E"]["Value"][0]
    return uid


def the_only_file(answer: Any) -> Dataset:
    content = b"".join(answer.streaming_content)
    assert content.count(b"Content-Type: application/dicom") == 1
    return dcmread(BytesIO(content.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]))


def test_a_stock_client_reads_ct_mask_and_measurements(team: flow.Team, case: Case, live_server: Any) -> None:
    switch_on(team.project)
    client = stock_client(live_server, team.manager)
    (found,) = client.search_for_studies(search_filters={"PatientID": case.alias})
    study = found["0020000D"]["Value"][0]
    assert found["00080061"]["Value"] == ["CT", "SEG", "SR"]
    series = {
        row["00080060"]["Value"][0]: row["0020000E"]["Value"][0] for row in client.search_for_series(study)
    }
    images = client.retrieve_series(study, series["CT"])
    volume = load_volume(case.volume)
    # from the lowest, columns to the left and rows to the back, where the volume goes right and to the front
    stack = np.stack([image.pixel_array for image in images], axis=2)
    assert np.array_equal(stack.transpose(1, 0, 2)[::-1, ::-1], volume.array)
    uids = [row["00080018"]["Value"][0] for row in client.search_for_instances(study, series["CT"])]
    assert uids == [image.SOPInstanceUID for image in images]
    assert client.retrieve_instance(study, series["CT"], uids[2]) == images[2]
    metadata = client.retrieve_series_metadata(study, series["CT"])
    assert [row["00080018"]["Value"][0] for row in metadata] == uids
    assert "7FE00010" not in metadata[0]
    (frame,) = client.retrieve_instance_frames(study, series["CT"], uids[0], [1])
    assert frame == images[0].PixelData
    (segmented,) = client.retrieve_series(study, series["SEG"])
    shown = hd.seg.Segmentation.from_dataset(segmented).get_volume(combine_segments=True)
    assert case.accepted_mask is not None
    mask = load_mask(case.accepted_mask).array
    assert {int(n): int((shown.array == n).sum()) for n in (1, 2)} == {
        1: int((mask == 20).sum()),
        2: int((mask == 21).sum()),
    }
    (report,) = client.retrieve_series(study, series["SR"])
    said = report.to_json()
    assert "GENANT_2" in said
    assert segmented.SOPInstanceUID in said


def test_what_the_documents_tell_scripts_to_do_reads_every_case(
    team: flow.Team, case: Case, live_server: Any
) -> None:
    switch_on(team.project)
    (block,) = re.findall(r"```python\n(.*?)```", PROGRAMS.read_text(), re.DOTALL)
    told = block.replace("https://SITE", live_server.url).replace("vtb_...", token_of(team.manager))
    assert told.count(live_server.url) == 1
    names: dict[str, Any] = {}
    exec(compile(told, PROGRAMS.name, "exec"), names)
    assert names["study"]["00100020"]["Value"] == [case.alias]
    assert Record.objects.filter(verb=Verb.CASE_READ_OUT).exists()


def test_a_project_is_closed_to_other_programs_until_a_manager_opens_it(team: flow.Team, case: Case) -> None:
    switch_on(team.project)
    client = client_of(team.manager)
    (study,) = studies(client)
    changed = client.patch(
        f"/api/v1/projects/{team.project.slug}", {"dicomweb": False}, content_type="application/json"
    )
    assert changed.json()["dicomweb"] is False
    assert studies(client) == []
    assert client.get(f"{STUDIES}/{study}").status_code == 404


def test_only_who_manages_reads_a_case_that_is_in_no_release(team: flow.Team, case: Case) -> None:
    switch_on(team.project)
    (study,) = studies(client_of(team.manager))
    ct = series_uid(client_of(team.manager), study, "CT")
    stranger = flow.make_team().manager
    for person in (*team.raters, *team.radiologists, team.researcher, stranger):
        assert person is not None
        client = client_of(person)
        assert studies(client) == []
        for address in (
            f"{STUDIES}/{study}",
            f"{STUDIES}/{study}/series",
            f"{STUDIES}/{study}/metadata",
            f"{STUDIES}/{study}/series/{ct}/instances",
        ):
            assert client.get(address).status_code == 404
    assert Client().get(STUDIES).status_code == 401


def test_a_case_that_is_not_accepted_is_not_there(team: flow.Team) -> None:
    switch_on(team.project)
    flow.start_case(team.project)
    assert studies(client_of(team.manager)) == []


def test_a_researcher_reads_a_release_under_its_own_names(team: flow.Team, case: Case) -> None:
    switch_on(team.project)
    release = freeze(team)
    assert team.researcher is not None
    assert studies(client_of(team.researcher)) == [], "the terms are not accepted yet"
    client = client_of(team.researcher, release)
    (study,) = studies(client)
    (managed,) = studies(client_of(team.manager))
    assert study != managed
    segmented = the_only_file(client.get(f"{STUDIES}/{study}/series/{series_uid(client, study, 'SEG')}"))
    item = release.items.get()
    assert segmented.PatientID == item.release_patient.subject
    assert case.alias not in segmented.to_json()
    assert client.get(f"{STUDIES}/{managed}").status_code == 404


@pytest.mark.parametrize("open_images", [False, True])
def test_what_is_sealed_is_not_given_to_researchers(team: flow.Team, open_images: bool) -> None:
    switch_on(team.project)
    for _ in range(2):
        accept_case(team)
    day = timezone.localdate() + timedelta(days=30)
    halves = {"training": 0.5, "test": 0.5}
    release = freeze(team, fractions=halves, embargo_until=day, open_test_images=open_images)
    assert team.researcher is not None
    client = client_of(team.researcher, release)
    found = {row["0020000D"]["Value"][0]: row["00080061"]["Value"] for row in client.get(STUDIES).json()}
    assert sorted(map(len, found.values())) == ([1, 3] if open_images else [3])
    for study, modalities in found.items():
        if modalities != ["CT"]:
            continue
        rows = client.get(f"{STUDIES}/{study}/series").json()
        assert [row["00080060"]["Value"][0] for row in rows] == ["CT"]
        assert client.get(f"{STUDIES}/{study}", {"ModalitiesInStudy": "SEG"}).status_code == 200
        whole: Any = client.get(f"{STUDIES}/{study}")
        content = b"".join(whole.streaming_content)
        assert b"VERTEBRAE" not in content


def test_a_retrieval_is_on_record_once_and_the_mask_s_is_a_sighting(team: flow.Team, case: Case) -> None:
    switch_on(team.project)
    client = client_of(team.manager)
    (study,) = studies(client)
    read = Record.objects.filter(verb=Verb.CASE_READ_OUT)
    seen = Sighting.objects.filter(case=case, user=team.manager)
    assert (read.count(), seen.count()) == (0, 0), "a search tells nothing of others' work"
    ct = series_uid(client, study, "CT")
    for _ in range(2):
        client.get(f"{STUDIES}/{study}/series/{ct}/metadata")
    assert (read.count(), seen.count()) == (1, 0)
    client.get(f"{STUDIES}/{study}/series/{series_uid(client, study, 'SR')}")
    assert (read.count(), seen.count()) == (1, 1)
    release = freeze(team)
    assert team.researcher is not None
    researcher = client_of(team.researcher, release)
    researcher.get(f"{STUDIES}/{studies(researcher)[0]}")
    assert DownloadRecord.objects.get(release=release).archive == "dicomweb"


def test_a_study_is_streamed_by_the_server_that_people_run(team: flow.Team, case: Case) -> None:
    switch_on(team.project)
    (study,) = studies(client_of(team.manager))

    async def streamed() -> bytes:
        client = AsyncClient()
        await client.aforce_login(team.manager)
        answer: Any = await client.get(f"{STUDIES}/{study}")
        return b"".join([piece async for piece in answer.streaming_content])

    assert async_to_sync(streamed)().count(b"Content-Type: application/dicom\r\n") == 8 + 2


def test_studies_are_found_by_name_kind_and_uid_and_come_in_pages(team: flow.Team, case: Case) -> None:
    other = accept_case(team)
    switch_on(team.project)
    client = client_of(team.manager)
    both = studies(client)
    assert len(both) == 2
    (one,) = studies(client, PatientID=case.alias)
    assert studies(client, **{"00100020": case.alias}) == [one]
    assert studies(client, PatientID=f"{case.alias[:-1]}?", limit="1") == [one]
    assert studies(client, StudyInstanceUID=",".join(both)) == both
    assert studies(client, ModalitiesInStudy="SEG") == both
    assert studies(client, ModalitiesInStudy="MR") == []
    assert studies(client, StudyDate="20200101-20300101") == [], "a study has no date"
    assert studies(client, limit="1", offset="1") == both[1:]
    assert {case.alias, other.alias} == {row["00100020"]["Value"][0] for row in client.get(STUDIES).json()}
    refused = client.get(STUDIES, {"Alias": "x"})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_attribute")
    assert client.get(STUDIES, {"limit": "many"}).status_code == 400


def test_a_token_may_be_the_password_of_basic_and_a_person_s_password_not(
    team: flow.Team, case: Case
) -> None:
    switch_on(team.project)

    def asked_with(password: str) -> int:
        words = base64.b64encode(f"{team.manager.email}:{password}".encode()).decode()
        return Client().get(STUDIES, headers={"Authorization": f"Basic {words}"}).status_code

    assert asked_with(token_of(team.manager)) == 200
    assert asked_with("correct-horse-battery") == 401


def test_what_is_not_made_is_refused_in_words(team: flow.Team, case: Case) -> None:
    switch_on(team.project)
    client = client_of(team.manager)
    (study,) = studies(client)
    jpeg = 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.90'
    refused = client.get(f"{STUDIES}/{study}", headers={"Accept": jpeg})
    assert refused.status_code == 406
    assert "little endian" in refused.json()["message"]
    assert client.get(f"{STUDIES}/{study}", headers={"Accept": "application/dicom"}).status_code == 400
    ct = series_uid(client, study, "CT")
    assert client.get(f"{STUDIES}/{study}/series/{ct}/instances/1.2.3").status_code == 404
    assert client.post(STUDIES).status_code == 405
