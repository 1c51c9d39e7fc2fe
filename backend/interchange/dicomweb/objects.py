"""The series of a study and their objects, made when they are asked for."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING

from django.core.cache import cache

from backend.common.errors import NotFound
from backend.imaging.selectors import load_volume
from backend.interchange.dicomweb.selectors import Study, findings_of
from backend.masks.selectors import load_mask
from backend.science.formats.dicom_series import SR_FORM, CtSeries, file_bytes
from backend.science.volume import Mask

if TYPE_CHECKING:
    from highdicom.seg import Segmentation
    from pydicom.dataset import Dataset

KEPT_SECONDS = 3600
KEPT_BYTES = 4 << 20  # of one object, packed: a mask packs to a hundredth
SERIES_WORDS = {"CT": "CT at working resolution", "SEG": "Vertebrae", "SR": "Measurements of the vertebrae"}
SOP_CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "SEG": "1.2.840.10008.5.1.4.1.1.66.4",
    "SR": "1.2.840.10008.5.1.4.1.1.88.34",
}
NUMBERS = {"CT": 1, "SEG": 2, "SR": 3}


class SeriesOfStudy:
    """The series of one study: which there are, and their objects as DICOM."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self._held: dict[str, bytes] = {}

    @cached_property
    def digests(self) -> dict[str, str]:
        """By modality, what tells the object of a mask from those of other masks and other grades."""
        mask = self.study.segmented
        if mask is None:
            return {"CT": ""}
        found = {str(label): asdict(row) for label, row in sorted(findings_of(self.study).items())}
        said = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()
        return {"CT": "", "SEG": str(mask.pk), "SR": f"{mask.pk} {said} {SR_FORM}"}

    def uid(self, modality: str) -> str:
        """The SeriesInstanceUID of a modality that the study has."""
        return str(self.study.identity.series_uid(modality, self.digests[modality]))

    def modality_of(self, series_uid: str) -> str:
        """The modality of a series. Raises `NotFound` where the study has no such series."""
        found = next((one for one in self.study.modalities if self.uid(one) == series_uid), None)
        if found is None:
            raise NotFound
        return found

    def count(self, modality: str) -> int:
        """How many objects the series has."""
        return self.study.images if modality == "CT" else 1

    def instance_uids(self, modality: str) -> list[str]:
        """The SOPInstanceUIDs of a series, in order."""
        numbers = range(1, self.count(modality) + 1)
        return [
            str(self.study.identity.instance_uid(modality, self.digests[modality], number))
            for number in numbers
        ]

    def headers(self, modality: str, instance_uid: str | None = None) -> Iterator[Dataset]:
        """The objects of a series without pixels; one of them, where its UID is given."""
        from pydicom import dcmread  # here: no process waits for it at its start

        for number in self._numbers(modality, instance_uid):
            if modality == "CT":
                yield self.ct.header(number)
            else:
                made = dcmread(BytesIO(self._made(modality)))
                made.pop("PixelData", None)
                yield made

    def files(self, modality: str, instance_uid: str | None = None) -> Iterator[bytes]:
        """The objects of a series as DICOM files; one of them, where its UID is given."""
        for number in self._numbers(modality, instance_uid):
            yield file_bytes(self.ct.image(number)) if modality == "CT" else self._made(modality)

    def prepare(self, modalities: Iterable[str]) -> None:
        """Read what the objects are made from: those who stream them ask the database nothing more."""
        for modality in modalities:
            if modality == "CT":
                _ = self.ct
            else:
                self._held[modality] = self._made(modality)

    def _numbers(self, modality: str, instance_uid: str | None) -> list[int]:
        uids = self.instance_uids(modality)
        if instance_uid is None:
            return list(range(1, len(uids) + 1))
        if instance_uid not in uids:
            raise NotFound
        return [uids.index(instance_uid) + 1]

    @cached_property
    def ct(self) -> CtSeries:
        return CtSeries(load_volume(self.study.case.volume), self.study.identity)

    def _made(self, modality: str) -> bytes:
        """The object of a mask, kept packed for an hour: viewers ask for its parts one by one."""
        if modality in self._held:
            return self._held[modality]
        identity = self.study.identity
        uid = identity.instance_uid(modality, self.digests[modality])
        key = f"dicomweb:object:{uid}:{identity.software}"
        packed: bytes | None = cache.get(key)
        if packed is not None:
            return zlib.decompress(packed)
        made = file_bytes(self._report() if modality == "SR" else self._segmentation())
        packed = zlib.compress(made, 1)
        if len(packed) <= KEPT_BYTES:
            cache.set(key, packed, KEPT_SECONDS)
        return made

    def _segmentation(self) -> Segmentation:
        from backend.science.formats.dicom_segmentation import segmentation

        return segmentation(self._mask, self.ct, digest=self.digests["SEG"])

    @cached_property
    def _mask(self) -> Mask:
        if self.study.segmented is None:
            raise NotFound
        return load_mask(self.study.segmented)

    def _report(self) -> Dataset:
        from backend.science.formats.dicom_report import report

        found, segmented = findings_of(self.study), self._segmentation()
        return report(found, self._mask, segmented, self.ct, digest=self.digests["SR"])
