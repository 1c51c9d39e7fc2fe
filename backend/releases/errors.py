"""What can go wrong with releases."""

from __future__ import annotations

from backend.common.errors import Conflict, Forbidden, Invalid, NotFound


class NothingAccepted(Conflict):
    code = "nothing_accepted"
    message = "No case of the project has been accepted yet."


class VersionTaken(Conflict):
    code = "version_taken"
    message = "The project has a release of this version already."


class FractionsInvalid(Invalid):
    code = "fractions_invalid"
    message = "The fractions of the splits cannot be used."


class NotADraft(Conflict):
    code = "not_a_draft"
    message = "This release is being built or is frozen: nothing in it changes any more."


class PatientsChanged(Conflict):
    code = "patients_changed"
    message = (
        "Patients were found to be one since this release was drafted: draft a new version, "
        "so that each patient lies in one split."
    )


class NotFrozen(Conflict):
    code = "not_frozen"
    message = "This release is not frozen yet."


class SelfCheckFailed(Conflict):
    code = "self_check_failed"
    message = "What was written does not read back as what was accepted."


class TermsNotAccepted(Forbidden):
    code = "terms_not_accepted"
    message = "Accept the terms of use before you download."


class Embargoed(Forbidden):
    code = "embargoed"
    message = "The test split is not open yet."


class PlacesInvalid(Invalid):
    code = "places_invalid"
    message = "The patients cannot be placed so."


class NothingFits(Conflict):
    code = "nothing_fits"
    message = "No accepted case meets all rules of this release: ease them."


class CasesChanged(Conflict):
    code = "cases_changed"
    message = "Cases have changed since this release was drafted: set the draft anew."


class OpensTooEarly(Conflict):
    code = "opens_too_early"
    message = "This release would open what an earlier version keeps secret."


class Withdrawn(Forbidden):
    code = "withdrawn"
    message = "This release was withdrawn: its page says why, its files are no longer given out."


class NotPublishable(Conflict):
    code = "not_publishable"
    message = "Freeze the release first: only a frozen one can be published."


class PublishedAlready(Conflict):
    code = "published_already"
    message = "This release is published. It can be withdrawn, not taken back."


class NotPublished(Conflict):
    code = "not_published"
    message = "This release is not published."


class PicturesInvalid(Invalid):
    code = "pictures_invalid"
    message = "These pictures cannot be shown."


class NoRequestsTaken(Conflict):
    code = "no_requests_taken"
    message = "Nobody answers requests for this release: its page says who may have the files."


class RequestedAlready(Conflict):
    code = "requested_already"
    message = "There is a request under this address already. Its answer comes by e-mail."


class RatersAsk(Forbidden):
    code = "raters_ask"
    message = "You rate in this project: ask its manager before you read a release of it."


class TermsChanged(Conflict):
    code = "terms_changed"
    message = "Read and accept the terms of this version as they stand."


class AnsweredAlready(Conflict):
    code = "answered_already"
    message = "This request was answered already."


class FaultAnsweredAlready(Conflict):
    code = "fault_answered_already"
    message = "This report was answered already."


class TooManyWait(Conflict):
    code = "too_many_wait"
    message = (
        "Too many of your reports on this release wait for an answer. Report more once they are answered."
    )


class LinkUnknown(NotFound):
    message = "This link is not open: it was used, has run out, or was taken back."


class NothingSealed(Conflict):
    code = "nothing_sealed"
    message = "Nothing of this release is sealed now."


class NotACustodian(Forbidden):
    code = "not_a_custodian"
    message = "Only a custodian of this release can do this."


class CustodiansName(Forbidden):
    code = "custodians_name"
    message = "Both places have been held: the custodians themselves name who comes next."


class PlacesTaken(Conflict):
    code = "places_taken"
    message = "Both places of custodians are taken, or somebody is asked to take them."


class CustodianUnfit(Invalid):
    code = "custodian_unfit"
    message = (
        "Nobody of this address can be custodian: they need an account here, and no work as rater or "
        "radiologist in the project."
    )


class CustodianNamed(Conflict):
    code = "custodian_named"
    message = "This person is custodian, or is asked to be, already."


class LastCustodian(Conflict):
    code = "last_custodian"
    message = "You are the only custodian: hand your place over to somebody instead."


class NoCaseFits(NotFound):
    code = "no_case_fits"
    message = "No case that is open to you fits this query."
