"""What other programs can be told: acts of the project as a whole, never who rates what or how.

Of a case they hear that it was opened, accepted, excluded or put back, by its name in the project; of no
task, rater, mask or grade, and never who acted. So a message tells a rater nothing that blinds them.
"""

from __future__ import annotations

from backend.audit.acts.verb import Verb

TOLD: dict[Verb, str] = {
    Verb.BATCH_PROCESSED: "An upload was read",
    Verb.CASE_OPENED: "A case was opened",
    Verb.CASE_ACCEPTED: "A case was accepted",
    Verb.CASE_EXCLUDED: "A case was excluded",
    Verb.CASE_PUT_BACK: "An excluded case was put back",
    Verb.MODEL_ADDED: "A model was added",
    Verb.MODEL_PROMOTED: "A model is used for new cases",
    Verb.RELEASE_FROZEN: "A release was frozen",
    Verb.RELEASE_PUBLISHED: "A release was published",
    Verb.RELEASE_WITHDRAWN: "A release was withdrawn",
    Verb.RELEASE_ERRATUM: "An erratum was added to a release",
    Verb.CHALLENGE_OPENED: "A challenge was opened",
    Verb.MEMBER_ACCEPTED: "Somebody joined the project",
    Verb.MEMBER_REMOVED: "Somebody left the project",
}

PING = "ping"  # sent by hand, to try the address
