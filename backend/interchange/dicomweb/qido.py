"""Search of DICOMweb (QIDO-RS, PS3.18 section 10.6): filters, and rows as DICOM JSON."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.common.errors import Invalid
from backend.interchange.dicomweb.objects import NUMBERS, SERIES_WORDS, SOP_CLASSES, SeriesOfStudy
from backend.interchange.dicomweb.selectors import Study

Row = dict[str, Any]  # by keyword: a text, a number or several texts

MOST_ROWS = 1000
_CONTROL = ("limit", "offset", "fuzzymatching", "includefield", "accept")


@dataclass(frozen=True)
class Search:
    """What is searched for: by keyword a pattern, and which rows of what is found."""

    filters: Mapping[str, str] = field(default_factory=dict)
    offset: int = 0
    limit: int = MOST_ROWS
    fields: tuple[str, ...] = ()

    @classmethod
    def read(cls, query: Mapping[str, Iterable[str]]) -> Search:
        """The query string.

        Raises
        ------
        Invalid
            ``unknown_attribute``: a filter that is no attribute of DICOM. ``invalid``: no whole number.
        """
        said = {name: list(values) for name, values in query.items()}
        filters = {
            _keyword(name): values[-1] for name, values in said.items() if name.lower() not in _CONTROL
        }
        fields = [name for value in said.get("includefield", []) for name in value.split(",")]
        return cls(
            filters=filters,
            offset=_whole("offset", said, 0),
            limit=min(_whole("limit", said, MOST_ROWS), MOST_ROWS),
            fields=tuple(_keyword(name) for name in fields if name and name != "all"),
        )

    def found(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that fit, of the page that is asked for."""
        fitting = [row for row in rows if all(_fits(row.get(key), sought) for key, sought in self._sought)]
        return fitting[self.offset : self.offset + self.limit]

    @property
    def _sought(self) -> list[tuple[str, str]]:
        return [(key, sought) for key, sought in self.filters.items() if sought not in ("", "*")]


def _keyword(name: str) -> str:
    """The keyword of an attribute, given so or as eight hexadecimal digits."""
    from pydicom.datadict import keyword_for_tag, tag_for_keyword  # here: no process waits for it

    if tag_for_keyword(name) is not None:
        return name
    try:
        found = keyword_for_tag(int(name, 16)) if len(name) == 8 else ""
    except ValueError:
        found = ""
    if not found:
        raise Invalid("unknown_attribute", f"{name!r} is no attribute of DICOM.")
    return found


def _whole(name: str, said: Mapping[str, list[str]], otherwise: int) -> int:
    word = said.get(name, [str(otherwise)])[-1]
    if not word.isascii() or not word.isdigit():
        raise Invalid("invalid", f"{name}: a whole number is asked for, not {word!r}.")
    return int(word)


def _fits(value: Any, sought: str) -> bool:
    """Whether a value, or one of several, is what is sought: with * and ?, or one of a list of UIDs."""
    if value is None:
        return False
    values = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    patterns = sought.replace("\\", ",").split(",")
    # a bracket is no sign for a set here
    patterns = [pattern.replace("[", "[[]") for pattern in patterns]
    return any(fnmatch.fnmatchcase(one, pattern) for one in values for pattern in patterns)


def study_row(study: Study, address: str) -> Row:
    """A study; ``address`` is where DICOMweb lies."""
    identity = study.identity
    return {
        "StudyDate": "",
        "StudyTime": "",
        "AccessionNumber": "",
        "InstanceAvailability": "ONLINE",
        "ModalitiesInStudy": study.modalities,
        "ReferringPhysicianName": "",
        "StudyDescription": f"Curated case {identity.patient}",
        "RetrieveURL": f"{address}/studies/{identity.study_uid}",
        "PatientName": f"{identity.patient}^",
        "PatientID": identity.patient,
        "PatientBirthDate": "",
        "PatientSex": identity.sex,
        "StudyInstanceUID": str(identity.study_uid),
        "StudyID": "",
        "NumberOfStudyRelatedSeries": len(study.modalities),
        "NumberOfStudyRelatedInstances": study.instances,
    }


def series_row(series: SeriesOfStudy, modality: str, address: str) -> Row:
    """A series of a study."""
    study_uid = str(series.study.identity.study_uid)
    return {
        "Modality": modality,
        "SeriesDescription": SERIES_WORDS[modality],
        "RetrieveURL": f"{address}/studies/{study_uid}/series/{series.uid(modality)}",
        "PatientID": series.study.identity.patient,
        "StudyInstanceUID": study_uid,
        "SeriesInstanceUID": series.uid(modality),
        "SeriesNumber": NUMBERS[modality],
        "NumberOfSeriesRelatedInstances": series.count(modality),
    }


def instance_rows(series: SeriesOfStudy, modality: str, address: str) -> list[Row]:
    """The objects of a series; nothing is read for them."""
    where = f"{address}/studies/{series.study.identity.study_uid}/series/{series.uid(modality)}"
    return [
        {
            "SOPClassUID": SOP_CLASSES[modality],
            "SOPInstanceUID": uid,
            "InstanceAvailability": "ONLINE",
            "Modality": modality,
            "RetrieveURL": f"{where}/instances/{uid}",
            "StudyInstanceUID": str(series.study.identity.study_uid),
            "SeriesInstanceUID": series.uid(modality),
            "InstanceNumber": number,
        }
        for number, uid in enumerate(series.instance_uids(modality), start=1)
    ]


def as_json(row: Row) -> dict[str, Any]:
    """A row as DICOM JSON (PS3.18 annex F)."""
    from pydicom.datadict import dictionary_VR  # here: no process waits for it at its start
    from pydicom.dataset import Dataset

    made = Dataset()
    for keyword, value in row.items():
        text = str(value) if dictionary_VR(keyword) == "IS" else value
        setattr(made, keyword, text)
    found: dict[str, Any] = made.to_json_dict()
    return found
