"""Masks in numbers of another program: held until a person has said which vertebra each number is.

While a mask is held its CT is in the project, and no engine starts on it by itself: a mask that will be
confirmed is the better start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.audit import services as audit
from backend.audit.acts import scan_acts
from backend.audit.acts.act import Act
from backend.common.errors import Conflict
from backend.common.events import publish
from backend.common.storage import put_blob, read_blob
from backend.imaging.events import VolumeReady
from backend.imaging.models import HeldMask, HeldState, Series, Volume, VolumeBlob
from backend.imaging.selectors import geometry_of, load_volume
from backend.projects.models import Role
from backend.projects.selectors import require_role
from backend.science import edits
from backend.science.errors import BadInput
from backend.science.numbering import apply_numbering
from backend.science.numbering_proposal import NumberingProposal
from backend.science.previews import thumbnail_png
from backend.science.volume import Mask

BY_HAND = "by hand"


class MaskNotRefused(Conflict):
    code = "mask_not_refused"
    message = "This mask was not refused: there is nothing to take back."


class MaskAnswered(Conflict):
    code = "mask_answered"
    message = "Somebody has answered for this mask already."


def hold_mask(*, series: Series, mask: Mask, proposals: Sequence[NumberingProposal]) -> HeldMask:
    """Keep a mask, in its own numbers on the grid of its series, until somebody has read them."""
    return HeldMask.objects.create(
        series=series,
        blob=put_blob(data=edits.encode_mask(mask.array)),
        proposals=[proposal.to_json() for proposal in proposals],
    )


def as_proposed(mask: Mask, proposals: Sequence[NumberingProposal]) -> Mask | None:
    """The mask as the likeliest reading has it, for a picture; None where that names no level."""
    return apply_numbering(mask, proposals[0].mapping) if proposals[0].names_levels else None


@transaction.atomic
def confirm_numbering(
    *, actor: User, held: HeldMask, numbering: str, levels: Mapping[int, int | None]
) -> HeldMask:
    """Say which level each number is (manager): the mask becomes the one that came with the CT.

    ``numbering`` is the key of the reading that was chosen. A table that differs from it is kept as one made
    by hand.

    Raises
    ------
    MaskAnswered, BadInput
        somebody was faster; a number is left out, a level is none, or no level is named.
    """
    row = _open(actor, held)
    volume = row.series.volume
    mask = Mask(geometry_of(volume), edits.decode_mask(read_blob(row.blob), shape=volume.shape))
    named = [level for level in levels.values() if level is not None]
    if len(set(named)) < len(named):
        raise BadInput("level_twice", "two numbers are said to be one level: each vertebra has its own")
    translated = apply_numbering(mask, levels)
    blob = put_blob(data=edits.encode_mask(translated.array))
    VolumeBlob.objects.get_or_create(volume=volume, blob=blob, defaults={"role": "import_mask"})
    _draw_again(volume, translated)
    row.levels = {str(number): level for number, level in levels.items()}
    row.numbering = numbering if row.levels == _levels_of(row, numbering) else BY_HAND
    row.state = HeldState.CONFIRMED
    act = scan_acts.MaskNumberingConfirmed(series=row.series_id, numbering=row.numbering, levels=row.levels)
    _answer(row, actor, act)
    return row


@transaction.atomic
def refuse_mask(*, actor: User, held: HeldMask, note: str) -> HeldMask:
    """Do without the mask (manager): the project's engine makes the first one."""
    row = _open(actor, held)
    row.state = HeldState.REFUSED
    row.note = note.strip()
    _answer(row, actor, scan_acts.MaskRefused(series=row.series_id))
    return row


@transaction.atomic
def take_back_refusal(*, actor: User, held: HeldMask) -> HeldMask:
    """Ask again what the numbers of a refused mask mean (manager). What an engine made meanwhile stays.

    Raises
    ------
    MaskNotRefused
        it waits, or is in use.
    """
    require_role(actor, held.series.project, Role.MANAGER)
    row = HeldMask.objects.select_for_update().get(pk=held.pk)
    if row.state != HeldState.REFUSED:
        raise MaskNotRefused
    row.state, row.note, row.answered_by, row.answered_at = HeldState.WAITING, "", None, None
    row.save()
    audit.record(
        actor=actor,
        act=scan_acts.MaskRefusalTakenBack(series=row.series_id),
        subject=row,
        project_id=row.series.project_id,
    )
    return row


def _open(actor: User, held: HeldMask) -> HeldMask:
    require_role(actor, held.series.project, Role.MANAGER)
    row = HeldMask.objects.select_for_update().get(pk=held.pk)
    if row.state != HeldState.WAITING:
        raise MaskAnswered
    return row


def _levels_of(row: HeldMask, key: str) -> dict[str, Any]:
    """The table of one of the readings that were proposed; empty for a key that is none of them."""
    proposal = next((one for one in row.proposals if one["key"] == key), None)
    return {str(line["number"]): line["level"] for line in proposal["rows"]} if proposal else {}


def _draw_again(volume: Volume, mask: Mask) -> None:
    picture = put_blob(data=thumbnail_png(load_volume(volume), mask), media_type="image/png")
    VolumeBlob.objects.get_or_create(volume=volume, blob=picture, defaults={"role": "thumbnail"})
    volume.thumbnail = picture
    volume.save(update_fields=["thumbnail", "updated_at"])


def _answer(row: HeldMask, actor: User, act: Act) -> None:
    row.answered_by, row.answered_at = actor, timezone.now()
    row.save()
    audit.record(actor=actor, act=act, subject=row, project_id=row.series.project_id)
    publish(VolumeReady(row.series.volume.pk))  # what waited for the answer goes on
