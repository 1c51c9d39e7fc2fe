"""Mask versions and edit sessions: nothing overwritten, nothing saved twice, nothing lost."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from backend.accounts.models import User
from backend.common.errors import DomainError
from backend.imaging.models import Volume
from backend.masks import selectors, services
from backend.masks.models import EditOperation, EditSession, MaskVersion
from backend.science import edits
from backend.science.errors import BadInput
from backend.science.volume import MaskArray
from tests.backend import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def volume() -> Volume:
    return factories.make_volume(factories.make_project())


@pytest.fixture
def rater() -> User:
    return factories.make_user("rater")


@pytest.fixture
def base(volume: Volume) -> MaskVersion:
    return services.add_version(
        volume=volume, mask=factories.block_mask(), source="engine", centroids={20: (1.0, 2.0, 3.0)}
    )


def painted(array: MaskArray, k: int, label: int = 22) -> MaskArray:
    after = array.copy(order="F")
    after[0, 0, k] = label
    return after


def save(session: EditSession, array: MaskArray, k: int, revision: int, **fields: Any) -> EditOperation:
    values: dict[str, Any] = {
        "operation_id": uuid4(),
        "base_revision": revision,
        "payload": edits.encode_slices(array, [k]),
        "kind": "brush",
        "label": 22,
    }
    return services.append_operation(session=session, **{**values, **fields})


def test_a_version_reads_back_as_it_was_written(base: MaskVersion) -> None:
    array = factories.block_mask()
    assert np.array_equal(services.load_mask(base).array, array)
    assert base.digest == edits.mask_digest(array)
    assert base.label_voxels == {"20": int((array == 20).sum()), "21": int((array == 21).sum())}
    assert base.centroids_ras_mm["20"]["body"] == [1.0, 2.0, 3.0]
    assert base.centroids_ras_mm["21"]["body"] is None
    assert base.centroids_ras_mm["20"]["mask"] == [5.5, 4.5, 3.0]


def test_versions_are_counted_in_the_volume(base: MaskVersion, volume: Volume) -> None:
    second = services.add_version(volume=volume, mask=factories.block_mask(), source="fusion", parent=base)
    assert (base.number, second.number) == (1, 2)


@pytest.mark.parametrize(
    ("array", "code"),
    [
        (np.zeros((3, 3, 3), np.uint8), "other_grid"),
        (np.full((12, 10, 8), 99, np.uint8), "unknown_labels"),
        (np.zeros((12, 10, 8), np.int16), "not_uint8"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(volume: Volume, array: Any, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        services.add_version(volume=volume, mask=array, source="import")
    assert refused.value.code == code
    assert not MaskVersion.objects.exists()


def test_an_edit_is_acknowledged_once_whatever_the_retries(base: MaskVersion, rater: User) -> None:
    session = services.start_session(base=base, author=rater)
    after = painted(factories.block_mask(), 4)
    first = save(session, after, 4, 0)
    again = save(session, after, 4, 0, operation_id=first.operation_id)
    session.refresh_from_db()
    assert again.pk == first.pk
    assert (session.revision, session.digest, first.changed_voxels) == (1, edits.mask_digest(after), 1)
    assert np.array_equal(selectors.session_mask(session), after)


def test_an_edit_on_a_stale_base_is_refused_with_the_present_state(base: MaskVersion, rater: User) -> None:
    session = services.start_session(base=base, author=rater)
    after = painted(factories.block_mask(), 4)
    save(session, after, 4, 0)
    with pytest.raises(services.StaleBase) as refused:
        save(session, after, 4, 0)
    assert refused.value.extra == {"revision": 1, "digest": edits.mask_digest(after)}


@pytest.mark.parametrize(
    "payload",
    [b"", b"not zlib", edits.encode_slices(np.zeros((3, 3, 3), np.uint8), [0])],
)
def test_a_damaged_or_foreign_payload_changes_nothing(base: MaskVersion, rater: User, payload: bytes) -> None:
    session = services.start_session(base=base, author=rater)
    with pytest.raises(BadInput):
        save(session, factories.block_mask(), 0, 0, payload=payload)
    session.refresh_from_db()
    assert (session.revision, session.digest) == (0, base.digest)


def test_a_long_session_is_compacted_and_replays_to_the_same_mask(
    base: MaskVersion, rater: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "SNAPSHOT_EVERY", 3)
    session = services.start_session(base=base, author=rater)
    array = factories.block_mask()
    for revision in range(8):
        array = painted(array, revision, label=22 if revision % 2 else 23)
        save(session, array, revision, revision)
    session.refresh_from_db()
    assert session.snapshot_revision == 6
    assert np.array_equal(selectors.session_mask(session), array)
    assert [row.revision for row in selectors.operations_after(session, 6)] == [7, 8]


def test_what_a_process_remembers_of_a_session_is_a_copy_and_never_what_is_handed_in(
    base: MaskVersion, rater: User, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = services.start_session(base=base, author=rater)
    after = painted(factories.block_mask(), 4)
    with django_capture_on_commit_callbacks(execute=True):
        save(session, after, 4, 0)
    session.refresh_from_db()
    with monkeypatch.context() as patched:
        patched.setattr(selectors, "replayed_mask", None)  # nothing is replayed
        selectors.session_mask(session)[:] = 0
        assert np.array_equal(selectors.session_mask(session), after)
    EditOperation.objects.filter(session=session).delete()
    with pytest.raises(DomainError) as refused:
        services.close_session(session=session, source="rater")
    assert refused.value.code == "session_damaged"


def test_closing_adds_a_version_and_leaves_the_base(base: MaskVersion, rater: User) -> None:
    session = services.start_session(base=base, author=rater)
    after = painted(factories.block_mask(), 4)
    save(session, after, 4, 0)
    version = services.close_session(session=session, source="rater")
    assert services.close_session(session=session, source="rater").pk == version.pk
    assert (version.parent, version.author, version.source) == (base, rater, "rater")
    assert version.provenance["edited_voxels"] == 1
    assert np.array_equal(services.load_mask(version).array, after)
    assert np.array_equal(services.load_mask(base).array, factories.block_mask())
    with pytest.raises(services.SessionClosed):
        save(session, after, 4, 1)


def test_a_session_that_lost_an_operation_is_not_handed_in(base: MaskVersion, rater: User) -> None:
    session = services.start_session(base=base, author=rater)
    save(session, painted(factories.block_mask(), 4), 4, 0)
    EditOperation.objects.all().delete()
    with pytest.raises(DomainError, match="saved edits") as refused:
        services.close_session(session=session, source="rater")
    assert refused.value.code == "session_damaged"
