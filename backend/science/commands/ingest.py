"""De-identify and convert an upload: DICOM or NIfTI in, NIfTI and allow-listed JSON out.

A mask whose numbers are not plainly VerSe's is left out and asked for: all else is written, and the exit
status is 2 until ``--numbering`` says what they mean.
"""

from __future__ import annotations

import argparse
import secrets
from pathlib import Path
from typing import Any

from backend.science.commands._report import add_numbering, write_report
from backend.science.deid.keys import MIN_SECRET_BYTES
from backend.science.errors import BadInput
from backend.science.formats import nifti, verse
from backend.science.ingest import IngestedSeries, Refused, ingest_each
from backend.science.reading import question_with_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", type=Path, nargs="+", metavar="DICOM_DIR_OR_ZIP", help="folders, zips or files"
    )
    parser.add_argument("out", type=Path, metavar="OUT_DIR", help="the folder to write to")
    parser.add_argument("--report", type=Path, required=True, help="the JSON to write")
    parser.add_argument("--spacing", type=float, default=1.0, metavar="MM", help="working resolution (1.0)")
    parser.add_argument(
        "--secret-file",
        type=Path,
        help="the key of the hashes that join a patient's series; without it they join in this run only",
    )
    add_numbering(parser)


def run(args: argparse.Namespace) -> int:
    if not 0.1 <= args.spacing <= 10:
        raise BadInput("bad_argument", "--spacing must lie between 0.1 and 10 mm")
    writer = _Writer(args.out)
    refused: list[Refused] = []
    items = ingest_each(
        args.source,
        secret=_secret(args.secret_file),
        working_spacing_mm=args.spacing,
        numbering=args.numbering,
    )
    for item in items:
        if isinstance(item, Refused):
            refused.append(item)
        else:
            writer.add(item)
    listed = [{"file": one.name, "code": one.code, "message": one.message} for one in refused]
    write_report(args.report, {"series": writer.entries, "refused": listed})
    if not writer.entries:
        first = refused[0].message if refused else "there are no files"
        raise BadInput("nothing_ingested", f"no series could be read ({first})")
    if writer.held:
        raise BadInput("numbering_unconfirmed", " | ".join(writer.held))
    return 0


def _secret(path: Path | None) -> bytes:
    if path is None:
        return secrets.token_bytes(32)
    secret = path.read_bytes().strip()
    if len(secret) < MIN_SECRET_BYTES:
        raise BadInput("bad_secret", f"the key must have at least {MIN_SECRET_BYTES} bytes", source=path)
    return secret


class _Writer:
    """Writes series under pseudonyms counted in the order of their coming."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[dict[str, Any]] = []
        # masks that were not written, since somebody has to say what their numbers mean
        self.held: list[str] = []
        self._subjects: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def add(self, series: IngestedSeries) -> None:
        subject = self._subjects.setdefault(series.patient_hmac, f"sub-{len(self._subjects) + 1:04d}")
        number = self._counts[subject] = self._counts.get(subject, 0) + 1
        paths = verse.release_paths(subject, series.volume.geometry, split=str(number))
        nifti.write_volume(self.folder / paths.ct, series.volume)
        entry: dict[str, Any] = {"subject": subject, "number": number, "ct": paths.ct}
        if series.mask is not None:
            nifti.write_mask(self.folder / paths.mask, series.mask)
            entry["mask"] = paths.mask
        if series.centroids_ras_mm:
            verse.write_centroids(
                self.folder / paths.centroids, series.centroids_ras_mm, series.volume.geometry
            )
            entry["centroids"] = paths.centroids
        if series.held is not None:
            entry["numberings"] = [proposal.to_json() for proposal in series.held.proposals]
            self.held.append(f"{series.held.source_name}: {question_with_options(series.held.proposals)}")
        entry |= {
            "source_format": series.source_format,
            "files": len(series.source_names),
            "patient_hmac": series.patient_hmac,
            "uid_hmac": series.uid_hmac,
            "sex": series.sex,
            "age_years": series.age_years,
            **series.volume.geometry.to_json(),
            "facts": series.facts,
            "checks": series.checks,
        }
        sidecar = paths.ct.removesuffix(".nii.gz") + ".json"
        write_report(self.folder / sidecar, entry)
        self.entries.append(entry)
