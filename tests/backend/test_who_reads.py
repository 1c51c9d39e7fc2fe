"""Who reads scans, uploads, jobs and comments, and under which names: rows that differ in one thing alone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User
from backend.annotation.cases.selectors import people
from backend.annotation.models import Case, TaskKind, Unblinding
from backend.common.errors import NotFound
from backend.common.models import Job
from backend.common.storage import put_blob
from backend.imaging import selectors
from backend.imaging.models import Series, Upload, UploadBatch, VolumeBlob
from backend.masks.services import load_mask
from backend.pipeline.jobs import selectors as jobs
from backend.projects.models import Membership, Project, Role
from backend.review import selectors as review
from backend.review.models import PinnedComment, ReviewDecision
from tests.backend import factories
from tests.backend.rows import case_in, held, mask_of, task_on

pytestmark = pytest.mark.django_db
CORRECT, GRADE, ADJUDICATE, REVIEW = (
    TaskKind.CORRECT,
    TaskKind.GRADE,
    TaskKind.ADJUDICATE,
    TaskKind.REVIEW,
)


@pytest.fixture
def project() -> Project:
    return factories.make_project()


@pytest.fixture
def manager(project: Project) -> User:
    return project.created_by


@pytest.fixture
def rater(project: Project) -> User:
    """In the project; a manager of it once."""
    user = factories.make_member(project, Role.RATER)
    Membership.objects.create(project=project, user=user, role=Role.MANAGER, active=False)
    return user


@pytest.fixture
def case(project: Project) -> Case:
    case_in(factories.make_project())
    case_in(project)
    return case_in(project)


def copy_in(project: Project) -> Case:
    """A copy made for quality control: its series is none of the project's."""
    case = case_in(project, purpose="gold")
    Series.objects.filter(pk=case.volume.series_id).update(source_format="copy")
    return case


def test_scans_are_for_the_project_s_managers_and_copies_for_none_of_them(
    project: Project, manager: User, rater: User, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "_volume_access", [])
    copy = copy_in(project)
    volumes = {one.volume for one in project.cases.all()}
    assert len(volumes) == 2
    assert set(selectors.volumes_visible_to(manager)) == volumes
    assert set(selectors.series_visible_to(manager)) == {volume.series for volume in volumes}
    assert not selectors.volumes_visible_to(rater).exists()
    assert not selectors.series_visible_to(rater).exists()
    for volume in volumes:
        assert selectors.volume_visible_to(manager, volume.pk) == volume
    for hidden in (copy.volume_id, uuid4()):
        with pytest.raises(NotFound):
            selectors.volume_visible_to(manager, hidden)

    def opens(user: User) -> Q:
        return Q(pk__in=[copy.volume_id]) if user == rater else Q(pk__in=[])

    for _ in range(2):
        selectors.register_volume_access(opens)
    assert selectors._volume_access == [opens]
    assert list(selectors.volumes_visible_to(rater)) == [copy.volume]
    assert set(selectors.volumes_visible_to(manager)) == volumes


def test_the_list_of_series_is_the_project_s_own_without_copies(project: Project, case: Case) -> None:
    copy_in(project)
    other = project.cases.exclude(pk=case.pk).get()
    first, second = sorted((case, other), key=lambda one: one.volume.series.patient.pseudonym)
    names = [one.volume.series.patient.pseudonym for one in (first, second)]

    def listed(**how: str) -> list[str]:
        return [row.patient.pseudonym for row in selectors.series_of(project, **how)]

    assert listed() == names
    assert listed(ordering="-pseudonym") == listed(ordering="-no-such") == names[::-1]
    assert listed(search=names[1].upper()) == [names[1]]
    assert listed(search="nobody") == []


@pytest.mark.parametrize(
    ("role", "served"), [("slab", True), ("coarse", True), ("thumbnail", True), ("import_mask", False)]
)
def test_of_a_volume_its_scan_is_served_and_never_the_mask_beside_it(
    case: Case, role: str, served: bool
) -> None:
    volume, other = case.volume, Case.objects.exclude(pk=case.pk).earliest("created_at").volume
    blob = put_blob(data=f"of {volume.pk}".encode())
    VolumeBlob.objects.create(volume=volume, blob=blob, role=role)
    if served:
        assert selectors.served_blob(volume, blob.sha256) == blob
    else:
        with pytest.raises(NotFound):
            selectors.served_blob(volume, blob.sha256)
    with pytest.raises(NotFound):
        selectors.served_blob(other, blob.sha256)
    with pytest.raises(NotFound):
        selectors.served_blob(volume, "0" * 64)


def test_the_mask_that_came_beside_a_scan(project: Project) -> None:
    array = factories.block_mask()
    bare = factories.make_volume(project)
    volume = factories.make_volume(project, mask=array)
    mask = selectors.imported_mask(volume)
    assert mask is not None
    assert (mask.array == array).all()
    assert (selectors.imported_mask(bare), selectors.has_imported_mask(bare)) == (None, False)
    assert selectors.has_imported_mask(volume)
    assert selectors.thumbnail_url(bare) is None
    bare.thumbnail_id = "ab" * 32
    assert selectors.thumbnail_url(bare) == f"/api/v1/volumes/{bare.pk}/blobs/{'ab' * 32}"


def upload_to(project: Project, **fields: Any) -> Upload:
    batch = UploadBatch.objects.create(project=project, created_by=project.created_by)
    usual = {"batch": batch, "size_bytes": 1, "state": "quarantined", "storage_name": uuid4().hex}
    return Upload.objects.create(**usual | fields)


def test_uploads_are_for_the_project_s_managers(project: Project, manager: User, rater: User) -> None:
    foreign = upload_to(factories.make_project())
    uploads = [upload_to(project) for _ in range(2)]
    batches = {upload.batch for upload in uploads}
    assert set(selectors.batches_visible_to(manager)) == set(selectors.batches_of(project)) == batches
    assert not selectors.batches_visible_to(rater).exists()
    for upload in uploads:
        assert selectors.upload_visible_to(manager, upload.pk) == upload
        assert selectors.batch_visible_to(manager, upload.batch_id) == upload.batch
    for user, upload in ((rater, uploads[0]), (manager, foreign)):
        with pytest.raises(NotFound):
            selectors.upload_visible_to(user, upload.pk)
        with pytest.raises(NotFound):
            selectors.batch_visible_to(user, upload.batch_id)


def test_the_quarantine_and_the_counts_of_a_project(project: Project, case: Case) -> None:
    copy_in(project)
    other = factories.make_project()
    upload_to(other)
    waits, *done = upload_to(project), *(upload_to(project, resolved_at=timezone.now()) for _ in range(2))
    upload_to(project, state="ingested")
    assert set(selectors.quarantine_of(project)) == {waits, *done}
    assert set(selectors.quarantine_of(project, resolved=True)) == set(done)
    assert list(selectors.quarantine_of(project, resolved=False)) == [waits]
    assert selectors.imaging_counts([project.pk]) == {project.pk: {"series": 2, "quarantined": 1}}


def test_what_higher_layers_add_to_a_series(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, empty in (("_series_facts", {}), ("_day_settlers", [])):
        monkeypatch.setattr(selectors, name, empty)
    volume = uuid4()
    assert selectors.series_facts("density", [volume]) == {}
    selectors.register_series_facts("density", lambda ids: dict.fromkeys(ids, 7))
    assert selectors.series_facts("density", [volume]) == {volume: 7}

    def settle(series: Any, day: Any) -> None: ...

    for _ in range(2):
        assert selectors.register_day_settler(settle) is settle
    assert selectors.day_settlers() == [settle]


def test_jobs_are_for_the_project_s_managers(project: Project, manager: User, rater: User) -> None:
    foreign = Job.objects.create(kind="test", project_id_ref=factories.make_project().pk)
    Job.objects.create(kind="test")
    waits = Job.objects.create(kind="test", project_id_ref=project.pk)
    runs = Job.objects.create(kind="test", project_id_ref=project.pk, state="running")
    assert set(jobs.jobs_of(project)) == set(jobs.jobs_visible_to(manager)) == {waits, runs}
    assert list(jobs.jobs_of(project, "running")) == [runs]
    assert not jobs.jobs_visible_to(rater).exists()
    for job in (waits, runs):
        assert jobs.job_visible_to(manager, job.pk) == job
    for user, job in ((rater, waits), (manager, foreign)):
        with pytest.raises(NotFound):
            jobs.job_visible_to(user, job.pk)


def comment(case: Case, author: User, assignment: Any = None) -> PinnedComment:
    return PinnedComment.objects.create(case=case, author=author, assignment=assignment, text="L1?")


def test_comments_are_one_s_own_those_on_one_s_work_and_all_for_who_may_compare(
    project: Project, manager: User, rater: User, case: Case
) -> None:
    peer, expert = (
        factories.make_member(project, Role.RATER),
        factories.make_member(project, Role.RADIOLOGIST),
    )
    task = task_on(case)
    mine, theirs = held(task, rater), held(task, peer)
    other = project.cases.exclude(pk=case.pk).get()
    on_mine, on_theirs = comment(case, expert, mine), comment(case, expert, theirs)
    asked, of_peer = comment(case, rater, theirs), comment(case, peer)
    comment(other, rater)
    held(task_on(case, ADJUDICATE, 1), expert)
    everything = {on_mine, on_theirs, asked, of_peer}
    assert set(review.comments_visible_to(rater, case)) == {on_mine, asked}
    assert set(review.comments_visible_to(peer, case)) == {on_theirs, of_peer, asked}
    for allowed in (manager, expert):
        assert set(review.comments_visible_to(allowed, case)) == everything
    factories.make_member(other.project, Role.RATER)
    assert set(review.readers_of(on_mine.pk, but=expert.pk)) == {rater.pk, manager.pk}
    assert set(review.readers_of(on_mine.pk, but=rater.pk)) == {expert.pk, manager.pk}
    assert set(review.readers_of(on_theirs.pk, but=manager.pk)) == {peer.pk, expert.pk}
    silent = factories.make_member(project, Role.RATER)
    to_silent = comment(case, expert, held(task, silent))
    assert set(review.readers_of(to_silent.pk, but=expert.pk)) == {silent.pk, manager.pk}
    held(task, manager)
    assert set(review.readers_of(on_mine.pk, but=expert.pk)) == {rater.pk}, "the manager rates it blindly now"


def test_who_manages_no_more_is_told_of_nothing(
    project: Project, manager: User, rater: User, case: Case
) -> None:
    written = comment(case, rater)
    second = factories.make_member(project, Role.MANAGER)
    former = factories.make_member(project, Role.MANAGER)
    Membership.objects.filter(user=former).update(active=False)
    assert set(review.readers_of(written.pk, but=rater.pk)) == {manager.pk, second.pk}


def test_reviews_and_the_decision_that_stands(project: Project, case: Case) -> None:
    expert = factories.make_member(project, Role.RADIOLOGIST)
    first, last = (held(task_on(case, REVIEW, 1), expert, state) for state in ("returned", "submitted"))
    held(task_on(case, ADJUDICATE, 1), expert)
    assert set(review.reviews_of(expert)) == {first, last}
    assert review.latest_decision(case) is None
    told = {"case": case, "reviewer": expert, "mask": mask_of(case), "comment": "L1"}
    ReviewDecision.objects.create(assignment=first, accepted=False, **told)
    final = ReviewDecision.objects.create(assignment=last, accepted=True, **told)
    assert review.latest_decision(case) == final
    assert load_mask(final.mask).array.any()


@pytest.fixture
def blind(case: Case) -> Case:
    case.project.protocol = {**case.project.protocol, "double_blind": True}
    case.project.save()
    return case


def test_names_are_told_unless_the_project_hides_them_until_one_asks(case: Case, manager: User) -> None:
    rater, peer = factories.make_user(), factories.make_user()
    held(task_on(case), rater)
    names = people.PeopleNames(manager, case)
    assert (names.hidden, names.name_of(rater), names.id_of(rater.pk)) == (False, rater.name, rater.pk)
    case.project.protocol = {**case.project.protocol, "double_blind": True}
    assert people.names_hidden(manager, case)
    Unblinding.objects.create(case=case, user=peer, reason="why")
    Unblinding.objects.create(
        case=Case.objects.exclude(pk=case.pk).latest("created_at"), user=manager, reason="w"
    )
    assert people.names_hidden(manager, case), "asked by another, or of another case"
    Unblinding.objects.create(case=case, user=manager, reason="why")
    assert not people.names_hidden(manager, case)


def test_letters_are_those_of_the_slots_and_duties_stand_for_the_rest(blind: Case, manager: User) -> None:
    first, second, back, adjudicates, reviews, outside = (factories.make_user() for _ in range(6))
    task = task_on(blind)
    held(task, second, slot=1)
    held(task, first, slot=0)
    held(task, back, "cancelled", slot=2)
    held(task_on(blind, ADJUDICATE, 1), adjudicates)
    held(task_on(blind, REVIEW, 1), reviews)
    held(task_on(Case.objects.exclude(pk=blind.pk).latest("created_at")), outside)
    names = people.PeopleNames(manager, blind)
    told = [names.name_of(one) for one in (first, second, back, adjudicates, reviews, outside)]
    assert told == ["Rater A", "Rater B", "A rater", "Adjudicator", "Reviewer", outside.name]
    assert names.id_of(first.pk) is None
    own = people.PeopleNames(first, blind)
    assert (own.name_of(first), own.name_of(second)) == ("You", "Rater B")
    assert (own.id_of(first.pk), own.id_of(second.pk)) == (first.pk, None)


def test_no_two_people_share_a_letter(blind: Case, manager: User) -> None:
    """Each stage counts its slots from the beginning: its first person is not the first of all."""
    student, reader, second, *late = (factories.make_user() for _ in range(6))
    held(task_on(blind, CORRECT, 1), student, slot=0)
    reading = task_on(blind, GRADE, 3)
    held(reading, reader, slot=0)
    held(reading, second, slot=1)
    held(reading, student, slot=2)
    held(task_on(blind, GRADE, 30), late[0], slot=25)
    held(task_on(blind, GRADE, 30), late[1], slot=26)
    held(task_on(blind, GRADE, 30), late[2], slot=53)
    names = people.PeopleNames(manager, blind)
    told = [names.name_of(one) for one in (student, reader, second, *late)]
    assert told == ["Rater A", "Rater B", "Rater C", "Rater Z", "Rater A2", "Rater B3"]
