"""What a layout is made from: one case of a release, with the files that VerSe's layout has of it."""

from __future__ import annotations

from dataclasses import dataclass

from backend.releases.made import Made
from backend.releases.models import ReleaseItem
from backend.science.formats.gradings import GradingRow


@dataclass(frozen=True)
class LaidOut:
    """``alone``: the only series of its patient in the release."""

    item: ReleaseItem
    ct: Made
    mask: Made
    centroids: Made
    preview: Made
    gradings: list[GradingRow]
    alone: bool

    @property
    def subject(self) -> str:
        return self.item.release_patient.subject

    @property
    def split(self) -> str:
        return self.item.release_patient.split

    @property
    def stem(self) -> str:
        """The start of its files' names: `sub-verse004`, with a run where the patient has several series."""
        return self.subject if self.alone else f"{self.subject}_run-{self.item.case.volume.series.number}"
