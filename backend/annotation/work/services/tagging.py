"""Tags on cases: words by which managers find them again. They change no work, and raters see none."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from backend.accounts.models import User
from backend.annotation.models import Case, CaseTag
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Invalid

MAX_LENGTH = 40
MAX_TAGS = 20  # on one case


def clean(names: Sequence[str]) -> list[str]:
    """Tags as they are kept: one space between words, in small letters, none twice, in their order.

    Raises
    ------
    Invalid
        ``no_tag``: nothing is left; ``tag_too_long``; ``tag_with_comma``: one that a list could not hold.
    """
    found = list(dict.fromkeys(" ".join(name.lower().split()) for name in names))
    found = [name for name in found if name]
    if not found:
        raise Invalid("no_tag", "Say which tag.")
    for name in found:
        if len(name) > MAX_LENGTH:
            raise Invalid("tag_too_long", f"A tag has at most {MAX_LENGTH} letters: {name[:MAX_LENGTH]}...")
        if "," in name:
            raise Invalid("tag_with_comma", f"A tag has no comma: {name}")
    return found


@transaction.atomic
def tag(*, case: Case, names: Sequence[str], actor: User) -> list[str]:
    """Put tags on a case; those that it did not have.

    Raises
    ------
    Invalid
        ``too_many_tags``, or as `clean`.
    """
    Case.every.select_for_update().get(pk=case.pk)
    held = set(case.tags.values_list("name", flat=True))
    new = [name for name in clean(names) if name not in held]
    if len(held) + len(new) > MAX_TAGS:
        raise Invalid("too_many_tags", f"A case has at most {MAX_TAGS} tags.")
    if new:
        CaseTag.objects.bulk_create([CaseTag(case=case, name=name) for name in new])
        act = case_acts.CaseTagged(tags=new)
        audit.record(actor=actor, act=act, subject=case, project_id=case.project_id)
    return new


@transaction.atomic
def untag(*, case: Case, names: Sequence[str], actor: User) -> list[str]:
    """Take tags off a case; those that it had."""
    Case.every.select_for_update().get(pk=case.pk)
    rows = case.tags.filter(name__in=clean(names))
    gone = sorted(rows.values_list("name", flat=True))
    if gone:
        rows.delete()
        act = case_acts.CaseUntagged(tags=gone)
        audit.record(actor=actor, act=act, subject=case, project_id=case.project_id)
    return gone
