"""DICOM: of each case the images, its mask as a Segmentation (SEG) and what was measured as a report (SR).

The images are the CT on the grid on which it was annotated, with UIDs derived from a secret of the site:
those of the scanner, and all else that stood in its headers, never leave. The same case gives the same bytes.
A CT whose axes are sheared, which DICOM cannot say, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone

from backend.common.software import software_version
from backend.common.storage import put_blob
from backend.consensus.models import AgreedGrade
from backend.imaging.selectors import load_volume
from backend.masks.selectors import load_mask
from backend.releases.layouts.case import LaidOut
from backend.releases.layouts.measured import vertebra_findings
from backend.releases.made import Made
from backend.releases.models import Layout, Release
from backend.science.errors import BadInput
from backend.science.formats.dicom_series import CtSeries, Identity, file_bytes
from backend.science.formats.verse import SPLIT_FOLDERS

if TYPE_CHECKING:
    from backend.science.formats.dicom_report import VertebraFindings

DICOM_TYPE = "application/dicom"
SEXES = ("M", "F", "O")


def case_files(release: Release, case: LaidOut) -> Iterator[Made]:
    """The objects of one case; none where its grid cannot be said."""
    from backend.science.formats.dicom_report import report
    from backend.science.formats.dicom_segmentation import segmentation

    try:
        ct = CtSeries(load_volume(case.item.case.volume), identity_of(release, case))
    except BadInput:
        return
    folder = f"{SPLIT_FOLDERS[case.split]}/{case.stem}"
    for number in range(1, len(ct) + 1):
        yield _made(f"{folder}/ct/{number:04d}.dcm", case, file_bytes(ct.image(number)), image=True)
    mask = load_mask(case.item.mask)
    if not mask.array.any():
        return
    seg = segmentation(mask, ct, digest=case.item.mask.digest)
    sr = report(_findings(case), mask, seg, ct, digest=case.item.mask.digest)
    yield _made(f"{folder}/seg.dcm", case, file_bytes(seg))
    yield _made(f"{folder}/sr.dcm", case, file_bytes(sr))


def identity_of(release: Release, case: LaidOut) -> Identity:
    """What the UIDs are made from: the release and the case, with the project's secret."""
    item = case.item
    sex = item.case.volume.series.patient.sex
    return Identity(
        key=f"dicom {release.project.pseudonym_secret}".encode(),
        case=f"release {release.pk} case {item.case_id}",
        patient=item.release_patient.subject,
        made_on=_day(release),
        sex=sex if sex in SEXES else "",
        software=software_version(),
    )


def _day(release: Release) -> date:
    return release.released_on or timezone.localdate(release.created_at)


def _findings(case: LaidOut) -> dict[int, VertebraFindings]:
    grades = AgreedGrade.objects.filter(case=case.item.case, current=True)
    return vertebra_findings(case.item.mask, {row.label: row for row in grades})


def _made(path: str, case: LaidOut, data: bytes, *, image: bool = False) -> Made:
    blob = put_blob(data=data, media_type=DICOM_TYPE)
    return Made(path, case.split, blob, image=image, layout=Layout.DICOM)
