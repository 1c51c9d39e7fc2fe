"""Edits as they are saved: what is the same one, what is refused, what stands or falls together."""

from __future__ import annotations

import zlib
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.models import Record
from backend.common import events
from backend.common.errors import DomainError, TooLarge
from backend.imaging.models import Volume
from backend.imaging.selectors import geometry_of
from backend.masks import selectors, services
from backend.masks.events import MaskAdded
from backend.masks.models import EditOperation, EditSession, MaskVersion
from backend.masks.recent import Recent
from backend.science import edits
from backend.science.errors import BadInput
from backend.science.volume import Mask, MaskArray
from tests.backend import factories

pytestmark = pytest.mark.django_db
LIMIT = 16 * 1024 * 1024


@pytest.fixture
def volume() -> Volume:
    return factories.make_volume(factories.make_project())


@pytest.fixture
def rater() -> User:
    return factories.make_user("rater")


@pytest.fixture
def base(volume: Volume) -> MaskVersion:
    return services.add_version(volume=volume, mask=factories.block_mask(), source="engine")


@pytest.fixture
def session(base: MaskVersion, rater: User) -> EditSession:
    return services.start_session(base=base, author=rater)


def painted(*voxels: tuple[int, int, int, int]) -> MaskArray:
    """The base with single voxels changed: (i, j, k, label)."""
    array = factories.block_mask()
    for i, j, k, label in voxels:
        array[i, j, k] = label
    return array


def save(session: EditSession, array: MaskArray, ks: list[int], **fields: Any) -> EditOperation:
    usual = {"operation_id": uuid4(), "base_revision": 0, "kind": "brush", "label": 22}
    payload = edits.encode_slices(array, ks)
    return services.append_operation(session=session, **{**usual, "payload": payload, **fields})


def now(session: EditSession) -> EditSession:
    return EditSession.objects.get(pk=session.pk)


def test_a_version_says_where_it_came_from(
    volume: Volume, rater: User, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[MaskAdded] = []
    events.subscribe(MaskAdded)(heard.append)
    array = np.zeros((12, 10, 8), np.uint8, order="F")
    array[0, 0, 0] = array[0, 0, 1] = array[1, 0, 1] = 20  # its centre: a third, nothing, two thirds of 2 mm
    with django_capture_on_commit_callbacks(execute=True):
        version = services.add_version(
            volume=volume,
            mask=Mask(geometry_of(volume), array),
            source="rater",
            author=rater,
            provenance={"why": "a test"},
            centroids={20: (1.23456, 2.0, -3.98765)},
        )
        assert heard == []
    events.unsubscribe(MaskAdded, heard.append)
    assert heard == [MaskAdded(version.pk, volume.pk, "rater")]
    assert version.centroids_ras_mm == {"20": {"body": [1.235, 2.0, -3.988], "mask": [0.333, 0.0, 1.333]}}
    assert (version.number, version.provenance, version.label_voxels) == (1, {"why": "a test"}, {"20": 3})
    record = Record.objects.get(verb="mask.added")
    assert (record.actor, record.project_id_ref) == (rater, volume.series.project_id)
    assert record.detail == {"number": 1, "source": "rater", "digest": edits.mask_digest(array)}


def test_each_volume_counts_its_own_versions(base: MaskVersion, volume: Volume) -> None:
    other = factories.make_volume(volume.series.project)
    numbers = [
        services.add_version(volume=where, mask=factories.block_mask(), source="engine").number
        for where in (volume, volume, other, volume)
    ]
    assert (base.number, numbers, base.provenance) == (1, [2, 3, 1, 4], {})


def test_a_parent_is_a_version_of_the_same_volume(base: MaskVersion, volume: Volume) -> None:
    other = factories.make_volume(volume.series.project)
    with pytest.raises(DomainError) as refused:
        services.add_version(volume=other, mask=factories.block_mask(), source="rater", parent=base)
    assert refused.value.code == "other_volume"
    assert (
        services.add_version(volume=volume, mask=factories.block_mask(), source="rater", parent=base).parent
        == base
    )


def fails(*what: Any, **how: Any) -> None:
    raise RuntimeError("on purpose")


def test_a_version_without_its_record_is_none(volume: Volume, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "record", fails)
    with pytest.raises(RuntimeError), transaction.atomic():  # of whoever adds it
        services.add_version(volume=volume, mask=factories.block_mask(), source="engine")
    assert not MaskVersion.objects.exists()


def test_an_edit_is_saved_whole_or_not_at_all(session: EditSession) -> None:
    with pytest.raises(IntegrityError):
        save(session, painted((0, 0, 4, 22)), [4], label=-1)
    assert (now(session).revision, now(session).digest) == (0, session.digest)


def test_an_edit_says_what_it_did_and_when(session: EditSession) -> None:
    row = save(session, painted((0, 0, 4, 22), (0, 0, 5, 23)), [4, 5], kind="k" * 50)
    assert (row.revision, row.kind, row.label, row.changed_voxels) == (1, "k" * 40, 22, 2)
    assert row.digest == now(session).digest == edits.mask_digest(painted((0, 0, 4, 22), (0, 0, 5, 23)))
    assert now(session).saved_at is not None


def test_an_edit_takes_at_most_16_mebibytes(session: EditSession) -> None:
    with pytest.raises(TooLarge):
        save(session, painted(), [4], payload=b"x" * (LIMIT + 1))
    with pytest.raises(BadInput):  # looked into, and no edit
        save(session, painted(), [4], payload=b"x" * LIMIT)


def test_an_edit_with_a_number_that_names_no_vertebra_is_refused(session: EditSession) -> None:
    with pytest.raises(services.UnknownLabels) as refused:
        save(session, painted((0, 0, 4, 99), (0, 0, 5, 98)), [4, 5])
    assert refused.value.extra == {"labels": [98, 99]}
    assert now(session).revision == 0


@pytest.fixture
def saved(session: EditSession) -> EditOperation:
    """An edit of two slices."""
    return save(session, painted((0, 0, 4, 22), (0, 0, 5, 22)), [4, 5], kind="k" * 50)


def resend(saved: EditOperation, array: MaskArray, ks: list[int], **fields: Any) -> EditOperation:
    usual = {"operation_id": saved.operation_id, "kind": "k" * 50}
    return save(saved.session, array, ks, **{**usual, **fields})


def test_the_same_edit_in_another_packing_is_the_same_edit(saved: EditOperation) -> None:
    payload = bytes(saved.payload)
    packed = zlib.compress(zlib.decompress(payload), 0)
    assert packed != payload
    for again in (payload, packed):
        assert resend(saved, painted(), [], payload=again) == saved
    assert EditOperation.objects.count() == now(saved.session).revision == 1
    services.close_session(session=saved.session, source="rater")
    assert resend(saved, painted(), [], payload=payload) == saved, "acknowledged after the hand-in, too"


@pytest.mark.parametrize(
    ("array", "ks", "fields"),
    [
        (painted((0, 0, 4, 22), (0, 0, 5, 23)), [4, 5], {}),  # another label in one of two slices
        (painted((0, 0, 4, 23), (0, 0, 5, 23)), [4, 5], {}),
        (painted((0, 0, 4, 22), (0, 0, 5, 22), (1, 0, 5, 22)), [4, 5], {}),  # one voxel more
        (painted((0, 0, 4, 22), (0, 0, 5, 22)), [4], {}),
        (painted((0, 0, 4, 22), (0, 0, 6, 22)), [4, 6], {}),
        (painted((0, 0, 4, 22), (0, 0, 5, 22)), [4, 5], {"kind": "erase"}),
        (painted((0, 0, 4, 22), (0, 0, 5, 22)), [4, 5], {"label": 21}),
        (painted(), [], {"payload": b"x" * (LIMIT + 1)}),
    ],
)
def test_an_id_stands_for_one_edit(
    saved: EditOperation, array: MaskArray, ks: list[int], fields: dict[str, Any]
) -> None:
    with pytest.raises(services.OperationReused) as refused:
        resend(saved, array, ks, **fields)
    assert refused.value.extra == {"revision": 1}
    assert now(saved.session).digest == saved.digest


def test_a_resent_edit_of_the_largest_size_is_looked_into(saved: EditOperation) -> None:
    with pytest.raises(BadInput):
        resend(saved, painted(), [], payload=b"x" * LIMIT)


def test_two_sessions_share_no_ids(saved: EditOperation, rater: User) -> None:
    other = services.start_session(base=saved.session.base, author=rater)
    row = save(other, painted((0, 0, 6, 21)), [6], operation_id=saved.operation_id)
    assert (row.session_id, row.revision) == (other.pk, 1)


def test_a_reload_replays_at_most_64_edits(session: EditSession) -> None:
    array = painted()
    for revision in range(64):
        assert now(session).snapshot is None
        array[revision % 12, 0, revision % 8] = 22 + revision % 2
        save(session, array, [revision % 8], base_revision=revision)
    row = now(session)
    assert (row.snapshot_revision, row.revision) == (64, 64)
    assert np.array_equal(selectors.session_mask(row), array)


def test_handing_in_keeps_what_is_known_of_the_session(saved: EditOperation) -> None:
    version = services.close_session(
        session=saved.session, source="rater", provenance={"seconds": 7, "operations": "no"}
    )
    assert version.provenance == {
        "seconds": 7,
        "session": str(saved.session.pk),
        "base": str(saved.session.base_id),
        "operations": 1,
        "edited_voxels": 2,
        "desktop_edits": 0,
    }
    row = now(saved.session)
    assert row.closed_at is not None
    assert row.result == version
    other = services.start_session(base=version, author=saved.session.author)
    plain = services.close_session(session=other, source="review")
    assert plain.provenance["operations"] == 0


def test_a_session_is_closed_with_its_version_or_not_at_all(
    saved: EditOperation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EditSession, "save", fails)
    before = MaskVersion.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():  # of whoever hands in
        services.close_session(session=saved.session, source="rater")
    assert MaskVersion.objects.count() == before


def at(number: int, revision: int = 1) -> Any:
    return SimpleNamespace(pk=UUID(int=number), revision=revision, digest=f"{number}")


def test_a_process_remembers_the_four_sessions_edited_last() -> None:
    recent = Recent()
    for number in range(5):
        recent.keep(at(number), np.full((1, 1, 1), number, np.uint8))
    assert recent.copy(at(0)) is None
    kept = [recent.copy(at(number)) for number in (1, 2, 3, 4)]
    assert [None if one is None else int(one[0, 0, 0]) for one in kept] == [1, 2, 3, 4]
    assert recent.copy(at(4, revision=2)) is None, "of another revision"
    taken = recent.take(at(3))
    assert taken is not None
    assert int(taken[0, 0, 0]) == 3
    assert recent.copy(at(3)) is None, "whoever takes it may change it"
    for unknown in (3, 0):
        assert recent.take(at(unknown)) is None
