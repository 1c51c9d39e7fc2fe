"""Studies read over DICOMweb: who has read which is on record."""

from __future__ import annotations

from django.core.cache import cache
from django.db import transaction

from backend.accounts.models import User
from backend.annotation.cases.services.sightings import note_sighting
from backend.annotation.models import SightKind
from backend.audit import services as audit
from backend.audit.acts import case_acts
from backend.interchange.dicomweb.selectors import Study
from backend.releases.services.downloading import record_download

# A viewer asks for a case in hundreds of requests: within this time they are one retrieval.
ONE_RETRIEVAL_SECONDS = 3600
ARCHIVE = "dicomweb"


def note_read(*, study: Study, user: User, mask: bool) -> None:
    """Note that a person reads a study, and with ``mask`` that they see others' work of it."""
    if mask:
        note_sighting(case=study.case, user=user, kind=SightKind.MASK)
    key = f"dicomweb:read:{user.pk}:{study.identity.study_uid}"
    if not cache.add(key, True, ONE_RETRIEVAL_SECONDS):
        return
    try:
        _record(study, user)
    except Exception:
        cache.delete(key)
        raise


@transaction.atomic
def _record(study: Study, user: User) -> None:
    if study.release is not None:
        record_download(release=study.release, user=user, archive=ARCHIVE, bytes_from=0)
        return
    audit.record(
        actor=user, act=case_acts.CaseReadOut(), subject=study.case, project_id=study.case.project_id
    )
