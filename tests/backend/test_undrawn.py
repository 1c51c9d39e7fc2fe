"""Which cases a network may draw by itself: none that somebody has drawn, or that measures anybody or
anything."""

from __future__ import annotations

import pytest

from backend.annotation.cases.selectors.training_source import patients_who_measure, undrawn_cases
from backend.annotation.models import AnswerKey, Case, CaseState
from backend.imaging.models import Series
from backend.releases.models import Release, ReleasePatient, Split
from backend.releases.training_source import patients_of_test_parts
from tests.backend import factories, flow, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> flow.Team:
    return flow.make_team(raters=1, radiologists=0)


def patient_of(case: Case) -> str:
    return case.volume.series.patient.pseudonym


def test_cases_on_their_way_that_nobody_has_handed_in(team: flow.Team) -> None:
    waiting, begun, handed_in, accepted, excluded, held = (rows.case_in(team.project) for _ in range(6))
    rows.case_in(factories.make_project())  # another project's
    Case.objects.filter(pk=begun.pk).update(state=CaseState.IN_PROGRESS)
    rows.held(rows.task_on(begun), team.raters[0])
    done = rows.held(rows.task_on(handed_in), team.raters[0], "returned")
    rows.handed_in(done, mask=rows.mask_of(handed_in))
    Case.objects.filter(pk=accepted.pk).update(state=CaseState.ACCEPTED, accepted_mask=rows.mask_of(accepted))
    Case.objects.filter(pk=excluded.pk).update(state=CaseState.EXCLUDED)
    Series.objects.filter(pk=held.volume.series_id).update(held=True)
    rows.copy_for(team.raters[0], accepted)  # its copy is waiting, too, and is no case
    found = undrawn_cases(team.project)
    assert {one.case_id for one in found} == {waiting.pk, begun.pk}
    assert {one.patient for one in found} == {patient_of(waiting), patient_of(begun)}
    assert {one.volume_id for one in found} == {waiting.volume_id, begun.volume_id}


def test_patients_whose_cases_measure_raters_are_named(team: flow.Team) -> None:
    gold, copied, free = (rows.case_in(team.project) for _ in range(3))
    mask = rows.mask_of(gold)
    AnswerKey.objects.create(case=gold, purpose="gold", mask=mask, active=False, created_by=team.manager)
    rows.copy_for(team.raters[0], copied)
    assert patients_who_measure(team.project) == {patient_of(gold), patient_of(copied)}
    assert patient_of(free) not in patients_who_measure(team.project)
    assert patients_who_measure(factories.make_project()) == set()


def test_patients_of_any_test_part_are_named_drafts_included(team: flow.Team) -> None:
    release = Release.objects.create(project=team.project, version="1.0", created_by=team.manager)
    parts = {}
    for split in Split:
        case = rows.case_in(team.project)
        patient = case.volume.series.patient
        ReleasePatient.objects.create(release=release, patient=patient, split=split, subject=f"s-{split}")
        parts[split] = patient.pseudonym
    assert patients_of_test_parts(team.project) == {parts[Split.TEST]}
