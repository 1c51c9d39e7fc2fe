"""A task in hand: pulled into a folder, edited with whatever program, pushed, graded, handed in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from . import wire_generated as wire
from .errors import VertebaseError
from .operations_generated import Operations
from .transport import part

if TYPE_CHECKING:  # the extra `tasks`; lists and downloads go without it
    from backend.science.volume import MaskArray, Volume

    from .desktop import Change

CT, MASK, NOTE = "ct.nii.gz", "mask.nii.gz", "task.json"
Choice = Literal["fused", "rater", "painted"]


@dataclass(frozen=True)
class Pulled:
    """What lies in a folder: which task of which site, and the mask that it was when it was pulled."""

    site: str
    task: str
    kind: str
    case: str
    revision: int
    digest: str

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The note in a folder. Raises ``VertebaseError`` where there is none."""
        path = folder / NOTE
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError as missing:
            raise VertebaseError(f"{folder} holds no task: pull one into it first") from missing
        except (ValueError, TypeError) as broken:
            raise VertebaseError(f"{path} cannot be read: pull the task again") from broken

    def write(self, folder: Path) -> None:
        """Put the note into a folder."""
        text = json.dumps(asdict(self), indent=1) + "\n"
        (folder / NOTE).write_text(text, encoding="utf-8")


class Task:
    """One assignment of yours. ``row`` is what the site says of it, as it was when it was last asked."""

    def __init__(self, api: Operations, row: wire.Assignment) -> None:
        self.api = api
        self.row = row

    @classmethod
    def opened(cls, api: Operations, assignment_id: str) -> Self:
        """Begin work on an assignment; safe to repeat."""
        return cls(api, api.assignment_open(assignment_id))

    @property
    def id(self) -> str:
        """The assignment's id."""
        return self.row["id"]

    @property
    def kind(self) -> wire.TaskKind:
        """What is to be done: correct, grade, adjudicate or review."""
        return self.row["kind"]

    def __repr__(self) -> str:
        return f"<Task {self.kind} of {self.row['case_alias']} ({self.row['state']}) {self.id}>"

    def ct(self) -> Volume:
        """The CT, int16 HU, RAS+ mm. Needs the extra ``tasks``, as all below that touches voxels."""
        from .voxels import fetch_ct

        return fetch_ct(self.api, self.row["volume"]["id"])

    def mask(self) -> MaskArray:
        """The mask as it stands on the site."""
        from .voxels import mask_in_hand

        return mask_in_hand(self.api, self.row).array

    def source(self, key: str) -> MaskArray:
        """In an adjudication: the mask of one source (``fused``, ``A``, ``B``, ...)."""
        from .voxels import fetch_mask

        path = f"/api/v1/assignments/{self.id}/sources/{part(key)}/mask"
        return fetch_mask(self.api, path, self.row["volume"]["shape"]).array

    def pull(self, folder: Path) -> Pulled:
        """Write CT, mask and a note into a folder: ``ct.nii.gz``, ``mask.nii.gz``, ``task.json``.

        The mask lies there as ``mask.seg.nrrd`` for 3D Slicer too, and beside it its names and colours.
        """
        from . import desktop, voxels

        folder.mkdir(parents=True, exist_ok=True)
        mask = voxels.mask_in_hand(self.api, self.row)
        voxels.save_ct(folder / CT, self.ct())
        desktop.save_masks(folder, self.row, mask.array)
        pulled = Pulled(
            site=self.api.url,
            task=self.id,
            kind=self.kind,
            case=self.row["case_alias"],
            revision=mask.revision,
            digest=mask.digest,
        )
        pulled.write(folder)
        return pulled

    def change_of(self, folder: Path, *, mask: Path | None = None, numbering: str | None = None) -> Change:
        """What the edited mask of a folder (or another file) would change of the site's; nothing is sent.

        Raises ``Unusable`` where the file is on another grid, or nobody can tell which levels it has.
        """
        from . import desktop

        return desktop.compare(
            self.api,
            self.row,
            folder,
            pulled_digest=self._pulled(folder).digest,
            mask=mask,
            numbering=numbering,
        )

    def push(
        self, folder: Path, *, mask: Path | None = None, numbering: str | None = None, force: bool = False
    ) -> wire.Saved | None:
        """Send the edited mask of a folder (or another file); None where it is what the site has.

        Raises as `change_of` and `take` do.
        """
        return self.take(folder, self.change_of(folder, mask=mask, numbering=numbering), force=force)

    def take(self, folder: Path, change: Change, *, force: bool = False) -> wire.Saved | None:
        """Make a change of `change_of` on the site; None where nothing differs.

        Raises ``Changed`` where the mask on the site was edited since it was pulled (``force`` replaces it).
        """
        from . import desktop

        pulled = self._pulled(folder)
        base = None if force else pulled.revision
        saved = desktop.take(self.api, self.row, change, base_revision=base)
        if saved is not None:
            told = asdict(pulled) | {"revision": saved["revision"], "digest": saved["digest"]}
            Pulled(**told).write(folder)
        return saved

    def _pulled(self, folder: Path) -> Pulled:
        pulled = Pulled.read(folder)
        if pulled.task != self.id:
            raise VertebaseError(f"{folder} holds another task: {pulled.task}")
        return pulled

    def push_array(self, edited: MaskArray) -> wire.Saved | None:
        """The same from an array, onto the mask as it stands."""
        from .voxels import push_array

        return push_array(self.api, self.row, edited)

    def grade(self, label: int, answer: wire.GradingAnswerInputRequest) -> wire.Grading:
        """Grade one vertebra; ``label`` is VerSe's number (L1 is 20)."""
        return self.api.grading_put(self.id, label, answer)

    def grade_rest_normal(self, labels: list[int] | None = None) -> list[wire.Grading]:
        """Call normal what has no grade yet: these, or all that are to be graded."""
        if labels is None:
            graded = {grading["label"] for grading in self.api.gradings_list(self.id)}
            labels = [label for label in self.refresh().row["gradable"] if label not in graded]
        return self.api.gradings_normal_rest(self.id, {"labels": labels}) if labels else []

    def findings(self) -> list[wire.Finding]:
        """What looks odd in the mask as the site has it; those with ``rule`` ``block`` want an answer."""
        return self.api.findings_list(self.id)

    def choose(
        self, label: int, choice: Choice, *, source: str | None = None, reason: str = ""
    ) -> wire.Applied:
        """In an adjudication: take a vertebra as fused, as one source has it, or as painted."""
        return self.api.adjudication_choose(
            self.id, {"label": label, "choice": choice, "slot": source, "reason": reason}
        )

    def decide(self, *, accept: bool, comment: str = "", active_seconds: int = 0) -> wire.ReviewDecision:
        """In a review: accept the case, or give it back."""
        return self.api.review_decide(
            self.id, {"accept": accept, "comment": comment, "active_seconds": active_seconds}
        )

    def submit(
        self,
        *,
        comment: str = "",
        active_seconds: int = 0,
        answers: list[wire.FindingAnswerRequest] | None = None,
    ) -> wire.Submission:
        """Hand in what the site has now. Raises ``Invalid``, such as ``gradings_missing``."""
        digest = self.api.assignment_mask(self.id).headers["X-Vertebase-Digest"]
        body: wire.SubmitInputRequest = {
            "digest": digest,
            "active_seconds": active_seconds,
            "comment": comment,
            "answers": answers or [],
        }
        return self.api.assignment_submit(self.id, body)

    def give_back(self) -> None:
        """Let somebody else do it."""
        self.api.assignment_release(self.id)

    def refresh(self) -> Self:
        """Ask the site again."""
        self.row = self.api.assignment_get(self.id)
        return self
