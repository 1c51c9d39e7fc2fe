"""A split for machine learning: a table of its cases, and Croissant metadata that say how to read its tables.

Each split is described on its own, in its folder: it can be downloaded alone, and a sealed one opens whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from backend.annotation.models import Submission
from backend.imaging.selectors import geometry_of
from backend.releases.citing import citations, creators_of, publisher_of, released_on
from backend.releases.content import LICENCE_PAGES
from backend.releases.dictionary import DICTIONARY, Column
from backend.releases.layouts.case import LaidOut
from backend.releases.made import Made, json_blob
from backend.releases.models import Release, Split
from backend.releases.raters import RATERS
from backend.releases.tables import parquet_path, table_files
from backend.science.formats.gradings import NOT_APPLICABLE
from backend.science.formats.verse import SPLIT_FOLDERS
from backend.science.labels import name_of, sort_labels

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
CROISSANT_PARQUET = "application/x-parquet"  # by which mlcroissant knows it
CASES = "cases.csv"
GRADINGS = "gradings.csv"
DESCRIBED = (CASES, GRADINGS, RATERS)
_TYPES = {"text": "sc:Text", "whole number": "sc:Integer", "number": "sc:Float"}
# The context that Croissant 1.0 prescribes.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def case_table(split: str, cases: Sequence[LaidOut]) -> Iterator[Made]:
    """One row per case: where its files lie, in the split's folder, and what its grid is."""
    versions = _guidelines(cases)
    rows = [[*_row(split, case), versions.get(case.item.case_id, NOT_APPLICABLE)] for case in cases]
    yield from table_files(f"{SPLIT_FOLDERS[split]}/{CASES}", split, rows)


def _guidelines(cases: Sequence[LaidOut]) -> dict[UUID, str]:
    """For each case the numbers of the guidelines that its work was done by; none for work without any."""
    found = Submission.objects.filter(
        assignment__task__case__in=[case.item.case_id for case in cases], guidelines__isnull=False
    )
    pairs = set(found.values_list("assignment__task__case", "guidelines__number"))
    by_case: dict[UUID, list[str]] = {}
    for case, number in sorted(pairs, key=lambda pair: pair[1]):
        by_case.setdefault(case, []).append(str(number))
    return {case: " ".join(numbers) for case, numbers in by_case.items()}


def _row(split: str, case: LaidOut) -> Iterator[str]:
    geometry = geometry_of(case.item.case.volume)
    folder = f"{SPLIT_FOLDERS[split]}/"
    yield case.subject
    yield str(case.item.case.volume.series.number)
    for file in (case.ct, case.mask, case.centroids, case.preview):
        yield file.path.removeprefix(folder)
    yield from (str(count) for count in geometry.shape)
    yield from (format(step, ".6g") for step in geometry.spacing_mm)
    yield geometry.axcodes
    yield " ".join(name_of(label) for label in sort_labels(map(int, case.item.mask.label_voxels)))


def croissant_file(release: Release, split: str, tables: Sequence[Made]) -> Made:
    """``croissant.json`` of a split, over those of its files that are tables."""
    folder = SPLIT_FOLDERS[split]
    named = {file.path.removeprefix(f"{folder}/"): file for file in tables}
    described = [name for name in DESCRIBED if name in named]
    about: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": f"{release.title}, {Split(split).label.lower()} part",
        "description": release.notes.strip() or release.title,
        "version": release.version,
        "license": LICENCE_PAGES.get(release.licence, release.licence),
        "datePublished": released_on(release).isoformat(),
        "creator": [
            {"@type": "sc:Person" if creator.given else "sc:Organization", "name": creator.name}
            for creator in creators_of(release)
        ],
        "publisher": {"@type": "sc:Organization", "name": publisher_of(release)},
        "citeAs": citations(release)["bibtex"],
        "distribution": [
            file
            for name in described
            for file in (
                _file_object(name, named[name], "text/csv"),
                _file_object(parquet_path(name), named[parquet_path(name)], CROISSANT_PARQUET),
            )
        ],
        "recordSet": [
            record for name in described for record in (_record_set(name), _typed_record_set(name))
        ],
    }
    if release.doi:
        about["url"] = f"https://doi.org/{release.doi}"
    return Made(f"{folder}/croissant.json", split, json_blob(about))


def _file_object(name: str, file: Made, encoding: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{file.blob.size_bytes} B",
        "encodingFormat": encoding,
        "sha256": file.blob.sha256,
    }


def _record_set(name: str) -> dict[str, Any]:
    kind = name.removesuffix(".csv")
    return {
        "@type": "cr:RecordSet",
        "@id": kind,
        "name": kind,
        "field": [_field(name, kind, column) for column in DICTIONARY[name]],
    }


def _typed_record_set(name: str) -> dict[str, Any]:
    """The same rows out of the Parquet, where numbers are numbers although one may lack."""
    kind = f"{name.removesuffix('.csv')}_typed"
    fields = [
        _field(parquet_path(name), kind, column) | {"dataType": _TYPES[column.kind]}
        for column in DICTIONARY[name]
    ]
    return {"@type": "cr:RecordSet", "@id": kind, "name": kind, "field": fields}


def _field(file: str, kind: str, column: Column) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{kind}/{column.name}",
        "name": column.name,
        "description": column.meaning,
        # A column that may hold NA is text to programs that read numbers strictly.
        "dataType": "sc:Text" if column.may_lack else _TYPES[column.kind],
        "source": {"fileObject": {"@id": file}, "extract": {"column": column.name}},
    }
