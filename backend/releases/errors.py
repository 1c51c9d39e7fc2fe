"""What can go wrong with releases."""

from __future__ import annotations

from backend.common.errors import Conflict, Forbidden, Invalid


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
