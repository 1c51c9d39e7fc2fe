"""The words of the mail on what is new, in each language that an account can have."""

from __future__ import annotations

from dataclasses import dataclass

from backend.accounts.models import Language

Counted = tuple[str, str]  # of one, of several


@dataclass(frozen=True, slots=True)
class Words:
    """One language; ``{...}`` is filled in."""

    subject: str
    greeting: str
    given: Counted
    returned: Counted
    due_moved: Counted
    due_soon: Counted
    overdue: Counted
    concerns: Counted
    questions: Counted
    replied: Counted
    quarantined: Counted
    requests: Counted
    faults: Counted
    answered: Counted
    your_work: str
    how_often: str


WORDS: dict[Language, Words] = {
    Language.ENGLISH: Words(
        subject="{site}: what is new",
        greeting="Hello {name},\n\nthis came since you were last told.",
        given=("new task", "new tasks"),
        returned=("task came back to you", "tasks came back to you"),
        due_moved=("task has another due date", "tasks have other due dates"),
        due_soon=("task is due within two days", "tasks are due within two days"),
        overdue=("task is overdue", "tasks are overdue"),
        concerns=("question or report of a rater", "questions or reports of raters"),
        questions=("question on a case waits for an answer", "questions on cases wait for an answer"),
        replied=("question of yours was answered", "questions of yours were answered"),
        quarantined=("file in quarantine", "files in quarantine"),
        requests=("request for a release waits", "requests for releases wait"),
        faults=("fault reported in a release", "faults reported in releases"),
        answered=("report of yours was answered", "reports of yours were answered"),
        your_work="Your work: {address}",
        how_often="How often you get this mail, or never: {address}",
    ),
    Language.GERMAN: Words(
        subject="{site}: Neuigkeiten",
        greeting="Guten Tag {name},\n\nseit der letzten Nachricht an Sie ist hinzugekommen:",
        given=("neue Aufgabe", "neue Aufgaben"),
        returned=("Aufgabe wurde Ihnen zurückgegeben", "Aufgaben wurden Ihnen zurückgegeben"),
        due_moved=("Aufgabe hat eine neue Frist", "Aufgaben haben neue Fristen"),
        due_soon=(
            "Aufgabe wird in den nächsten zwei Tagen fällig",
            "Aufgaben werden in den nächsten zwei Tagen fällig",
        ),
        overdue=("Aufgabe ist überfällig", "Aufgaben sind überfällig"),
        concerns=("Frage oder Meldung eines Raters", "Fragen oder Meldungen von Ratern"),
        questions=("Frage zu einem Fall wartet auf Antwort", "Fragen zu Fällen warten auf Antwort"),
        replied=("Ihrer Fragen wurde beantwortet", "Ihrer Fragen wurden beantwortet"),
        quarantined=("Datei in Quarantäne", "Dateien in Quarantäne"),
        requests=("Anfrage nach einer Veröffentlichung wartet", "Anfragen nach Veröffentlichungen warten"),
        faults=(
            "gemeldeter Fehler in einer Veröffentlichung",
            "gemeldete Fehler in Veröffentlichungen",
        ),
        answered=("Ihrer Meldungen wurde beantwortet", "Ihrer Meldungen wurden beantwortet"),
        your_work="Ihre Arbeit: {address}",
        how_often="Wie oft Sie diese E-Mail erhalten, oder nie: {address}",
    ),
}


def words_for(language: str) -> Words:
    """Those of an account; English where it has chosen none."""
    return WORDS[Language(language)] if language in Language.values else WORDS[Language.ENGLISH]
