"""What can go wrong with challenges."""

from __future__ import annotations

from backend.common.errors import Conflict, Forbidden, Invalid, TooLarge


class AlreadyOpen(Conflict):
    code = "challenge_open"
    message = "The challenge is open: its rules and tasks stay as people have accepted them."


class NotOpenYet(Conflict):
    code = "challenge_not_open"
    message = "This challenge is not open yet."


class NoPhase(Conflict):
    code = "no_phase"
    message = "Add a phase before you open the challenge."


class PhaseInvalid(Invalid):
    code = "phase_invalid"
    message = "A phase closes after it opens."


class EmptyPart(Conflict):
    code = "empty_part"
    message = "The release has no case in this part."


class ImagesSealed(Conflict):
    code = "images_sealed"
    message = (
        "The CTs of the test part are still sealed when this phase opens, so that nobody could take part. "
        "Let it open on the day that the embargo ends, or later."
    )


class RulesNotAccepted(Invalid):
    code = "rules_not_accepted"
    message = "Accept the rules to take part."


class WorkedOnIt(Forbidden):
    code = "worked_on_it"
    message = (
        "Whoever manages, rates or reviews in the release's project, or keeps its sealed part, cannot take "
        "part: they know answers."
    )


class OneTeamEach(Conflict):
    code = "one_team_each"
    message = "You are in a team of this challenge already, or have asked to join one."


class TeamNameTaken(Conflict):
    code = "team_name_taken"
    message = "A team of this challenge has this name already."


class TeamHasSubmitted(Conflict):
    code = "team_has_submitted"
    message = "Once a team has sent a submission, nobody leaves it: limits hold for each person."


class CaptainStays(Conflict):
    code = "captain_stays"
    message = "The captain leaves last: the others have to leave first."


class NotInATeam(Forbidden):
    code = "not_in_a_team"
    message = "Join a team of this challenge, or make one, before you send predictions."


class PhaseNotOpen(Conflict):
    code = "phase_not_open"
    message = "This phase has not begun yet."


class PhaseClosed(Conflict):
    code = "phase_closed"
    message = "This phase is over: its deadline has passed."


class DailyLimit(Conflict):
    code = "daily_limit"
    message = "Your team has sent as many submissions as it may send on one day. Days end at midnight UTC."


class SubmissionTooLarge(TooLarge):
    code = "submission_too_large"
    message = "The archive is larger than the site takes."


class NotACorrection(Conflict):
    code = "not_a_correction"
    message = "Choose a frozen version of this project that is later than the one that the challenge is on."


class KeysOfReaders(Forbidden):
    code = "keys_of_readers"
    message = "Whoever reads the sealed part makes keys of this phase: its custodians, once it has any."


class NotSigned(Forbidden):
    code = "not_signed"
    message = "The result is not signed with a key of this site, or was changed after it was signed."


class KeyRevoked(Forbidden):
    code = "key_revoked"
    message = "The key was revoked, or who made it may not evaluate this phase any more."


class OtherPhase(Conflict):
    code = "other_phase"
    message = "The key is of another phase than the result or the address names."


class OtherRelease(Conflict):
    code = "other_release"
    message = "The result was worked out on other data than this challenge's version of the release."


class ResultTooOld(Conflict):
    code = "result_too_old"
    message = (
        "The result was signed more than a day ago, or in the future. Is the clock of its machine right?"
    )


class ResultSeen(Conflict):
    code = "result_seen"
    message = "This result was sent before; each counts once."


class NoSuchTeam(Conflict):
    code = "no_such_team"
    message = "This challenge has no team of that name."


class BadResult(Invalid):
    code = "bad_result"
    message = "The result cannot be used."


class ResultTooLarge(TooLarge):
    code = "result_too_large"
    message = "The result is longer than the site takes."


class TakesPart(Forbidden):
    code = "takes_part"
    message = "Whoever is in a team of this challenge cannot make keys to evaluate it."


class StillArriving(Conflict):
    code = "still_arriving"
    message = "The archive has not arrived whole."


class TooManyUnfinished(Conflict):
    code = "too_many_unfinished"
    message = (
        "Your team has three archives here that were not handed in. Go on with one of them, or discard one."
    )
