"""Every operation of the API. Written by `make api`, not to be edited by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Literal, cast

import httpx

from . import wire_generated as wire
from .transport import Transport, part


class Operations(Transport):
    """One method for each operation, named as in the schema. All raise `SiteError` where the site refuses."""

    def adjudication_choose(self, assignment_id: str, body: wire.ChoiceInputRequest) -> wire.Applied:
        """Take one vertebra from a source; the server edits the mask, the client applies the delta.
        ``label`` is the vertebra's name in the adjudicated mask; what the source calls it makes no
        odds.
        """
        return cast(
            "wire.Applied",
            self.json(
                "POST",
                f"/api/v1/assignments/{part(assignment_id)}/choices",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def adjudication_names(self, assignment_id: str, body: wire.NamesInputRequest) -> wire.Applied:
        """Name the disputed vertebrae once, from the head down; shapes stay as they are."""
        return cast(
            "wire.Applied",
            self.json(
                "POST",
                f"/api/v1/assignments/{part(assignment_id)}/names",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def adjudication_source_mask(self, assignment_id: str, key: str) -> httpx.Response:
        """A mask that the adjudicator may take from: ``fused``, ``A``, ``B``, ..."""
        return self.send("GET", f"/api/v1/assignments/{part(assignment_id)}/sources/{part(key)}/mask")

    def answer_key_drop(self, answer_key_id: str) -> None:
        """Make no new copies of this case (manager)."""
        self.send("DELETE", f"/api/v1/answer-keys/{part(answer_key_id)}")

    def answer_key_set(self, slug: str, body: wire.AnswerKeyInputRequest) -> None:
        """Use a case for training, or as a gold case (manager). Its accepted mask is the answer."""
        self.send("POST", f"/api/v1/projects/{part(slug)}/answer-keys", body=body)

    def assignment_active_time(
        self, assignment_id: str, body: wire.ActiveTimeInputRequest
    ) -> wire.ActiveTime:
        """Add time that was worked since the last report."""
        return cast(
            "wire.ActiveTime",
            self.json(
                "POST",
                f"/api/v1/assignments/{part(assignment_id)}/active-time",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def assignment_desktop(self, assignment_id: str) -> httpx.Response:
        """CT and mask as 3D Slicer and ITK-SNAP open them, with names and colours, as one zip."""
        return self.send("GET", f"/api/v1/assignments/{part(assignment_id)}/desktop")

    def assignment_desktop_mask(
        self,
        assignment_id: str,
        content: bytes,
        *,
        name: str,
        base_revision: int | None = None,
        numbering: str | None = None,
        replace: bool | None = None,
    ) -> wire.DesktopChange:
        """What a mask from another program (NIfTI, `.seg.nrrd`) would change; nothing is changed. 409
        `mask_moved_on` when the mask was edited here since the file was taken.
        """
        return cast(
            "wire.DesktopChange",
            self.json(
                "POST",
                f"/api/v1/assignments/{part(assignment_id)}/desktop/mask",
                query={
                    "base_revision": base_revision,
                    "name": name,
                    "numbering": numbering,
                    "replace": replace,
                },
                content=content,
                content_type="application/octet-stream",
            ),
        )

    def assignment_doubt(self, assignment_id: str) -> httpx.Response:
        """Where the engine doubted the mask that the work starts from (VBD1): 0 certain to 255 one bit.
        404 `no_doubt` where another than an engine made that mask.
        """
        return self.send("GET", f"/api/v1/assignments/{part(assignment_id)}/doubt")

    def assignment_feedback(self, assignment_id: str) -> wire.Feedback:
        """How my training case went; only training has this."""
        return cast("wire.Feedback", self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/feedback"))

    def assignment_feedback_picture(self, assignment_id: str, label: int) -> httpx.Response:
        """My outline of one vertebra (orange) over the answer's (green)."""
        return self.send("GET", f"/api/v1/assignments/{part(assignment_id)}/feedback/{part(label)}.png")

    def assignment_get(self, assignment_id: str) -> wire.Assignment:
        """Everything the workstation needs."""
        return cast("wire.Assignment", self.json("GET", f"/api/v1/assignments/{part(assignment_id)}"))

    def assignment_mask(self, assignment_id: str) -> httpx.Response:
        """The mask as it stands (VBD1); headers X-Vertebase-Revision and X-Vertebase-Digest."""
        return self.send("GET", f"/api/v1/assignments/{part(assignment_id)}/mask")

    def assignment_measurements(
        self, assignment_id: str, *, label: int | None = None
    ) -> list[wire.Measurement]:
        """Heights of the gradable vertebrae of my mask; what they suggest, once I have answered."""
        return cast(
            "list[wire.Measurement]",
            self.json(
                "GET", f"/api/v1/assignments/{part(assignment_id)}/measurements", query={"label": label}
            ),
        )

    def assignment_open(self, assignment_id: str) -> wire.Assignment:
        """Begin: makes the edit session where the mask is edited. Safe to repeat."""
        return cast("wire.Assignment", self.json("POST", f"/api/v1/assignments/{part(assignment_id)}/open"))

    def assignment_refine(self, assignment_id: str, body: wire.RefineInputRequest) -> httpx.Response:
        """What the mask would become, as a VBD1 delta on the saved mask; nothing is changed. Send all
        clicks since the last edit each time. On a level without a voxel the first positive click is
        taken for the middle of its body, and the engine draws what is there. X-Vertebase-Revision names
        the revision that the delta is for, X-Vertebase-Changed the number of voxels it changes.
        """
        return self.send("POST", f"/api/v1/assignments/{part(assignment_id)}/refine", body=body)

    def assignment_release(self, assignment_id: str) -> None:
        """Give work back (one's own; managers: anybody's)."""
        self.send("POST", f"/api/v1/assignments/{part(assignment_id)}/release")

    def assignment_submit(self, assignment_id: str, body: wire.SubmitInputRequest) -> wire.Submission:
        """Hand in. 409 `digest_mismatch`, `findings_unanswered` or `naming_unanswered`. 400
        `gradings_missing` with labels.
        """
        return cast(
            "wire.Submission",
            self.json(
                "POST",
                f"/api/v1/assignments/{part(assignment_id)}/submit",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def assignment_surfaces(
        self, assignment_id: str, *, have: str | None = None, labels: str | None = None
    ) -> httpx.Response:
        """Surfaces of the vertebrae of my mask (VBS1), less those that `have` names by their digest.
        Header X-Vertebase-Digest names the mask, X-Vertebase-Shapes all its levels with the digests of
        their voxels (20:0123456789abcdef,21:...).
        """
        return self.send(
            "GET",
            f"/api/v1/assignments/{part(assignment_id)}/surfaces",
            query={"have": have, "labels": labels},
        )

    def assignments_list(
        self, *, state: Literal["open", "submitted", "all"] | None = None
    ) -> Iterator[wire.AssignmentSummary]:
        """My own work over all projects, returned work first."""
        return cast(
            "Iterator[wire.AssignmentSummary]", self.pages("/api/v1/assignments", query={"state": state})
        )

    def automation_bias(self, slug: str) -> wire.AutomationBias:
        """Results that began from the engine's mask beside those that began blank (manager)."""
        return cast("wire.AutomationBias", self.json("GET", f"/api/v1/projects/{part(slug)}/automation-bias"))

    def automation_bias_compute(self, slug: str) -> wire.AutomationBias:
        """Compute the figures anew, where they are kept (manager)."""
        return cast(
            "wire.AutomationBias", self.json("POST", f"/api/v1/projects/{part(slug)}/automation-bias")
        )

    def batch(self, batch_id: str) -> wire.Batch:
        """GET /api/v1/batches/{batch_id}"""
        return cast("wire.Batch", self.json("GET", f"/api/v1/batches/{part(batch_id)}"))

    def batch_create(self, slug: str, *, size_bytes: int | None = None) -> wire.Batch:
        """Open a batch; 413 where its files would go over what the project or the site may keep."""
        return cast(
            "wire.Batch",
            self.json("POST", f"/api/v1/projects/{part(slug)}/batches", query={"size_bytes": size_bytes}),
        )

    def batch_process(self, batch_id: str) -> wire.Batch:
        """Start the ingest; asked again, it changes nothing."""
        return cast("wire.Batch", self.json("POST", f"/api/v1/batches/{part(batch_id)}/process"))

    def batch_withdraw(self, batch_id: str) -> wire.Batch:
        """Take back an upload that is incomplete, stuck, failed or refused whole; its files are deleted."""
        return cast("wire.Batch", self.json("POST", f"/api/v1/batches/{part(batch_id)}/withdraw"))

    def batches(self, slug: str) -> Iterator[wire.Batch]:
        """GET /api/v1/projects/{slug}/batches"""
        return cast("Iterator[wire.Batch]", self.pages(f"/api/v1/projects/{part(slug)}/batches"))

    def bone_density(self, slug: str) -> Iterator[wire.SeriesDensity]:
        """HU and bone density of the series, page by page (physicist, manager)."""
        return cast("Iterator[wire.SeriesDensity]", self.pages(f"/api/v1/projects/{part(slug)}/bone-density"))

    def calibration_enter(self, slug: str, body: wire.CalibrationInputRequest) -> wire.Calibration:
        """Enter a record; it counts once it is verified."""
        return cast(
            "wire.Calibration", self.json("POST", f"/api/v1/projects/{part(slug)}/calibrations", body=body)
        )

    def calibration_retire(self, calibration_id: str, body: wire.RetirementInputRequest) -> wire.Calibration:
        """Let a record count no more."""
        return cast(
            "wire.Calibration",
            self.json("POST", f"/api/v1/calibrations/{part(calibration_id)}/retire", body=body),
        )

    def calibration_verify(
        self, calibration_id: str, body: wire.VerificationInputRequest
    ) -> wire.Calibration:
        """Let a candidate count."""
        return cast(
            "wire.Calibration",
            self.json("POST", f"/api/v1/calibrations/{part(calibration_id)}/verify", body=body),
        )

    def calibrations(self, slug: str) -> Iterator[wire.Calibration]:
        """The project's records (physicist, manager)."""
        return cast("Iterator[wire.Calibration]", self.pages(f"/api/v1/projects/{part(slug)}/calibrations"))

    def case_consensus(self, case_id: str) -> wire.Consensus:
        """How the raters compare, what was fused, and what was decided. Raters are letters here."""
        return cast("wire.Consensus", self.json("GET", f"/api/v1/cases/{part(case_id)}/consensus"))

    def case_exclude(self, case_id: str, body: wire.ExcludeInputRequest) -> None:
        """Take a case out of the data for good, for a reason kept on record (manager)."""
        self.send("POST", f"/api/v1/cases/{part(case_id)}/exclusion", body=body)

    def case_fuse(self, case_id: str, body: wire.FuseInputRequest) -> wire.Started:
        """Fuse again with other parameters (manager); the former results stay."""
        return cast("wire.Started", self.json("POST", f"/api/v1/cases/{part(case_id)}/fusions", body=body))

    def case_get(self, case_id: str) -> wire.CaseDetail:
        """A case with everything that happened to it (manager)."""
        return cast("wire.CaseDetail", self.json("GET", f"/api/v1/cases/{part(case_id)}"))

    def case_grade_history(self, case_id: str) -> list[wire.StoodGrade]:
        """How the final grades came about (whoever may see the case's consensus)."""
        return cast("list[wire.StoodGrade]", self.json("GET", f"/api/v1/cases/{part(case_id)}/grade-history"))

    def case_looked(self, case_id: str) -> list[wire.LookedAt]:
        """What people had ticked as looked at when they submitted their work on the case (manager)."""
        return cast("list[wire.LookedAt]", self.json("GET", f"/api/v1/cases/{part(case_id)}/looked"))

    def case_mask(self, case_id: str, mask_id: str) -> httpx.Response:
        """Any mask version of a case (VBD1), for those who may see everybody's work; to others their own."""
        return self.send("GET", f"/api/v1/cases/{part(case_id)}/masks/{part(mask_id)}")

    def case_mask_changes(self, case_id: str, mask_id: str, other_id: str) -> wire.Changes:
        """What the second version adds to and takes from the first, label by label."""
        return cast(
            "wire.Changes",
            self.json("GET", f"/api/v1/cases/{part(case_id)}/masks/{part(mask_id)}/changes/{part(other_id)}"),
        )

    def case_mask_surfaces(
        self, case_id: str, mask_id: str, *, have: str | None = None, labels: str | None = None
    ) -> httpx.Response:
        """Surfaces of the vertebrae of such a mask (VBS1), as those of one's own work."""
        return self.send(
            "GET",
            f"/api/v1/cases/{part(case_id)}/masks/{part(mask_id)}/surfaces",
            query={"have": have, "labels": labels},
        )

    def case_patch(self, case_id: str, body: wire.PatchedCaseChangesInputRequest) -> wire.CaseDetail:
        """Change how urgent a case is (manager)."""
        return cast("wire.CaseDetail", self.json("PATCH", f"/api/v1/cases/{part(case_id)}", body=body))

    def case_put_back(self, case_id: str) -> None:
        """Let an excluded case count again, where it stood (manager)."""
        self.send("DELETE", f"/api/v1/cases/{part(case_id)}/exclusion")

    def case_unblind(self, case_id: str, body: wire.UnblindInputRequest) -> None:
        """See the names behind a case of a double-blind project, for a reason kept on record (manager)."""
        self.send("POST", f"/api/v1/cases/{part(case_id)}/unblind", body=body)

    def case_view(self, case_id: str) -> wire.CaseToLookAt:
        """A case to look at: with every mask, or for who rates it blindly with their own."""
        return cast("wire.CaseToLookAt", self.json("GET", f"/api/v1/cases/{part(case_id)}/view"))

    def case_view_remove(self, slug: str, case_view_id: str) -> None:
        """Remove one of my views (managers)."""
        self.send("DELETE", f"/api/v1/projects/{part(slug)}/case-views/{part(case_view_id)}")

    def case_view_save(self, slug: str, body: wire.CaseViewInputRequest) -> wire.CaseView:
        """Keep filters under a name; my view of that name takes the new ones (managers)."""
        return cast(
            "wire.CaseView", self.json("POST", f"/api/v1/projects/{part(slug)}/case-views", body=body)
        )

    def case_views(self, slug: str) -> Iterator[wire.CaseView]:
        """My saved views of the list of cases, and those that others share (managers)."""
        return cast("Iterator[wire.CaseView]", self.pages(f"/api/v1/projects/{part(slug)}/case-views"))

    def cases_bulk(self, slug: str, body: wire.BulkInputRequest) -> list[wire.Outcome]:
        """Give, spread, reassign, take back, prioritise, tag, exclude or put back many cases."""
        return cast(
            "list[wire.Outcome]", self.json("POST", f"/api/v1/projects/{part(slug)}/cases/bulk", body=body)
        )

    def cases_ids(
        self,
        slug: str,
        *,
        ordering: Literal["alias", "due_on", "priority", "uncertainty", "updated_at"] | None = None,
        search: str | None = None,
        stage: str | None = None,
        state: Literal["waiting", "in_progress", "accepted", "excluded", ""] | None = None,
        tag: str | None = None,
    ) -> wire.CaseIds:
        """The ids of all cases that match, over all pages, in their order, to act on them (manager)."""
        return cast(
            "wire.CaseIds",
            self.json(
                "GET",
                f"/api/v1/projects/{part(slug)}/cases/ids",
                query={"ordering": ordering, "search": search, "stage": stage, "state": state, "tag": tag},
            ),
        )

    def cases_list(
        self,
        slug: str,
        *,
        ordering: Literal["alias", "due_on", "priority", "uncertainty", "updated_at"] | None = None,
        search: str | None = None,
        stage: str | None = None,
        state: Literal["waiting", "in_progress", "accepted", "excluded", ""] | None = None,
        tag: str | None = None,
    ) -> Iterator[wire.CaseCard]:
        """The cases of a project that I manage; nothing for others."""
        return cast(
            "Iterator[wire.CaseCard]",
            self.pages(
                f"/api/v1/projects/{part(slug)}/cases",
                query={"ordering": ordering, "search": search, "stage": stage, "state": state, "tag": tag},
            ),
        )

    def cases_return(self, slug: str, body: wire.ReturnInputRequest) -> list[wire.Outcome]:
        """Send cases one step back: from accepted to a review, from a review to the work behind it."""
        return cast(
            "list[wire.Outcome]", self.json("POST", f"/api/v1/projects/{part(slug)}/cases/return", body=body)
        )

    def cases_tags(self, slug: str) -> list[wire.CaseTag]:
        """The tags that cases of the project have (manager)."""
        return cast("list[wire.CaseTag]", self.json("GET", f"/api/v1/projects/{part(slug)}/cases/tags"))

    def challenge_ask_to_join(self, team_id: str, body: wire.JoinInputRequest) -> wire.Challenge:
        """Accept the rules and ask a team's captain to be taken in."""
        return cast("wire.Challenge", self.json("POST", f"/api/v1/teams/{part(team_id)}/members", body=body))

    def challenge_corrected_boards(self, challenge_id: str) -> wire.CorrectedBoards:
        """The leaderboards on corrected versions, oldest first; as the first ones, kept back alike."""
        return cast(
            "wire.CorrectedBoards", self.json("GET", f"/api/v1/challenges/{part(challenge_id)}/corrected")
        )

    def challenge_discard(self, challenge_id: str) -> None:
        """DELETE /api/v1/challenges/{challenge_id}"""
        self.send("DELETE", f"/api/v1/challenges/{part(challenge_id)}")

    def challenge_draft(self, release_id: str, body: wire.ChallengeInputRequest) -> wire.Challenge:
        """Draft a challenge on a frozen release (manager)."""
        return cast(
            "wire.Challenge", self.json("POST", f"/api/v1/releases/{part(release_id)}/challenges", body=body)
        )

    def challenge_get(self, challenge_id: str) -> wire.Challenge:
        """A challenge with its rules, phases and teams, and what I am in it."""
        return cast("wire.Challenge", self.json("GET", f"/api/v1/challenges/{part(challenge_id)}"))

    def challenge_keys(self, challenge_id: str, split: str) -> Iterator[wire.EvaluationKey]:
        """The keys that results of a phase are signed with, newest first (managers and custodians)."""
        return cast(
            "Iterator[wire.EvaluationKey]",
            self.pages(f"/api/v1/challenges/{part(challenge_id)}/phases/{part(split)}/keys"),
        )

    def challenge_leaderboard(self, challenge_id: str, split: str) -> wire.Leaderboard:
        """A phase's leaderboard; of a secret phase only once it is over."""
        return cast(
            "wire.Leaderboard",
            self.json("GET", f"/api/v1/challenges/{part(challenge_id)}/phases/{part(split)}/leaderboard"),
        )

    def challenge_leave_team(self, team_id: str, member_id: str) -> None:
        """Leave, take back a request, or (captain) turn one down; not once the team has submitted."""
        self.send("DELETE", f"/api/v1/teams/{part(team_id)}/members/{part(member_id)}")

    def challenge_make_key(
        self, challenge_id: str, split: str, body: wire.EvaluationKeyInputRequest
    ) -> wire.EvaluationKeyFile:
        """Make a key; its secret is told this once (managers; of a sealed part who reads it)."""
        return cast(
            "wire.EvaluationKeyFile",
            self.json(
                "POST", f"/api/v1/challenges/{part(challenge_id)}/phases/{part(split)}/keys", body=body
            ),
        )

    def challenge_make_team(self, challenge_id: str, body: wire.TeamInputRequest) -> wire.Challenge:
        """Accept the rules and make a team of my own."""
        return cast(
            "wire.Challenge", self.json("POST", f"/api/v1/challenges/{part(challenge_id)}/teams", body=body)
        )

    def challenge_open(self, challenge_id: str) -> wire.Challenge:
        """Show it to the project's researchers; its rules and tasks stay from now on (manager)."""
        return cast("wire.Challenge", self.json("POST", f"/api/v1/challenges/{part(challenge_id)}/open"))

    def challenge_redraft(self, challenge_id: str, body: wire.ChallengeInputRequest) -> wire.Challenge:
        """Set a draft anew (manager)."""
        return cast("wire.Challenge", self.json("PUT", f"/api/v1/challenges/{part(challenge_id)}", body=body))

    def challenge_rescore(self, challenge_id: str, body: wire.RescoringInputRequest) -> wire.CorrectedBoards:
        """Score each team's counted submission again on a corrected version (manager)."""
        return cast(
            "wire.CorrectedBoards",
            self.json("POST", f"/api/v1/challenges/{part(challenge_id)}/corrected", body=body),
        )

    def challenge_revoke_key(self, challenge_id: str, split: str, key_id: str) -> None:
        """Revoke a key for good; results that were taken stay (managers and custodians)."""
        self.send(
            "DELETE", f"/api/v1/challenges/{part(challenge_id)}/phases/{part(split)}/keys/{part(key_id)}"
        )

    def challenge_send_result(
        self, challenge_id: str, split: str, body: wire.SignedResultInputRequest
    ) -> wire.SignedResultTaken:
        """Send a result that was evaluated elsewhere; without an account, signed with a key of the phase."""
        return cast(
            "wire.SignedResultTaken",
            self.json(
                "POST",
                f"/api/v1/challenges/{part(challenge_id)}/phases/{part(split)}/signed-results",
                body=body,
            ),
        )

    def challenge_set_phase(
        self, challenge_id: str, split: str, body: wire.ChallengePhaseInputRequest
    ) -> wire.Challenge:
        """Set when a part (validation or test) takes submissions (manager)."""
        return cast(
            "wire.Challenge",
            self.json("PUT", f"/api/v1/challenges/{part(challenge_id)}/phases/{part(split)}", body=body),
        )

    def challenge_submission(self, submission_id: str) -> wire.ChallengeSubmissionDetail:
        """A submission of my team (or any, to organisers), with its cases where they may be seen now."""
        return cast(
            "wire.ChallengeSubmissionDetail", self.json("GET", f"/api/v1/submissions/{part(submission_id)}")
        )

    def challenge_submissions(self, challenge_id: str, split: str) -> Iterator[wire.ChallengeSubmission]:
        """My team's submissions to a phase, newest first; all of them to organisers."""
        return cast(
            "Iterator[wire.ChallengeSubmission]",
            self.pages(f"/api/v1/challenges/{part(challenge_id)}/phases/{part(split)}/submissions"),
        )

    def challenge_submit(self, challenge_id: str, split: str, content: bytes) -> wire.ChallengeSubmission:
        """Send a zip with a mask for each case, named as in the release, and centroid files if any."""
        return cast(
            "wire.ChallengeSubmission",
            self.json(
                "POST",
                f"/api/v1/challenges/{part(challenge_id)}/phases/{part(split)}/submissions",
                content=content,
                content_type="application/zip",
            ),
        )

    def challenge_take_in(self, team_id: str, member_id: str) -> wire.Challenge:
        """Take somebody in who asked (captain)."""
        return cast(
            "wire.Challenge", self.json("PUT", f"/api/v1/teams/{part(team_id)}/members/{part(member_id)}")
        )

    def challenge_upload_append(
        self, prediction_id: str, content: bytes, *, upload_offset: int, upload_checksum: str | None = None
    ) -> httpx.Response:
        """PATCH /api/v1/uploads/predictions/{prediction_id}/"""
        return self.send(
            "PATCH",
            f"/api/v1/uploads/predictions/{part(prediction_id)}/",
            headers={"Upload-Checksum": upload_checksum, "Upload-Offset": upload_offset},
            content=content,
            content_type="application/offset+octet-stream",
        )

    def challenge_upload_create(self, *, upload_length: int, upload_metadata: str) -> httpx.Response:
        """Announce an archive of predictions. Metadata: ``challenge``, ``phase``, ``filename``."""
        return self.send(
            "POST",
            "/api/v1/uploads/predictions/",
            headers={"Upload-Length": upload_length, "Upload-Metadata": upload_metadata},
        )

    def challenge_upload_offset(self, prediction_id: str) -> httpx.Response:
        """How much of the archive has arrived."""
        return self.send("HEAD", f"/api/v1/uploads/predictions/{part(prediction_id)}/")

    def challenge_upload_submit(self, prediction_id: str) -> wire.ChallengeSubmission:
        """Hand in an archive that has arrived whole; asked again, the same submission is answered."""
        return cast(
            "wire.ChallengeSubmission",
            self.json("POST", f"/api/v1/uploads/predictions/{part(prediction_id)}/submit"),
        )

    def challenge_upload_terminate(self, prediction_id: str) -> httpx.Response:
        """Discard the archive."""
        return self.send("DELETE", f"/api/v1/uploads/predictions/{part(prediction_id)}/")

    def challenge_uploads(self, challenge_id: str, split: str) -> Iterator[wire.PendingSubmission]:
        """My archives to a phase that are on their way or wait to be handed in, newest first."""
        return cast(
            "Iterator[wire.PendingSubmission]",
            self.pages(f"/api/v1/challenges/{part(challenge_id)}/phases/{part(split)}/uploads"),
        )

    def challenges_list(self, *, release: str | None = None) -> Iterator[wire.ChallengeSummary]:
        """The challenges that I may see, newest first."""
        return cast(
            "Iterator[wire.ChallengeSummary]", self.pages("/api/v1/challenges", query={"release": release})
        )

    def comment_add(self, assignment_id: str, body: wire.PinInputRequest) -> wire.Comment:
        """Pin a comment to a vertebra or a voxel, or answer one."""
        return cast(
            "wire.Comment",
            self.json(
                "POST",
                f"/api/v1/assignments/{part(assignment_id)}/comments",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def comment_resolve(
        self, assignment_id: str, comment_id: str, body: wire.ThreadInputRequest
    ) -> wire.Comment:
        """Close a thread, or open it again."""
        return cast(
            "wire.Comment",
            self.json(
                "PUT",
                f"/api/v1/assignments/{part(assignment_id)}/comments/{part(comment_id)}/resolved",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def comments_list(self, assignment_id: str) -> list[wire.Comment]:
        """The comments on this case that I may read."""
        return cast(
            "list[wire.Comment]", self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/comments")
        )

    def comparison_retry(self, case_id: str) -> wire.Started:
        """Make the failed comparison of a case again (manager)."""
        return cast("wire.Started", self.json("POST", f"/api/v1/cases/{part(case_id)}/comparison/retry"))

    def concern_raise(self, assignment_id: str, body: wire.ConcernInputRequest) -> None:
        """Tell the manager about my task, and give it back where asked. 400 `concern_unexplained`."""
        self.send("POST", f"/api/v1/assignments/{part(assignment_id)}/concern", body=body)

    def concern_settle(self, assignment_id: str) -> None:
        """Note that what was told of a task is dealt with (manager)."""
        self.send("POST", f"/api/v1/assignments/{part(assignment_id)}/concern/settled")

    def config(self) -> wire.Config:
        """What a visitor may know of the site; demo accounts in the embedded demo only."""
        return cast("wire.Config", self.json("GET", "/api/v1/config"))

    def drift(self, slug: str) -> wire.Drift:
        """Raters whose figures have left their own band, with the cases behind that (manager)."""
        return cast("wire.Drift", self.json("GET", f"/api/v1/projects/{part(slug)}/drift"))

    def drift_compute(self, slug: str) -> wire.Drift:
        """Look the raters over now (manager)."""
        return cast("wire.Drift", self.json("POST", f"/api/v1/projects/{part(slug)}/drift"))

    def drift_dismiss(self, slug: str, drift_id: str, body: wire.DriftReasonInputRequest) -> None:
        """Say that a warning needs nothing to be done, and why (manager). 409 `drift_settled`."""
        self.send("POST", f"/api/v1/projects/{part(slug)}/drift/{part(drift_id)}/dismiss", body=body)

    def drift_retrain(self, slug: str, drift_id: str, body: wire.DriftReasonInputRequest) -> None:
        """Send the rater to the training again (manager). 409 `no_training` or `drift_settled`."""
        self.send("POST", f"/api/v1/projects/{part(slug)}/drift/{part(drift_id)}/retrain", body=body)

    def edit_effort(self, slug: str) -> wire.EditEffortReport:
        """What raters changed of the engine's masks, by the model that made them (managers)."""
        return cast("wire.EditEffortReport", self.json("GET", f"/api/v1/projects/{part(slug)}/edit-effort"))

    def edit_effort_compute(self, slug: str) -> wire.EditEffortReport:
        """POST /api/v1/projects/{slug}/edit-effort"""
        return cast("wire.EditEffortReport", self.json("POST", f"/api/v1/projects/{part(slug)}/edit-effort"))

    def engines(self) -> list[wire.Engine]:
        """GET /api/v1/engines"""
        return cast("list[wire.Engine]", self.json("GET", "/api/v1/engines"))

    def findings_list(self, assignment_id: str) -> list[wire.Finding]:
        """What looks implausible in my mask: order, gaps, islands, cut-off vertebrae."""
        return cast(
            "list[wire.Finding]", self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/findings")
        )

    def fusion_choose(self, fusion_id: str) -> wire.Fusion:
        """Let this fused mask stand for its task (manager)."""
        return cast("wire.Fusion", self.json("POST", f"/api/v1/fusions/{part(fusion_id)}/choose"))

    def fusion_retry(self, case_id: str, body: wire.RetryFusionInputRequest) -> wire.Started:
        """Make a failed fusion again with the same parameters (manager)."""
        return cast(
            "wire.Started", self.json("POST", f"/api/v1/cases/{part(case_id)}/fusions/retry", body=body)
        )

    def grading_put(
        self, assignment_id: str, label: int, body: wire.GradingAnswerInputRequest
    ) -> wire.Grading:
        """Answer for one vertebra; the former answer is kept as a revision."""
        return cast(
            "wire.Grading",
            self.json(
                "PUT",
                f"/api/v1/assignments/{part(assignment_id)}/gradings/{part(label)}",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def grading_schema(self, slug: str) -> wire.ProjectSchema:
        """What the project asks of each vertebra, and the schemas that ship."""
        return cast("wire.ProjectSchema", self.json("GET", f"/api/v1/projects/{part(slug)}/grading-schema"))

    def grading_schema_set(self, slug: str, body: wire.SchemaInputRequest) -> wire.ProjectSchema:
        """Change what is asked (manager); it holds for answers given from now on."""
        return cast(
            "wire.ProjectSchema", self.json("PUT", f"/api/v1/projects/{part(slug)}/grading-schema", body=body)
        )

    def gradings_list(self, assignment_id: str) -> list[wire.Grading]:
        """My standing answers on this case."""
        return cast(
            "list[wire.Grading]", self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/gradings")
        )

    def gradings_normal_rest(
        self, assignment_id: str, body: wire.NormalRestInputRequest
    ) -> list[wire.Grading]:
        """Grade 0 for those of the labels that have no answer yet; answers with all that stand."""
        return cast(
            "list[wire.Grading]",
            self.json(
                "POST",
                f"/api/v1/assignments/{part(assignment_id)}/gradings/normal-rest",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def group_create(self, slug: str, body: wire.PeopleGroupInputRequest) -> wire.PeopleGroup:
        """Make a group with nobody in it."""
        return cast("wire.PeopleGroup", self.json("POST", f"/api/v1/projects/{part(slug)}/groups", body=body))

    def group_delete(self, slug: str, group_id: str) -> None:
        """Delete a group; its people stay in the project."""
        self.send("DELETE", f"/api/v1/projects/{part(slug)}/groups/{part(group_id)}")

    def group_people(self, slug: str, group_id: str, body: wire.GroupPeopleInputRequest) -> wire.PeopleGroup:
        """Put people in and take people out, many at once."""
        return cast(
            "wire.PeopleGroup",
            self.json("POST", f"/api/v1/projects/{part(slug)}/groups/{part(group_id)}/people", body=body),
        )

    def group_rename(self, slug: str, group_id: str, body: wire.PeopleGroupInputRequest) -> wire.PeopleGroup:
        """Give a group another name."""
        return cast(
            "wire.PeopleGroup",
            self.json("PUT", f"/api/v1/projects/{part(slug)}/groups/{part(group_id)}", body=body),
        )

    def groups(self, slug: str) -> Iterator[wire.PeopleGroup]:
        """Groups of people, by name; for managers, since raters do not know of each other."""
        return cast("Iterator[wire.PeopleGroup]", self.pages(f"/api/v1/projects/{part(slug)}/groups"))

    def guideline_draft(self, slug: str) -> wire.GuidelineDraft:
        """What the next version is to say (manager)."""
        return cast(
            "wire.GuidelineDraft", self.json("GET", f"/api/v1/projects/{part(slug)}/guidelines/draft")
        )

    def guideline_draft_drop(self, slug: str) -> None:
        """Throw the draft away (manager)."""
        self.send("DELETE", f"/api/v1/projects/{part(slug)}/guidelines/draft")

    def guideline_draft_save(self, slug: str, body: wire.GuidelineDraftInputRequest) -> wire.GuidelineDraft:
        """Keep the draft (manager). 409 `draft_changed`: somebody else has saved it meanwhile."""
        return cast(
            "wire.GuidelineDraft",
            self.json("PUT", f"/api/v1/projects/{part(slug)}/guidelines/draft", body=body),
        )

    def guideline_picture(
        self,
        slug: str,
        picture_id: str,
        *,
        range: str | None = None,
        if_range: str | None = None,
        if_none_match: str | None = None,
    ) -> httpx.Response:
        """A picture of the guidelines, for the project's people."""
        return self.send(
            "GET",
            f"/api/v1/projects/{part(slug)}/guidelines/pictures/{part(picture_id)}",
            headers={"Range": range, "If-Range": if_range, "If-None-Match": if_none_match},
        )

    def guideline_picture_add(self, slug: str, content: bytes) -> wire.GuidelinePicture:
        """Add a picture, PNG or JPEG (manager). It is encoded anew: nothing but its pixels is kept."""
        return cast(
            "wire.GuidelinePicture",
            self.json(
                "POST",
                f"/api/v1/projects/{part(slug)}/guidelines/pictures",
                content=content,
                content_type="application/octet-stream",
            ),
        )

    def guideline_read(self, slug: str, number: int, body: wire.ReadInputRequest) -> None:
        """Note that I have read a version; the first time stands."""
        self.send("POST", f"/api/v1/projects/{part(slug)}/guidelines/versions/{part(number)}/read", body=body)

    def guideline_receipts(self, slug: str) -> list[wire.GuidelineReceipt]:
        """Who has read which version (manager)."""
        return cast(
            "list[wire.GuidelineReceipt]",
            self.json("GET", f"/api/v1/projects/{part(slug)}/guidelines/receipts"),
        )

    def guideline_version(self, slug: str, number: int) -> wire.GuidelineVersion:
        """One version as it was published."""
        return cast(
            "wire.GuidelineVersion",
            self.json("GET", f"/api/v1/projects/{part(slug)}/guidelines/versions/{part(number)}"),
        )

    def guidelines(self, slug: str) -> wire.Guidelines:
        """The guidelines in force, and what was published before."""
        return cast("wire.Guidelines", self.json("GET", f"/api/v1/projects/{part(slug)}/guidelines"))

    def guidelines_publish(self, slug: str, body: wire.GuidelinePublishInputRequest) -> wire.GuidelineVersion:
        """Make the draft the version in force (manager). 409 `nothing_new` or `draft_changed`."""
        return cast(
            "wire.GuidelineVersion",
            self.json("POST", f"/api/v1/projects/{part(slug)}/guidelines/publish", body=body),
        )

    def held_mask_confirm(self, held_mask_id: str, body: wire.NumberingInputRequest) -> wire.HeldMask:
        """Say which level each number is: the mask becomes the CT's first one."""
        return cast(
            "wire.HeldMask", self.json("POST", f"/api/v1/held-masks/{part(held_mask_id)}/confirm", body=body)
        )

    def held_mask_refuse(self, held_mask_id: str, body: wire.RefuseMaskInputRequest) -> wire.HeldMask:
        """Do without the mask: the project's engine makes the first one."""
        return cast(
            "wire.HeldMask", self.json("POST", f"/api/v1/held-masks/{part(held_mask_id)}/refuse", body=body)
        )

    def held_mask_take_back(self, held_mask_id: str) -> wire.HeldMask:
        """Take a refusal back: the mask waits again for its numbers to be confirmed."""
        return cast("wire.HeldMask", self.json("POST", f"/api/v1/held-masks/{part(held_mask_id)}/take-back"))

    def held_masks(self, slug: str, *, open: bool | None = None) -> Iterator[wire.HeldMask]:
        """Masks whose numbers are not plainly VerSe's; for the project's managers."""
        return cast(
            "Iterator[wire.HeldMask]",
            self.pages(f"/api/v1/projects/{part(slug)}/held-masks", query={"open": open}),
        )

    def home(self) -> wire.Home:
        """All that waits for me, over all my projects: tasks, new projects, what is stuck, releases."""
        return cast("wire.Home", self.json("GET", "/api/v1/home"))

    def inclusion_kept_out(self, slug: str) -> list[wire.KeptOut]:
        """The rules that keep series out, with how many (manager)."""
        return cast(
            "list[wire.KeptOut]", self.json("GET", f"/api/v1/projects/{part(slug)}/inclusion/kept-out")
        )

    def inclusion_rules(self, slug: str) -> list[wire.Rule]:
        """The project's inclusion rules (manager)."""
        return cast("list[wire.Rule]", self.json("GET", f"/api/v1/projects/{part(slug)}/inclusion"))

    def inclusion_rules_set(self, slug: str, body: wire.RulesInputRequest) -> list[wire.Rule]:
        """Change the rules; every series is checked by them at once."""
        return cast(
            "list[wire.Rule]", self.json("PUT", f"/api/v1/projects/{part(slug)}/inclusion", body=body)
        )

    def inclusion_state(self, series_id: str, rule_id: str, body: wire.StateInputRequest) -> wire.Verdict:
        """Say how a rule stands, with the fact (manager)."""
        return cast(
            "wire.Verdict",
            self.json("PUT", f"/api/v1/series/{part(series_id)}/inclusion/{part(rule_id)}", body=body),
        )

    def inclusion_waive(self, series_id: str, rule_id: str, body: wire.WaiverInputRequest) -> wire.Verdict:
        """Waive a rule that failed, with the reason (manager)."""
        return cast(
            "wire.Verdict",
            self.json("PUT", f"/api/v1/series/{part(series_id)}/inclusion/{part(rule_id)}/waiver", body=body),
        )

    def inclusion_waive_many(
        self, slug: str, rule_id: str, body: wire.WaiveManyInputRequest
    ) -> list[wire.WaiverOutcome]:
        """Waive a rule for many series, with the reason; answers for each (manager)."""
        return cast(
            "list[wire.WaiverOutcome]",
            self.json("POST", f"/api/v1/projects/{part(slug)}/inclusion/{part(rule_id)}/waivers", body=body),
        )

    def inclusion_waiver_withdraw(self, series_id: str, rule_id: str) -> wire.Verdict:
        """Take the waiver back (manager)."""
        return cast(
            "wire.Verdict",
            self.json("DELETE", f"/api/v1/series/{part(series_id)}/inclusion/{part(rule_id)}/waiver"),
        )

    def inclusion_waivers_withdraw(
        self, slug: str, rule_id: str, body: wire.WithdrawWaiversInputRequest
    ) -> list[wire.WaiverOutcome]:
        """Take the waivers of a rule back for many series; answers for each (manager)."""
        return cast(
            "list[wire.WaiverOutcome]",
            self.json(
                "POST", f"/api/v1/projects/{part(slug)}/inclusion/{part(rule_id)}/waivers/withdraw", body=body
            ),
        )

    def invitation_accept(self, body: wire.AcceptInputRequest) -> wire.Accepted:
        """Take an invitation up: with a new account, or as who one is signed in as."""
        return cast("wire.Accepted", self.json("POST", "/api/v1/invitations/accept", body=body))

    def invitation_create(self, slug: str, body: wire.InvitationInputRequest) -> wire.NewInvitation:
        """Offer a role to an address, with or without an account; a second time ends the former link."""
        return cast(
            "wire.NewInvitation", self.json("POST", f"/api/v1/projects/{part(slug)}/invitations", body=body)
        )

    def invitation_offer(self, body: wire.InvitationTokenInputRequest) -> wire.Offer:
        """What a link offers; 404 where it is no longer open."""
        return cast("wire.Offer", self.json("POST", "/api/v1/invitations/offer", body=body))

    def invitation_withdraw(self, slug: str, invitation_id: str) -> None:
        """DELETE /api/v1/projects/{slug}/invitations/{invitation_id}"""
        self.send("DELETE", f"/api/v1/projects/{part(slug)}/invitations/{part(invitation_id)}")

    def invitations(self, slug: str) -> Iterator[wire.Invitation]:
        """Invitations that nobody has taken up."""
        return cast("Iterator[wire.Invitation]", self.pages(f"/api/v1/projects/{part(slug)}/invitations"))

    def job(self, job_id: str) -> wire.Job:
        """GET /api/v1/jobs/{job_id}"""
        return cast("wire.Job", self.json("GET", f"/api/v1/jobs/{part(job_id)}"))

    def job_cancel(self, job_id: str) -> wire.Job:
        """Ask a job to stop; a queued one ends at once. Managers only."""
        return cast("wire.Job", self.json("POST", f"/api/v1/jobs/{part(job_id)}/cancel"))

    def jobs(
        self,
        slug: str,
        *,
        state: Literal["cancelled", "failed", "queued", "running", "succeeded"] | None = None,
    ) -> Iterator[wire.Job]:
        """GET /api/v1/projects/{slug}/jobs"""
        return cast(
            "Iterator[wire.Job]", self.pages(f"/api/v1/projects/{part(slug)}/jobs", query={"state": state})
        )

    def level_looked(
        self, assignment_id: str, label: int, body: wire.LevelLookedInputRequest
    ) -> list[wire.LookedLevel]:
        """Tick a vertebra as looked at, as it is now, or take the tick back."""
        return cast(
            "list[wire.LookedLevel]",
            self.json(
                "PUT",
                f"/api/v1/assignments/{part(assignment_id)}/levels-looked/{part(label)}",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def levels_looked(self, assignment_id: str) -> list[wire.LookedLevel]:
        """The vertebrae of the mask, and which of them I have ticked as looked at."""
        return cast(
            "list[wire.LookedLevel]",
            self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/levels-looked"),
        )

    def mail_wish(self) -> wire.MailWish:
        """How often I am told by mail what is new."""
        return cast("wire.MailWish", self.json("GET", "/api/v1/me/mail"))

    def mail_wish_set(self, body: wire.MailWishInputRequest) -> wire.MailWish:
        """Say how often to be told: never, daily or weekly."""
        return cast("wire.MailWish", self.json("PUT", "/api/v1/me/mail", body=body))

    def me(self) -> wire.Me:
        """GET /api/v1/me"""
        return cast("wire.Me", self.json("GET", "/api/v1/me"))

    def me_update(self, body: wire.PatchedMeInputRequest) -> wire.Me:
        """PATCH /api/v1/me"""
        return cast("wire.Me", self.json("PATCH", "/api/v1/me", body=body))

    def measurement_lines_reset(self, assignment_id: str, label: int) -> wire.Measurement:
        """Back to the automatic lines."""
        return cast(
            "wire.Measurement",
            self.json(
                "DELETE",
                f"/api/v1/assignments/{part(assignment_id)}/measurements/{part(label)}/lines",
                repeatable=True,
                keyed=True,
            ),
        )

    def measurement_lines_set(
        self, assignment_id: str, label: int, body: wire.LinesInputRequest
    ) -> wire.Measurement:
        """Set the three height lines of one vertebra; the automatic ones are kept beside them."""
        return cast(
            "wire.Measurement",
            self.json(
                "PUT",
                f"/api/v1/assignments/{part(assignment_id)}/measurements/{part(label)}/lines",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def measurement_region_reset(self, assignment_id: str, label: int) -> wire.Measurement:
        """Back to the automatic region."""
        return cast(
            "wire.Measurement",
            self.json(
                "DELETE",
                f"/api/v1/assignments/{part(assignment_id)}/measurements/{part(label)}/region",
                repeatable=True,
                keyed=True,
            ),
        )

    def measurement_region_set(
        self, assignment_id: str, label: int, body: wire.RegionInputRequest
    ) -> wire.Measurement:
        """Move and scale the region of interest of one vertebra; the automatic one is kept beside it."""
        return cast(
            "wire.Measurement",
            self.json(
                "PUT",
                f"/api/v1/assignments/{part(assignment_id)}/measurements/{part(label)}/region",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def member_absence(
        self, slug: str, member_id: str, body: wire.AbsenceInputRequest
    ) -> wire.AbsenceOutcome:
        """Note when somebody is away, and whether their work goes back or waits for them."""
        return cast(
            "wire.AbsenceOutcome",
            self.json("POST", f"/api/v1/projects/{part(slug)}/members/{part(member_id)}/absence", body=body),
        )

    def member_add(self, slug: str, body: wire.MemberInputRequest) -> wire.Member:
        """Another role for who is in the project; everybody else is invited, and joins by their own yes."""
        return cast("wire.Member", self.json("POST", f"/api/v1/projects/{part(slug)}/members", body=body))

    def member_remove(self, slug: str, member_id: str) -> None:
        """DELETE /api/v1/projects/{slug}/members/{member_id}"""
        self.send("DELETE", f"/api/v1/projects/{part(slug)}/members/{part(member_id)}")

    def member_update(
        self, slug: str, member_id: str, body: wire.PatchedMemberChangesInputRequest
    ) -> wire.Member:
        """PATCH /api/v1/projects/{slug}/members/{member_id}"""
        return cast(
            "wire.Member",
            self.json("PATCH", f"/api/v1/projects/{part(slug)}/members/{part(member_id)}", body=body),
        )

    def members(self, slug: str) -> Iterator[wire.Member]:
        """Everybody in the project; for its managers, since raters do not know of each other."""
        return cast("Iterator[wire.Member]", self.pages(f"/api/v1/projects/{part(slug)}/members"))

    def model_compare(self, model_id: str) -> wire.ModelComparison:
        """Hold it against the current model on accepted cases of patients neither was trained on."""
        return cast("wire.ModelComparison", self.json("POST", f"/api/v1/models/{part(model_id)}/compare"))

    def model_promote(self, model_id: str) -> wire.Registry:
        """Make it the model of new runs; 409 `not_compared` without a comparison with the current one."""
        return cast("wire.Registry", self.json("POST", f"/api/v1/models/{part(model_id)}/promote"))

    def model_register_onnx(
        self, slug: str, form: Mapping[str, Any], files: Mapping[str, BinaryIO]
    ) -> wire.Registry:
        """Register a network exported as ONNX as a candidate."""
        return cast(
            "wire.Registry",
            self.json("POST", f"/api/v1/projects/{part(slug)}/models/onnx", form=form, files=files),
        )

    def model_roll_back(self, slug: str) -> wire.Registry:
        """Go back to the model that the current one replaced."""
        return cast("wire.Registry", self.json("POST", f"/api/v1/projects/{part(slug)}/models/roll-back"))

    def models(self, slug: str) -> wire.Registry:
        """The project's models, trainings and what could be trained on. Managers only."""
        return cast("wire.Registry", self.json("GET", f"/api/v1/projects/{part(slug)}/models"))

    def my_invitation_answer(self, invitation_id: str, body: wire.AnswerInputRequest) -> wire.Answered:
        """Take an offer up, or decline it."""
        return cast(
            "wire.Answered", self.json("PUT", f"/api/v1/me/invitations/{part(invitation_id)}", body=body)
        )

    def my_invitations(self) -> list[wire.MyInvitation]:
        """What is offered to one's own verified addresses."""
        return cast("list[wire.MyInvitation]", self.json("GET", "/api/v1/me/invitations"))

    def my_load(self, slug: str) -> wire.Load:
        """What I have in hand in a project, my limits there, and why I get nothing new just now."""
        return cast("wire.Load", self.json("GET", f"/api/v1/projects/{part(slug)}/my-load"))

    def my_training(self, slug: str) -> wire.MyTraining:
        """How far I am with the training of a project."""
        return cast("wire.MyTraining", self.json("GET", f"/api/v1/projects/{part(slug)}/training"))

    def naming_answer(self, assignment_id: str, body: wire.NamingAnswerInputRequest) -> wire.NamingQuestion:
        """Say whether names that the engine guessed are right. 409 `naming_answer_unfit` (the mask tells
        otherwise) and `naming_not_asked`.
        """
        return cast(
            "wire.NamingQuestion",
            self.json(
                "PUT",
                f"/api/v1/assignments/{part(assignment_id)}/naming-answer",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def next_assignment(self, slug: str) -> wire.Assignment | None:
        """The task I should work on now; the same one until it is handed in or given back."""
        return cast(
            "wire.Assignment | None", self.json("POST", f"/api/v1/projects/{part(slug)}/next-assignment")
        )

    def operation_append(
        self,
        assignment_id: str,
        content: bytes,
        *,
        base_revision: str,
        operation_id: str,
        operation_kind: str,
        operation_label: str | None = None,
    ) -> wire.Saved:
        """Append one VBD1 delta; 409 `stale_base` when the mask has moved on meanwhile."""
        return cast(
            "wire.Saved",
            self.json(
                "POST",
                f"/api/v1/assignments/{part(assignment_id)}/operations",
                headers={
                    "X-Base-Revision": base_revision,
                    "X-Operation-Id": operation_id,
                    "X-Operation-Kind": operation_kind,
                    "X-Operation-Label": operation_label,
                },
                content=content,
                content_type="application/octet-stream",
                repeatable=True,
            ),
        )

    def operations_list(self, assignment_id: str, *, after: int | None = None) -> list[wire.Operation]:
        """The deltas after a revision, in order."""
        return cast(
            "list[wire.Operation]",
            self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/operations", query={"after": after}),
        )

    def place_looked(self, assignment_id: str, body: wire.PlaceLookedInputRequest) -> list[wire.PlaceTick]:
        """Tick a place as looked at, or take the tick back; answers with all ticks."""
        return cast(
            "list[wire.PlaceTick]",
            self.json(
                "PUT",
                f"/api/v1/assignments/{part(assignment_id)}/places/looked",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def places_list(self, assignment_id: str) -> list[wire.Place]:
        """Where my mask is most likely wrong: leaks, disputed borders, the engine's doubt. A short list."""
        return cast("list[wire.Place]", self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/places"))

    def program_answer(self, body: wire.ProgramAnswerInputRequest) -> wire.WaitingProgram:
        """Let the program that shows this code sign in as you, or refuse it."""
        return cast("wire.WaitingProgram", self.json("POST", "/api/v1/me/programs/answer", body=body))

    def program_ask(self, body: wire.ProgramInputRequest) -> wire.ProgramCodes:
        """A program begins to sign in: it shows the code, and a person confirms it at the site (RFC 8628)."""
        return cast("wire.ProgramCodes", self.json("POST", "/api/v1/device/code", body=body))

    def program_look(self, body: wire.ProgramCodeInputRequest) -> wire.WaitingProgram:
        """Which program shows this code, and what it asks for; from now on only you answer it."""
        return cast("wire.WaitingProgram", self.json("POST", "/api/v1/me/programs/look", body=body))

    def program_token(self, body: wire.ProgramTokenInputRequest) -> wire.ProgramToken:
        """The program asks for its token: 400 `authorization_pending` until the person has answered."""
        return cast("wire.ProgramToken", self.json("POST", "/api/v1/device/token", body=body))

    def project(self, slug: str) -> wire.Project:
        """GET /api/v1/projects/{slug}"""
        return cast("wire.Project", self.json("GET", f"/api/v1/projects/{part(slug)}"))

    def project_agreement(
        self,
        slug: str,
        *,
        group: str | None = None,
        measure: Literal["dice", "hd95_mm", "kappa"] | None = None,
        rater: str | None = None,
    ) -> wire.Agreement:
        """How well the raters agree over all compared cases, as far as that is computed (manager)."""
        return cast(
            "wire.Agreement",
            self.json(
                "GET",
                f"/api/v1/projects/{part(slug)}/agreement",
                query={"group": group, "measure": measure, "rater": rater},
            ),
        )

    def project_agreement_compute(self, slug: str) -> wire.Agreement:
        """Compute the report again that failed (manager)."""
        return cast("wire.Agreement", self.json("POST", f"/api/v1/projects/{part(slug)}/agreement"))

    def project_audit(
        self,
        slug: str,
        *,
        before: str | None = None,
        case: str | None = None,
        person: str | None = None,
        said: str | None = None,
        seen: bool | None = None,
        since: str | None = None,
        until: str | None = None,
        verb: str | None = None,
    ) -> wire.AuditPage:
        """Who did and who saw what in the project, newest first (managers)."""
        return cast(
            "wire.AuditPage",
            self.json(
                "GET",
                f"/api/v1/projects/{part(slug)}/audit",
                query={
                    "before": before,
                    "case": case,
                    "person": person,
                    "said": said,
                    "seen": seen,
                    "since": since,
                    "until": until,
                    "verb": verb,
                },
            ),
        )

    def project_audit_check(self, slug: str) -> wire.ChainCheck:
        """What the last check of the whole chain has shown (managers)."""
        return cast("wire.ChainCheck", self.json("GET", f"/api/v1/projects/{part(slug)}/audit/check"))

    def project_audit_check_start(self, slug: str) -> wire.ChainCheck:
        """Have the whole chain read, as a job (managers)."""
        return cast("wire.ChainCheck", self.json("POST", f"/api/v1/projects/{part(slug)}/audit/check"))

    def project_audit_choices(self, slug: str) -> wire.AuditChoices:
        """By whom and by what the acts can be searched (managers)."""
        return cast("wire.AuditChoices", self.json("GET", f"/api/v1/projects/{part(slug)}/audit/choices"))

    def project_audit_table(
        self,
        slug: str,
        *,
        case: str | None = None,
        person: str | None = None,
        said: str | None = None,
        seen: bool | None = None,
        since: str | None = None,
        until: str | None = None,
        verb: str | None = None,
    ) -> httpx.Response:
        """All acts that fit as CSV, newest first; that it was saved is on record, too (managers)."""
        return self.send(
            "GET",
            f"/api/v1/projects/{part(slug)}/audit/table.csv",
            query={
                "case": case,
                "person": person,
                "said": said,
                "seen": seen,
                "since": since,
                "until": until,
                "verb": verb,
            },
        )

    def project_board(self, slug: str) -> wire.Board:
        """The project at a glance. Managers see cases and people, others the numbers and themselves."""
        return cast("wire.Board", self.json("GET", f"/api/v1/projects/{part(slug)}/board"))

    def project_course(self, slug: str) -> wire.Course:
        """Weeks, forecast, stages, people, coverage, models and ageing cases (managers)."""
        return cast("wire.Course", self.json("GET", f"/api/v1/projects/{part(slug)}/course"))

    def project_course_compute(self, slug: str) -> wire.Course:
        """POST /api/v1/projects/{slug}/course"""
        return cast("wire.Course", self.json("POST", f"/api/v1/projects/{part(slug)}/course"))

    def project_coverage_targets(self, slug: str, body: wire.TargetsInputRequest) -> wire.Course:
        """Say how many accepted vertebrae are wanted of each level or region (managers)."""
        return cast(
            "wire.Course", self.json("PUT", f"/api/v1/projects/{part(slug)}/coverage-targets", body=body)
        )

    def project_create(self, body: wire.ProjectInputRequest) -> wire.Project:
        """POST /api/v1/projects"""
        return cast("wire.Project", self.json("POST", "/api/v1/projects", body=body))

    def project_credit_table(self, slug: str) -> httpx.Response:
        """Hours, cases and vertebrae of each person as CSV, for authorship and pay (managers)."""
        return self.send("GET", f"/api/v1/projects/{part(slug)}/credit.csv")

    def project_events(self, slug: str, *, after: str | None = None) -> wire.Events:
        """What happened after an event (managers): what webhooks are told, for programs that ask. With
        `Accept: text/event-stream` as server-sent events; `Last-Event-ID` stands for `after` then.
        """
        return cast(
            "wire.Events", self.json("GET", f"/api/v1/projects/{part(slug)}/events", query={"after": after})
        )

    def project_hasty_work(self, slug: str) -> list[wire.HastyWork]:
        """Work that was handed in faster than anybody can look at it, newest first (manager)."""
        return cast("list[wire.HastyWork]", self.json("GET", f"/api/v1/projects/{part(slug)}/hasty-work"))

    def project_quality(self, slug: str) -> wire.ProjectQuality:
        """Training, gold cases, repeats and open places of a project (manager)."""
        return cast("wire.ProjectQuality", self.json("GET", f"/api/v1/projects/{part(slug)}/quality"))

    def project_reliability(self, slug: str, *, group: str | None = None) -> wire.Reliability:
        """What is known of each rater's work (manager), or of one's own, as far as blinding allows."""
        return cast(
            "wire.Reliability",
            self.json("GET", f"/api/v1/projects/{part(slug)}/reliability", query={"group": group}),
        )

    def project_reliability_compute(self, slug: str) -> wire.Reliability:
        """Compute the figures anew, where they are kept; what weights it proposes comes with them."""
        return cast("wire.Reliability", self.json("POST", f"/api/v1/projects/{part(slug)}/reliability"))

    def project_reliability_table(self, slug: str, *, group: str | None = None) -> httpx.Response:
        """The reliability report as CSV: a line for each rater whose work one may judge."""
        return self.send(
            "GET", f"/api/v1/projects/{part(slug)}/reliability/table.csv", query={"group": group}
        )

    def project_right(self, body: wire.ProjectRightInputRequest) -> wire.ProjectRight:
        """Let an account create projects, or no longer; for administrators of the site."""
        return cast("wire.ProjectRight", self.json("PUT", "/api/v1/project-rights", body=body))

    def project_statistics(self, slug: str) -> wire.ProjectStatistics:
        """Table 1 and the figures of all accepted cases (manager, radiologist)."""
        return cast("wire.ProjectStatistics", self.json("GET", f"/api/v1/projects/{part(slug)}/statistics"))

    def project_statistics_compute(self, slug: str) -> wire.ProjectStatistics:
        """Compute the figures anew, where they are kept (manager, radiologist)."""
        return cast("wire.ProjectStatistics", self.json("POST", f"/api/v1/projects/{part(slug)}/statistics"))

    def project_statistics_figures(self, slug: str) -> httpx.Response:
        """The counts behind the figures as CSV."""
        return self.send("GET", f"/api/v1/projects/{part(slug)}/statistics/figures.csv")

    def project_statistics_table(self, slug: str) -> httpx.Response:
        """Table 1 as CSV."""
        return self.send("GET", f"/api/v1/projects/{part(slug)}/statistics/table.csv")

    def project_update(self, slug: str, body: wire.PatchedProjectChangesInputRequest) -> wire.Project:
        """PATCH /api/v1/projects/{slug}"""
        return cast("wire.Project", self.json("PATCH", f"/api/v1/projects/{part(slug)}", body=body))

    def projects(self) -> Iterator[wire.Project]:
        """The projects in which one has a part."""
        return cast("Iterator[wire.Project]", self.pages("/api/v1/projects"))

    def protocol_simulation(self, slug: str, body: wire.SimulationInputRequest) -> wire.Simulation:
        """The next 100 cases under a protocol: who, how long, what overlap costs and buys (managers)."""
        return cast(
            "wire.Simulation",
            self.json("POST", f"/api/v1/projects/{part(slug)}/protocol/simulation", body=body),
        )

    def protocols(self) -> list[wire.Protocol]:
        """The protocols that ship with the product."""
        return cast("list[wire.Protocol]", self.json("GET", "/api/v1/protocols"))

    def public_release(self, release_id: str) -> wire.ReleasePage:
        """The page of a release: what is inside, how it is cited, how to get it; why it was withdrawn."""
        return cast("wire.ReleasePage", self.json("GET", f"/api/v1/public/releases/{part(release_id)}"))

    def public_release_ask(self, release_id: str, body: wire.AccessInputRequest) -> wire.AccessAsked:
        """Ask for the files; without an account a link that is mailed has to be opened first."""
        return cast(
            "wire.AccessAsked",
            self.json("POST", f"/api/v1/public/releases/{part(release_id)}/access-requests", body=body),
        )

    def public_release_confirm(self, body: wire.LinkInputRequest) -> wire.AccessAsked:
        """Confirm the address that a request was made under."""
        return cast(
            "wire.AccessAsked", self.json("POST", "/api/v1/public/access-requests/confirm", body=body)
        )

    def public_release_fault_add_picture(
        self, fault_id: str, content: bytes, *, link: str
    ) -> wire.LinkedFault:
        """Show the fault in a PNG or JPEG picture, whose pixels alone are kept."""
        return cast(
            "wire.LinkedFault",
            self.json(
                "PUT",
                f"/api/v1/public/granted/faults/{part(fault_id)}/picture",
                headers={"X-Link": link},
                content=content,
                content_type="application/octet-stream",
            ),
        )

    def public_release_figure(self, release_id: str, split: str, name: str) -> httpx.Response:
        """A plot of an open part, as it lies in the release."""
        return self.send(
            "GET", f"/api/v1/public/releases/{part(release_id)}/figures/{part(split)}/{part(name)}.svg"
        )

    def public_release_granted(self, body: wire.LinkInputRequest) -> wire.Granted:
        """What a granted link opens: archives for ``curl -C -`` and browsers, while it holds."""
        return cast("wire.Granted", self.json("POST", "/api/v1/public/granted", body=body))

    def public_release_granted_archive(
        self,
        secret: str,
        name: str,
        *,
        age_from: int | None = None,
        age_to: int | None = None,
        contrast: str | None = None,
        fracture_from: int | None = None,
        levels: str | None = None,
        sex: str | None = None,
        subjects: str | None = None,
        range: str | None = None,
        if_range: str | None = None,
        if_none_match: str | None = None,
    ) -> httpx.Response:
        """An archive by a link of one's own: as `release_archive`."""
        return self.send(
            "GET",
            f"/api/v1/public/granted/{part(secret)}/archives/{part(name)}.zip",
            query={
                "age_from": age_from,
                "age_to": age_to,
                "contrast": contrast,
                "fracture_from": fracture_from,
                "levels": levels,
                "sex": sex,
                "subjects": subjects,
            },
            headers={"Range": range, "If-Range": if_range, "If-None-Match": if_none_match},
        )

    def public_release_granted_faults(self, *, link: str) -> wire.LinkedFaults:
        """The cases that can be reported on by a link of one's own, and what was reported by it."""
        return cast(
            "wire.LinkedFaults", self.json("GET", "/api/v1/public/granted/faults", headers={"X-Link": link})
        )

    def public_release_picture(self, release_id: str, item_id: str) -> httpx.Response:
        """A picture that its manager chose for the page."""
        return self.send(
            "GET", f"/api/v1/public/releases/{part(release_id)}/items/{part(item_id)}/picture.png"
        )

    def public_release_report_fault(self, body: wire.FaultInputRequest, *, link: str) -> wire.LinkedFault:
        """Report what is wrong in a case; the managers of its project alone read it."""
        return cast(
            "wire.LinkedFault",
            self.json("POST", "/api/v1/public/granted/faults", headers={"X-Link": link}, body=body),
        )

    def public_releases(
        self,
        *,
        cases: int | None = None,
        contrast: Literal["none", "arterial", "portal_venous", "unknown", ""] | None = None,
        level: Literal[
            "C1",
            "C2",
            "C3",
            "C4",
            "C5",
            "C6",
            "C7",
            "T1",
            "T2",
            "T3",
            "T4",
            "T5",
            "T6",
            "T7",
            "T8",
            "T9",
            "T10",
            "T11",
            "T12",
            "T13",
            "L1",
            "L2",
            "L3",
            "L4",
            "L5",
            "L6",
            "S",
            "Cocc",
            "",
        ]
        | None = None,
        licence: str | None = None,
        search: str | None = None,
    ) -> wire.Catalogue:
        """The site's public releases that fit what is sought, newest first."""
        return cast(
            "wire.Catalogue",
            self.json(
                "GET",
                "/api/v1/public/releases",
                query={
                    "cases": cases,
                    "contrast": contrast,
                    "level": level,
                    "licence": licence,
                    "search": search,
                },
            ),
        )

    def quarantine(self, slug: str, *, resolved: bool | None = None) -> Iterator[wire.Quarantined]:
        """GET /api/v1/projects/{slug}/quarantine"""
        return cast(
            "Iterator[wire.Quarantined]",
            self.pages(f"/api/v1/projects/{part(slug)}/quarantine", query={"resolved": resolved}),
        )

    def question(self, question_id: str) -> wire.Question:
        """A question with its answers; that I have seen it is noted (managers and experts)."""
        return cast("wire.Question", self.json("GET", f"/api/v1/questions/{part(question_id)}"))

    def question_ask(self, assignment_id: str, body: wire.QuestionInputRequest) -> wire.Question:
        """Ask about the case of my task; nobody who rates it sees the question."""
        return cast(
            "wire.Question",
            self.json("POST", f"/api/v1/assignments/{part(assignment_id)}/questions", body=body),
        )

    def question_close(self, question_id: str) -> None:
        """Note that a question is dealt with (managers and experts), or withdraw what I asked."""
        self.send("POST", f"/api/v1/questions/{part(question_id)}/close")

    def question_reply(self, question_id: str, body: wire.ReplyInputRequest) -> wire.Question:
        """Answer, or ask again what I asked. 409 `question_closed`."""
        return cast(
            "wire.Question", self.json("POST", f"/api/v1/questions/{part(question_id)}/replies", body=body)
        )

    def question_to_draft(self, question_id: str) -> wire.GuidelineDraft:
        """Put the answer into the draft of the guidelines (manager). 409 `not_answered`."""
        return cast(
            "wire.GuidelineDraft", self.json("POST", f"/api/v1/questions/{part(question_id)}/guidelines")
        )

    def questions(
        self, slug: str, *, state: Literal["open", "all"] | None = None
    ) -> Iterator[wire.QuestionLine]:
        """What people ask in the project, without their words (managers and experts)."""
        return cast(
            "Iterator[wire.QuestionLine]",
            self.pages(f"/api/v1/projects/{part(slug)}/questions", query={"state": state}),
        )

    def questions_answered(self, slug: str) -> list[wire.AnsweredByVersion]:
        """Which questions each version of the guidelines answers, of those that I may read."""
        return cast(
            "list[wire.AnsweredByVersion]",
            self.json("GET", f"/api/v1/projects/{part(slug)}/questions/answered"),
        )

    def questions_of_task(self, assignment_id: str) -> list[wire.Question]:
        """What I have asked on the case of my task, with the answers."""
        return cast(
            "list[wire.Question]", self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/questions")
        )

    def rater_disqualify(self, slug: str, user_id: str) -> None:
        """Let the training count again (manager)."""
        self.send("DELETE", f"/api/v1/projects/{part(slug)}/qualifications/{part(user_id)}")

    def rater_qualify(self, slug: str, body: wire.QualificationInputRequest) -> None:
        """Let a rater work without (more) training, for a reason (manager)."""
        self.send("POST", f"/api/v1/projects/{part(slug)}/qualifications", body=body)

    def rater_weights(self, slug: str) -> wire.RaterWeights:
        """The weights of weighted fusion: what was chosen, and what the evidence proposes (manager)."""
        return cast("wire.RaterWeights", self.json("GET", f"/api/v1/projects/{part(slug)}/rater-weights"))

    def rater_weights_choose(self, slug: str, body: wire.WeightsInputRequest) -> wire.RaterWeights:
        """Choose weights for fusions from now on; a reason (``why``) leaves a rater out (manager)."""
        return cast(
            "wire.RaterWeights", self.json("POST", f"/api/v1/projects/{part(slug)}/rater-weights", body=body)
        )

    def release_accept_terms(self, release_id: str, body: wire.AcceptTermsInputRequest) -> wire.Release:
        """Accept the terms of use."""
        return cast(
            "wire.Release", self.json("POST", f"/api/v1/releases/{part(release_id)}/accept-terms", body=body)
        )

    def release_access_grant(
        self, release_id: str, request_id: str, body: wire.GrantInputRequest
    ) -> wire.AccessRequest:
        """Grant a request for some days (manager)."""
        return cast(
            "wire.AccessRequest",
            self.json(
                "POST",
                f"/api/v1/releases/{part(release_id)}/access-requests/{part(request_id)}/grant",
                body=body,
            ),
        )

    def release_access_refuse(
        self, release_id: str, request_id: str, body: wire.ReasonInputRequest
    ) -> wire.AccessRequest:
        """Refuse a request with a reason (manager)."""
        return cast(
            "wire.AccessRequest",
            self.json(
                "POST",
                f"/api/v1/releases/{part(release_id)}/access-requests/{part(request_id)}/refuse",
                body=body,
            ),
        )

    def release_access_requests(self, release_id: str) -> Iterator[wire.AccessRequest]:
        """Who has asked for the release, those who wait first (manager)."""
        return cast(
            "Iterator[wire.AccessRequest]", self.pages(f"/api/v1/releases/{part(release_id)}/access-requests")
        )

    def release_access_revoke(
        self, release_id: str, request_id: str, body: wire.ReasonInputRequest
    ) -> wire.AccessRequest:
        """Take back what was granted; its link is closed at once (manager)."""
        return cast(
            "wire.AccessRequest",
            self.json(
                "POST",
                f"/api/v1/releases/{part(release_id)}/access-requests/{part(request_id)}/revoke",
                body=body,
            ),
        )

    def release_add_erratum(self, release_id: str, body: wire.ErratumInputRequest) -> wire.Release:
        """Note what turned out to be wrong (manager)."""
        return cast(
            "wire.Release", self.json("POST", f"/api/v1/releases/{part(release_id)}/errata", body=body)
        )

    def release_answer_custody(
        self, release_id: str, custodian_id: str, body: wire.CustodyAnswerInputRequest
    ) -> None:
        """Accept or decline to keep the sealed part."""
        self.send(
            "POST", f"/api/v1/releases/{part(release_id)}/custodians/{part(custodian_id)}/answer", body=body
        )

    def release_archive(
        self,
        release_id: str,
        name: str,
        *,
        age_from: int | None = None,
        age_to: int | None = None,
        contrast: str | None = None,
        fracture_from: int | None = None,
        levels: str | None = None,
        sex: str | None = None,
        subjects: str | None = None,
        range: str | None = None,
        if_range: str | None = None,
        if_none_match: str | None = None,
    ) -> httpx.Response:
        """A split, ``all``, or all for another tool (``bids``, ``nnunet``): exact length, resumable. A
        split or ``all`` can be narrowed to the cases that a query finds.
        """
        return self.send(
            "GET",
            f"/api/v1/releases/{part(release_id)}/archives/{part(name)}.zip",
            query={
                "age_from": age_from,
                "age_to": age_to,
                "contrast": contrast,
                "fracture_from": fracture_from,
                "levels": levels,
                "sex": sex,
                "subjects": subjects,
            },
            headers={"Range": range, "If-Range": if_range, "If-None-Match": if_none_match},
        )

    def release_changes(self, release_id: str) -> wire.ReleaseChanges:
        """What differs from the version before, case by case, once the terms are accepted."""
        return cast("wire.ReleaseChanges", self.json("GET", f"/api/v1/releases/{part(release_id)}/changes"))

    def release_confirm_opening(self, release_id: str, body: wire.OpeningInputRequest) -> wire.Embargo:
        """Confirm the opening before its day; with the second custodian's it opens for good (custodians)."""
        return cast(
            "wire.Embargo",
            self.json("PUT", f"/api/v1/releases/{part(release_id)}/embargo/opening", body=body),
        )

    def release_create(self, slug: str, body: wire.DraftInputRequest) -> wire.Release:
        """Draft a release of the accepted cases that meet its rules, split by patient (manager)."""
        return cast("wire.Release", self.json("POST", f"/api/v1/projects/{part(slug)}/releases", body=body))

    def release_discard(self, release_id: str) -> None:
        """DELETE /api/v1/releases/{release_id}"""
        self.send("DELETE", f"/api/v1/releases/{part(release_id)}")

    def release_embargo(self, release_id: str) -> wire.Embargo:
        """Who keeps the sealed part, and who has read of it (managers and custodians)."""
        return cast("wire.Embargo", self.json("GET", f"/api/v1/releases/{part(release_id)}/embargo"))

    def release_end_custody(self, release_id: str, custodian_id: str) -> None:
        """Leave my place, or take back a question that nobody has answered."""
        self.send("DELETE", f"/api/v1/releases/{part(release_id)}/custodians/{part(custodian_id)}")

    def release_fault_add_picture(self, release_id: str, fault_id: str, content: bytes) -> wire.ReleaseFault:
        """Show the fault in a PNG or JPEG picture, whose pixels alone are kept (who reported it)."""
        return cast(
            "wire.ReleaseFault",
            self.json(
                "PUT",
                f"/api/v1/releases/{part(release_id)}/faults/{part(fault_id)}/picture",
                content=content,
                content_type="application/octet-stream",
            ),
        )

    def release_fault_decline(
        self, release_id: str, fault_id: str, body: wire.DeclineInputRequest
    ) -> wire.ReleaseFault:
        """It is none, and why (manager)."""
        return cast(
            "wire.ReleaseFault",
            self.json(
                "POST", f"/api/v1/releases/{part(release_id)}/faults/{part(fault_id)}/decline", body=body
            ),
        )

    def release_fault_picture(
        self,
        release_id: str,
        fault_id: str,
        *,
        range: str | None = None,
        if_range: str | None = None,
        if_none_match: str | None = None,
    ) -> httpx.Response:
        """The picture of a report, to who reported it and to managers."""
        return self.send(
            "GET",
            f"/api/v1/releases/{part(release_id)}/faults/{part(fault_id)}/picture",
            headers={"Range": range, "If-Range": if_range, "If-None-Match": if_none_match},
        )

    def release_fault_take_up(
        self, release_id: str, fault_id: str, body: wire.TakeUpInputRequest
    ) -> wire.ReleaseFault:
        """It is a fault: add it to the errata, and have the case reviewed again (manager)."""
        return cast(
            "wire.ReleaseFault",
            self.json(
                "POST", f"/api/v1/releases/{part(release_id)}/faults/{part(fault_id)}/take-up", body=body
            ),
        )

    def release_faults(self, release_id: str) -> list[wire.ReleaseFault]:
        """The faults that I reported; to a manager those of everybody."""
        return cast(
            "list[wire.ReleaseFault]", self.json("GET", f"/api/v1/releases/{part(release_id)}/faults")
        )

    def release_file(
        self,
        release_id: str,
        file_path: str,
        *,
        range: str | None = None,
        if_range: str | None = None,
        if_none_match: str | None = None,
    ) -> httpx.Response:
        """One file, as it lies in the archives: resumable, in production from the object store."""
        return self.send(
            "GET",
            f"/api/v1/releases/{part(release_id)}/files/{part(file_path)}",
            headers={"Range": range, "If-Range": if_range, "If-None-Match": if_none_match},
        )

    def release_freeze(self, release_id: str) -> wire.Release:
        """Build, check and freeze in the background (manager)."""
        return cast("wire.Release", self.json("POST", f"/api/v1/releases/{part(release_id)}/freeze"))

    def release_get(self, release_id: str) -> wire.Release:
        """A release with its splits, files and archives, as far as they are open to me."""
        return cast("wire.Release", self.json("GET", f"/api/v1/releases/{part(release_id)}"))

    def release_item(self, release_id: str, item_id: str) -> wire.ReleaseItem:
        """A case of a release to look at, once the terms are accepted."""
        return cast(
            "wire.ReleaseItem", self.json("GET", f"/api/v1/releases/{part(release_id)}/items/{part(item_id)}")
        )

    def release_item_mask(self, release_id: str, item_id: str) -> httpx.Response:
        """The released mask of a case (VBD1)."""
        return self.send("GET", f"/api/v1/releases/{part(release_id)}/items/{part(item_id)}/mask")

    def release_item_surfaces(
        self, release_id: str, item_id: str, *, have: str | None = None, labels: str | None = None
    ) -> httpx.Response:
        """Surfaces of its vertebrae (VBS1), as those of one's own work."""
        return self.send(
            "GET",
            f"/api/v1/releases/{part(release_id)}/items/{part(item_id)}/surfaces",
            query={"have": have, "labels": labels},
        )

    def release_manifest(
        self,
        release_id: str,
        *,
        range: str | None = None,
        if_range: str | None = None,
        if_none_match: str | None = None,
    ) -> wire.Manifest:
        """Every open file with size and SHA-256, once the terms are accepted."""
        return cast(
            "wire.Manifest",
            self.json(
                "GET",
                f"/api/v1/releases/{part(release_id)}/manifest.json",
                headers={"Range": range, "If-Range": if_range, "If-None-Match": if_none_match},
            ),
        )

    def release_name_custodian(self, release_id: str, body: wire.CustodianInputRequest) -> wire.Embargo:
        """Ask somebody to keep the sealed part (manager, later custodians); or to take my place."""
        return cast(
            "wire.Embargo", self.json("POST", f"/api/v1/releases/{part(release_id)}/custodians", body=body)
        )

    def release_picture_choice(
        self,
        release_id: str,
        item_id: str,
        *,
        range: str | None = None,
        if_range: str | None = None,
        if_none_match: str | None = None,
    ) -> httpx.Response:
        """The preview of a case, to choose it for the page (manager)."""
        return self.send(
            "GET",
            f"/api/v1/releases/{part(release_id)}/publication/items/{part(item_id)}/picture.png",
            headers={"Range": range, "If-Range": if_range, "If-None-Match": if_none_match},
        )

    def release_place(self, release_id: str, body: wire.PlacesInputRequest) -> wire.Plan:
        """Place patients of a draft by hand, or leave them to the seed again (manager)."""
        return cast("wire.Plan", self.json("PUT", f"/api/v1/releases/{part(release_id)}/places", body=body))

    def release_plan(self, release_id: str) -> wire.Plan:
        """Who is in a draft and where, who is left out by which rule, how even its splits are (manager)."""
        return cast("wire.Plan", self.json("GET", f"/api/v1/releases/{part(release_id)}/plan"))

    def release_preview(self, slug: str, body: wire.PreviewInputRequest) -> wire.Plan:
        """What a release by these rules would hold; nothing is kept (manager)."""
        return cast(
            "wire.Plan", self.json("POST", f"/api/v1/projects/{part(slug)}/releases/preview", body=body)
        )

    def release_publication(self, release_id: str) -> wire.Publication:
        """How the release is published, and what its page could show (manager)."""
        return cast("wire.Publication", self.json("GET", f"/api/v1/releases/{part(release_id)}/publication"))

    def release_publish(self, release_id: str, body: wire.PublishInputRequest) -> wire.Publication:
        """Open a frozen release to its readers, now or at a set time (manager)."""
        return cast(
            "wire.Publication", self.json("POST", f"/api/v1/releases/{part(release_id)}/publish", body=body)
        )

    def release_publish_not(self, release_id: str) -> wire.Publication:
        """Take a set time back before it has come (manager)."""
        return cast("wire.Publication", self.json("DELETE", f"/api/v1/releases/{part(release_id)}/publish"))

    def release_redraft(self, release_id: str, body: wire.DraftInputRequest) -> wire.Release:
        """Set a draft anew, with the cases that are accepted now (manager)."""
        return cast("wire.Release", self.json("PUT", f"/api/v1/releases/{part(release_id)}", body=body))

    def release_report_fault(self, release_id: str, body: wire.FaultInputRequest) -> wire.ReleaseFault:
        """Report what is wrong in a case, once the terms are accepted; managers alone read it."""
        return cast(
            "wire.ReleaseFault", self.json("POST", f"/api/v1/releases/{part(release_id)}/faults", body=body)
        )

    def release_set_page(self, release_id: str, body: wire.PageInputRequest) -> wire.Publication:
        """Say what the page shows and to whom, before publishing or after (manager)."""
        return cast(
            "wire.Publication",
            self.json("PUT", f"/api/v1/releases/{part(release_id)}/publication", body=body),
        )

    def release_statistics(self, release_id: str) -> wire.Statistics:
        """Table 1 with a column for each split, tests between them, and the figures."""
        return cast("wire.Statistics", self.json("GET", f"/api/v1/releases/{part(release_id)}/statistics"))

    def release_subset(
        self,
        release_id: str,
        name: str,
        *,
        age_from: int | None = None,
        age_to: int | None = None,
        contrast: str | None = None,
        fracture_from: int | None = None,
        levels: str | None = None,
        sex: str | None = None,
        subjects: str | None = None,
    ) -> wire.Subset:
        """How many cases of an archive a query finds, and how large they are, once the terms are accepted."""
        return cast(
            "wire.Subset",
            self.json(
                "GET",
                f"/api/v1/releases/{part(release_id)}/archives/{part(name)}/subset",
                query={
                    "age_from": age_from,
                    "age_to": age_to,
                    "contrast": contrast,
                    "fracture_from": fracture_from,
                    "levels": levels,
                    "sex": sex,
                    "subjects": subjects,
                },
            ),
        )

    def release_withdraw(self, release_id: str, body: wire.WithdrawInputRequest) -> wire.Publication:
        """Give the files out no longer, for good; the page tells the reason (manager)."""
        return cast(
            "wire.Publication", self.json("POST", f"/api/v1/releases/{part(release_id)}/withdraw", body=body)
        )

    def releases_list(self, slug: str) -> Iterator[wire.ReleaseSummary]:
        """The project's releases that I may see, newest first."""
        return cast("Iterator[wire.ReleaseSummary]", self.pages(f"/api/v1/projects/{part(slug)}/releases"))

    def review_decide(self, assignment_id: str, body: wire.DecideInputRequest) -> wire.ReviewDecision:
        """Accept the case, or return it with a comment."""
        return cast(
            "wire.ReviewDecision",
            self.json(
                "POST",
                f"/api/v1/assignments/{part(assignment_id)}/decision",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def review_grades(self, assignment_id: str) -> list[wire.AgreedGrade]:
        """The grades that stand for the case: what the reviewer accepts beside the mask."""
        return cast(
            "list[wire.AgreedGrade]",
            self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/agreed-grades"),
        )

    def ruler_delete(self, assignment_id: str, ruler_id: str) -> list[wire.Ruler]:
        """Delete one of my own; answers with those that are left."""
        return cast(
            "list[wire.Ruler]",
            self.json(
                "DELETE",
                f"/api/v1/assignments/{part(assignment_id)}/rulers/{part(ruler_id)}",
                repeatable=True,
                keyed=True,
            ),
        )

    def ruler_keep(self, assignment_id: str, ruler_id: str, body: wire.RulerInputRequest) -> wire.Ruler:
        """Keep a distance or an angle under an id that the caller makes; again changes it."""
        return cast(
            "wire.Ruler",
            self.json(
                "PUT",
                f"/api/v1/assignments/{part(assignment_id)}/rulers/{part(ruler_id)}",
                body=body,
                repeatable=True,
                keyed=True,
            ),
        )

    def rulers_list(self, assignment_id: str) -> list[wire.Ruler]:
        """Distances and angles that I drew on this case; everybody's where I may see everybody's work."""
        return cast("list[wire.Ruler]", self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/rulers"))

    def run(self, run_id: str) -> wire.Run:
        """GET /api/v1/runs/{run_id}"""
        return cast("wire.Run", self.json("GET", f"/api/v1/runs/{part(run_id)}"))

    def run_cancel(self, run_id: str) -> wire.Run:
        """POST /api/v1/runs/{run_id}/cancel"""
        return cast("wire.Run", self.json("POST", f"/api/v1/runs/{part(run_id)}/cancel"))

    def run_centres(self, run_id: str) -> wire.Centres:
        """The centres of a run's vertebrae."""
        return cast("wire.Centres", self.json("GET", f"/api/v1/runs/{part(run_id)}/centres"))

    def run_correct(self, run_id: str, body: wire.CorrectionInputRequest) -> wire.Run:
        """Move, rename, add or remove vertebrae: what is touched is segmented again, as a new version."""
        return cast("wire.Run", self.json("POST", f"/api/v1/runs/{part(run_id)}/correct", body=body))

    def run_priority(self, run_id: str, body: wire.PriorityInputRequest) -> wire.Run:
        """Move a waiting run in the queue: -10 (last) to 10 (first). Managers only."""
        return cast("wire.Run", self.json("POST", f"/api/v1/runs/{part(run_id)}/priority", body=body))

    def run_retry(self, run_id: str) -> wire.Run:
        """Start the same engine again, as a new run."""
        return cast("wire.Run", self.json("POST", f"/api/v1/runs/{part(run_id)}/retry"))

    def run_start(self, slug: str, body: wire.RunInputRequest) -> wire.Run:
        """Queue an engine on a volume; without a name the project's choice. Managers only."""
        return cast("wire.Run", self.json("POST", f"/api/v1/projects/{part(slug)}/runs", body=body))

    def runs(self, slug: str, *, volume: str | None = None) -> Iterator[wire.Run]:
        """GET /api/v1/projects/{slug}/runs"""
        return cast(
            "Iterator[wire.Run]", self.pages(f"/api/v1/projects/{part(slug)}/runs", query={"volume": volume})
        )

    def same_scan_answer(self, same_scan_id: str, body: wire.SameScanInputRequest) -> wire.SameScan:
        """Say whether the two are one scan (manager); if so their patients become one."""
        return cast(
            "wire.SameScan", self.json("POST", f"/api/v1/same-scans/{part(same_scan_id)}/answer", body=body)
        )

    def same_scans(self, slug: str, *, open: bool | None = None) -> Iterator[wire.SameScan]:
        """Scans that came in twice; for the project's managers."""
        return cast(
            "Iterator[wire.SameScan]",
            self.pages(f"/api/v1/projects/{part(slug)}/same-scans", query={"open": open}),
        )

    def second_round(self, assignment_id: str) -> wire.Round:
        """What was asked when the case came back, and what has changed since, vertebra by vertebra. To a
        rater of their own mask and grades alone.
        """
        return cast("wire.Round", self.json("GET", f"/api/v1/assignments/{part(assignment_id)}/second-round"))

    def series(self, series_id: str) -> wire.Series:
        """GET /api/v1/series/{series_id}"""
        return cast("wire.Series", self.json("GET", f"/api/v1/series/{part(series_id)}"))

    def series_ids(
        self, slug: str, *, kept_out: str | None = None, search: str | None = None
    ) -> wire.SeriesIds:
        """The ids of all series that match, over all pages, to act on them (manager)."""
        return cast(
            "wire.SeriesIds",
            self.json(
                "GET",
                f"/api/v1/projects/{part(slug)}/series/ids",
                query={"kept_out": kept_out, "search": search},
            ),
        )

    def series_list(
        self,
        slug: str,
        *,
        kept_out: str | None = None,
        ordering: Literal["-created_at", "-number", "-pseudonym", "created_at", "number", "pseudonym"]
        | None = None,
        search: str | None = None,
    ) -> Iterator[wire.Series]:
        """The project's series; for its managers."""
        return cast(
            "Iterator[wire.Series]",
            self.pages(
                f"/api/v1/projects/{part(slug)}/series",
                query={"kept_out": kept_out, "ordering": ordering, "search": search},
            ),
        )

    def series_period(self, series_id: str, body: wire.PeriodInputRequest) -> wire.PeriodInput:
        """Say whether a record held when a series was scanned (physicist, manager)."""
        return cast(
            "wire.PeriodInput",
            self.json("PUT", f"/api/v1/series/{part(series_id)}/calibration-period", body=body),
        )

    def series_phase(self, series_id: str, body: wire.PhaseInputRequest) -> wire.PhaseInput:
        """State the contrast phase of a series (physicist, manager)."""
        return cast(
            "wire.PhaseInput", self.json("PUT", f"/api/v1/series/{part(series_id)}/contrast-phase", body=body)
        )

    def site_account_change(
        self, account_id: str, body: wire.PatchedAccountChangesInputRequest
    ) -> wire.Account:
        """Switch an account off or on, let it create projects or no longer (administrators of the site)."""
        return cast(
            "wire.Account", self.json("PATCH", f"/api/v1/site/accounts/{part(account_id)}", body=body)
        )

    def site_account_sign_out(self, account_id: str) -> wire.Account:
        """End all sessions and tokens of an account, which stays on (administrators of the site)."""
        return cast("wire.Account", self.json("POST", f"/api/v1/site/accounts/{part(account_id)}/sign-out"))

    def site_accounts(
        self, *, active: bool | None | None = None, search: str | None = None
    ) -> Iterator[wire.Account]:
        """All accounts by name (administrators of the site)."""
        return cast(
            "Iterator[wire.Account]",
            self.pages("/api/v1/site/accounts", query={"active": active, "search": search}),
        )

    def site_acts(
        self, *, account: str | None = None, kind: Literal["sign_ins", "refused", "changes"] | None = None
    ) -> Iterator[wire.SiteAct]:
        """Who signed in, where it was refused, what was done with accounts (administrators of the site)."""
        return cast(
            "Iterator[wire.SiteAct]",
            self.pages("/api/v1/site/acts", query={"account": account, "kind": kind}),
        )

    def site_failed_jobs(self) -> Iterator[wire.SiteJob]:
        """What failed in any project, newest first; none of those in which I rate (administrators)."""
        return cast("Iterator[wire.SiteJob]", self.pages("/api/v1/site/failed-jobs"))

    def site_health(self) -> wire.SiteHealth:
        """Disk, workers, and what should be looked at (administrators of the site)."""
        return cast("wire.SiteHealth", self.json("GET", "/api/v1/site/health"))

    def site_job_retry(self, job_id: str) -> wire.SiteJob:
        """Start a failed job again (administrators of the site)."""
        return cast("wire.SiteJob", self.json("POST", f"/api/v1/site/failed-jobs/{part(job_id)}/retry"))

    def site_queues(self) -> list[wire.QueueHealth]:
        """How the workers of each queue do (administrators of the site)."""
        return cast("list[wire.QueueHealth]", self.json("GET", "/api/v1/site/queues"))

    def site_storage(self) -> wire.Storage:
        """What the whole site keeps (administrators of the site)."""
        return cast("wire.Storage", self.json("GET", "/api/v1/site/storage"))

    def site_storage_count(self) -> wire.Counting:
        """Have all that is kept counted, as a job (administrators of the site)."""
        return cast("wire.Counting", self.json("POST", "/api/v1/site/storage/count"))

    def site_storage_limit(self, body: wire.QuotaInputRequest) -> wire.Storage:
        """Limit what the whole site keeps; only uploads are refused, nothing is deleted."""
        return cast("wire.Storage", self.json("PUT", "/api/v1/site/storage", body=body))

    def site_storage_project_limit(self, slug: str, body: wire.QuotaInputRequest) -> wire.ProjectStorage:
        """Limit what a project keeps; only uploads are refused, nothing is deleted."""
        return cast(
            "wire.ProjectStorage", self.json("PUT", f"/api/v1/site/storage/projects/{part(slug)}", body=body)
        )

    def site_storage_projects(self) -> Iterator[wire.ProjectStorage]:
        """What each project keeps (administrators of the site)."""
        return cast("Iterator[wire.ProjectStorage]", self.pages("/api/v1/site/storage/projects"))

    def slicer_extension(self) -> httpx.Response:
        """The extension for 3D Slicer as a zip, with this site's address in it."""
        return self.send("GET", "/api/v1/slicer-extension")

    def task_assign(self, task_id: str, body: wire.AssignInputRequest) -> wire.TaskAssignment:
        """Give a task to somebody (manager)."""
        return cast(
            "wire.TaskAssignment", self.json("POST", f"/api/v1/tasks/{part(task_id)}/assign", body=body)
        )

    def token_create(self, body: wire.TokenInputRequest) -> wire.NewToken:
        """A new token: without an end given it lasts 90 days, without a scope it may only read."""
        return cast("wire.NewToken", self.json("POST", "/api/v1/me/tokens", body=body))

    def token_revoke(self, token_id: str) -> None:
        """DELETE /api/v1/me/tokens/{token_id}"""
        self.send("DELETE", f"/api/v1/me/tokens/{part(token_id)}")

    def tokens(self) -> list[wire.Token]:
        """GET /api/v1/me/tokens"""
        return cast("list[wire.Token]", self.json("GET", "/api/v1/me/tokens"))

    def training(self, training_id: str) -> wire.Training:
        """Base of views on one training."""
        return cast("wire.Training", self.json("GET", f"/api/v1/trainings/{part(training_id)}"))

    def training_end(self, training_id: str) -> wire.Training:
        """End it before its last step, and make a model of what it has learned."""
        return cast("wire.Training", self.json("POST", f"/api/v1/trainings/{part(training_id)}/end"))

    def training_start(self, slug: str, body: wire.TrainingInputRequest) -> wire.Training:
        """Fine-tune the current weights on accepted masks, in the background."""
        return cast("wire.Training", self.json("POST", f"/api/v1/projects/{part(slug)}/trainings", body=body))

    def training_stop(self, training_id: str) -> wire.Training:
        """Stop it; what it has learned is dropped."""
        return cast("wire.Training", self.json("POST", f"/api/v1/trainings/{part(training_id)}/stop"))

    def upload_append(
        self, upload_id: str, content: bytes, *, upload_offset: int, upload_checksum: str | None = None
    ) -> httpx.Response:
        """PATCH /api/v1/uploads/{upload_id}/"""
        return self.send(
            "PATCH",
            f"/api/v1/uploads/{part(upload_id)}/",
            headers={"Upload-Checksum": upload_checksum, "Upload-Offset": upload_offset},
            content=content,
            content_type="application/offset+octet-stream",
        )

    def upload_create(self, *, upload_length: int, upload_metadata: str) -> httpx.Response:
        """Announce a file. Metadata: ``batch``, ``filename``, ``relativePath`` (may be left out)."""
        return self.send(
            "POST",
            "/api/v1/uploads/",
            headers={"Upload-Length": upload_length, "Upload-Metadata": upload_metadata},
        )

    def upload_file(self, upload_id: str) -> httpx.Response:
        """The file as it came, for the manager who must see what is wrong; it may name a patient."""
        return self.send("GET", f"/api/v1/uploads/{part(upload_id)}/file")

    def upload_offset(self, upload_id: str) -> httpx.Response:
        """How much of the file has arrived."""
        return self.send("HEAD", f"/api/v1/uploads/{part(upload_id)}/")

    def upload_resolve(self, upload_id: str, body: wire.ResolveInputRequest) -> wire.Quarantined:
        """Close a quarantined file, or all that are like it; their bytes are deleted."""
        return cast(
            "wire.Quarantined", self.json("POST", f"/api/v1/uploads/{part(upload_id)}/resolve", body=body)
        )

    def upload_terminate(self, upload_id: str) -> httpx.Response:
        """Withdraw the file."""
        return self.send("DELETE", f"/api/v1/uploads/{part(upload_id)}/")

    def volume_blob(
        self,
        volume_id: str,
        sha256: str,
        *,
        range: str | None = None,
        if_range: str | None = None,
        if_none_match: str | None = None,
    ) -> httpx.Response:
        """A slab, the coarse volume or the thumbnail; immutable, with Range."""
        return self.send(
            "GET",
            f"/api/v1/volumes/{part(volume_id)}/blobs/{part(sha256)}",
            headers={"Range": range, "If-Range": if_range, "If-None-Match": if_none_match},
        )

    def volume_index(self, volume_id: str) -> wire.SlabIndex:
        """GET /api/v1/volumes/{volume_id}/index"""
        return cast("wire.SlabIndex", self.json("GET", f"/api/v1/volumes/{part(volume_id)}/index"))

    def webhook_add(self, slug: str, body: wire.WebhookInputRequest) -> wire.WebhookSecret:
        """Tell another program; the secret that signs the messages is told this once (managers)."""
        return cast(
            "wire.WebhookSecret", self.json("POST", f"/api/v1/projects/{part(slug)}/webhooks", body=body)
        )

    def webhook_change(
        self, slug: str, webhook_id: str, body: wire.WebhookChangeInputRequest
    ) -> wire.Webhook:
        """Change address and events, switch it off and on (managers)."""
        return cast(
            "wire.Webhook",
            self.json("PUT", f"/api/v1/projects/{part(slug)}/webhooks/{part(webhook_id)}", body=body),
        )

    def webhook_deliveries(self, slug: str, webhook_id: str) -> Iterator[wire.Delivery]:
        """What was sent or waits to be, newest first (managers)."""
        return cast(
            "Iterator[wire.Delivery]",
            self.pages(f"/api/v1/projects/{part(slug)}/webhooks/{part(webhook_id)}/deliveries"),
        )

    def webhook_events(self, slug: str) -> list[wire.EventKind]:
        """What can be told (managers)."""
        return cast(
            "list[wire.EventKind]", self.json("GET", f"/api/v1/projects/{part(slug)}/webhooks/events")
        )

    def webhook_remove(self, slug: str, webhook_id: str) -> None:
        """Tell it nothing more, and forget what was sent (managers)."""
        self.send("DELETE", f"/api/v1/projects/{part(slug)}/webhooks/{part(webhook_id)}")

    def webhook_renew_secret(self, slug: str, webhook_id: str) -> wire.WebhookSecret:
        """Another secret; the former signs nothing any more (managers)."""
        return cast(
            "wire.WebhookSecret",
            self.json("POST", f"/api/v1/projects/{part(slug)}/webhooks/{part(webhook_id)}/secret"),
        )

    def webhook_send_again(self, slug: str, webhook_id: str, delivery_id: str) -> wire.Delivery:
        """Send one of its messages once more, the same to the byte (managers)."""
        return cast(
            "wire.Delivery",
            self.json(
                "POST",
                f"/api/v1/projects/{part(slug)}/webhooks/{part(webhook_id)}/deliveries/{part(delivery_id)}/again",
            ),
        )

    def webhook_try(self, slug: str, webhook_id: str) -> wire.Delivery:
        """Send a message that says `ping` (managers)."""
        return cast(
            "wire.Delivery",
            self.json("POST", f"/api/v1/projects/{part(slug)}/webhooks/{part(webhook_id)}/try"),
        )

    def webhooks(self, slug: str) -> list[wire.Webhook]:
        """Programs that are told what happens in the project (managers)."""
        return cast("list[wire.Webhook]", self.json("GET", f"/api/v1/projects/{part(slug)}/webhooks"))

    def work_waiting(self) -> list[wire.Waiting]:
        """In which projects work waits for me, and of which kind."""
        return cast("list[wire.Waiting]", self.json("GET", "/api/v1/assignments/waiting"))
