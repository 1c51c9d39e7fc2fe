"""The names behind one case, shown for a reason that everybody can read."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from backend.accounts.models import User
from backend.annotation.cases.selectors.people import names_hidden
from backend.annotation.cases.services.sightings import note_sighting
from backend.annotation.models import Case, SightKind, Unblinding
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.common.errors import Conflict, Invalid


@transaction.atomic
def unblind(*, case: Case, actor: User, reason: str) -> Unblinding:
    """Show this person the names behind one case, for a reason that everybody can read.

    Raises
    ------
    Invalid
        No reason given. `Conflict`: nothing is hidden from this person.
    """
    if not reason.strip():
        raise Invalid("reason_missing", "Say why you need the names; it is kept on record.")
    if not names_hidden(actor, case):
        raise Conflict("not_blinded", "The names of this case are not hidden from you.")
    try:
        with transaction.atomic():
            row = Unblinding.objects.create(case=case, user=actor, reason=reason.strip())
    except IntegrityError as error:
        raise Conflict("not_blinded", "The names of this case are not hidden from you.") from error
    note_sighting(case=case, user=actor, kind=SightKind.NAMES)
    audit.record(
        actor=actor, act=case_acts.CaseUnblinded(reason=row.reason), subject=case, project_id=case.project_id
    )
    return row
