"""The datasheet of a release: what it tells is what happened, and of a sealed part it tells nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.annotation.work.services.excluding import exclude
from backend.common.storage import read_blob
from backend.imaging.models import InclusionRules, RuleVerdict, Series
from backend.masks.models import MaskSource, MaskVersion
from backend.pipeline.models import Run
from backend.releases.datasheet.facts import facts_of
from backend.releases.datasheet.said import Datasheet, DatasheetInvalid, read_datasheet
from backend.releases.datasheet.text import UNTOLD, datasheet_text
from backend.releases.details import release_detail
from backend.releases.manifest import count_content, open_counts
from backend.releases.models import Release
from backend.releases.services.building import items_of
from tests.backend import flow
from tests.backend.test_releases import accept_case, client_of, draft, freeze
from tests.backend.thaw import thawed_afterwards

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
SAID = {
    "purpose": "To find fractures.",
    "funding": "A grant.",
    "source": "One hospital.",
    "ethics": "Approved, consent waived.",
    "limits": "Not for children.",
    "upkeep": "spines@example.org",
}
HALVES = {"training": 0.5, "test": 0.5}


@pytest.fixture
def team() -> Iterator[flow.Team]:
    with thawed_afterwards():
        yield flow.make_team()


def settle_grades_by_rule(team: flow.Team) -> None:
    """Let raters differ on a grade without an expert's being asked."""
    for stage in team.project.protocol["stages"]:
        stage["thresholds"]["grade_disagreement"] = False
    team.project.save()


def sheet_of(release: Release) -> str:
    return read_blob(release.files.select_related("blob").get(path="datasheet.md").blob).decode()


def answers_of(sheet: str) -> dict[str, str]:
    """The answers of a datasheet by their questions."""
    parts = re.split(r"^\*\*(.+)\*\*$", re.sub(r"^## .*$", "", sheet, flags=re.MULTILINE), flags=re.MULTILINE)
    return {question: answer.strip() for question, answer in zip(parts[1::2], parts[2::2], strict=True)}


def test_it_tells_what_happened(team: flow.Team) -> None:
    """Two cases of three raters, who differ on one grade; one waits, one is kept out, one excluded."""
    settle_grades_by_rule(team)
    first = accept_case(team, grades=[{20: 2}] * 3)
    accept_case(team, grades=[{20: 1}, {20: 1}, {}])
    assert first.start_mask is not None
    MaskVersion.objects.filter(pk=first.start_mask.pk).update(source=MaskSource.ENGINE)
    Run.objects.filter(result=first.start_mask).update(engine="builtin", engine_version="7.1")
    flow.start_case(team.project)
    out = flow.start_case(team.project)
    exclude(case_id=flow.start_case(team.project).pk, actor=team.manager, reason="consent")
    rule = {"id": "I4", "enabled": True, "parameters": {}}
    InclusionRules.objects.create(project=team.project, rules=[rule], changed_by=team.manager)
    RuleVerdict.objects.create(series=out.volume.series, rule_id="I4", state="failed", fact="said by hand")
    Series.objects.filter(pk=out.volume.series_id).update(held=True)
    release = freeze(team, fractions={"training": 1.0}, datasheet=SAID, publisher="A hospital")

    facts = facts_of(release, items_of(release))
    assert (facts.cases, facts.raters) == (2, 4), "three raters, and the radiologist who reviews"
    assert facts.starts == Counter({"builtin 7.1": 1, "a mask that came with the CT": 1})
    worked = {row.stage.kind: (row.people, row.hand_ins) for row in facts.stages}
    assert worked == {"correct": (3, 6), "fuse": (0, 0), "adjudicate": (0, 0), "review": (1, 2)}
    assert facts.flow is not None
    flowed = facts.flow
    assert (flowed.came_in, flowed.kept_out, flowed.excluded, flowed.not_accepted, flowed.released) == (
        *(5, 1, 1, 1, 2),
    )
    assert flowed.rules == {"No bone metastases": 1}
    assert facts.agreement is not None
    assert facts.agreement.overall.dice.value == 1, "nobody painted"

    told = answers_of(sheet_of(release))
    for question, key in (
        ("Why was it made?", "purpose"),
        ("Who paid for it?", "funding"),
        ("Where are the CTs from, and how were patients chosen?", "source"),
        ("Was it approved, and did patients consent?", "ethics"),
        ("What should it not be used for?", "limits"),
        ("Who maintains it?", "upkeep"),
    ):
        assert told[question] == SAID[key]
    assert "| training | 2 | 2 | 4 | 2 |" in told["What is in it?"]
    series = told["How many series came in, and which stayed out?"]
    assert series.startswith(
        "- came in: 5\n- kept out by an inclusion rule, or there twice: 1\n- excluded by"
    )
    assert series.endswith("- not passed, No bone metastases: 1\n- excluded, consent withdrawn: 1")
    assert "- builtin 7.1: 1\n" in told["Who labelled, and how?"]
    assert "3 people handed in 6 times" in told["Who labelled, and how?"]
    agreed = told["How well did those who labelled agree?"]
    assert "outlines: 12 pairs" in agreed, "three pairs of raters on four vertebrae"
    assert "- Dice: 1.000 (1.000 to 1.000)" in agreed
    assert "grades: 4 vertebrae, 1 on which people differed" in agreed
    assert told["Who made it, and who publishes it?"].endswith("Publisher: A hospital.")
    for person in (team.manager, *team.raters, *team.radiologists):
        assert person.email not in sheet_of(release)
        assert str(person.pk) not in sheet_of(release)


def test_a_sealed_part_leaves_no_trace_in_it(team: flow.Team) -> None:
    """With a sealed case and without it, the sheet is the same but for the day and the count of splits."""
    settle_grades_by_rule(team)
    accept_case(team, grades=[{20: 2}] * 3)
    hidden = accept_case(team, grades=[{20: 3}, {20: 1}, {}])
    opens = timezone.localdate() + timedelta(days=9)
    release = freeze(team, fractions=HALVES, embargo_until=opens)
    secret = release.items.get(release_patient__split="test")
    (seen,) = [item for item in items_of(release) if item.pk != secret.pk]
    assert {seen.case_id, secret.case_id} >= {hidden.pk}
    sheet = sheet_of(release)
    assert secret.release_patient.subject not in sheet
    assert "| test | sealed | sealed | sealed | sealed |" in sheet
    told = answers_of(sheet)
    assert told["How many series came in, and which stayed out?"].startswith("Not told while")
    facts = facts_of(release, [seen])
    assert sheet == datasheet_text(release, facts, open_counts(release, count_content(items_of(release))))
    assert (facts.cases, facts.flow) == (1, None)
    assert "Open cases: 1; patients: 1." in told["How well did those who labelled agree?"]


def test_what_nobody_told_is_said_to_be_untold(team: flow.Team) -> None:
    accept_case(team)
    release = draft(team)
    facts = facts_of(release, items_of(release))
    told = answers_of(datasheet_text(release, facts, count_content(items_of(release))))
    assert [question for question, answer in told.items() if answer == UNTOLD] == [
        "Why was it made?",
        "Who paid for it?",
        "Where are the CTs from, and how were patients chosen?",
        "Was it approved, and did patients consent?",
        "What should it not be used for?",
        "Who maintains it?",
    ]


def test_the_same_rows_make_the_same_sheet(team: flow.Team) -> None:
    accept_case(team, grades=[{20: 2}] * 3)
    release = draft(team, datasheet=SAID)
    counts = count_content(items_of(release))
    first, second = (datasheet_text(release, facts_of(release, items_of(release)), counts) for _ in range(2))
    assert first == second


def test_a_draft_keeps_its_sentences_and_an_older_one_has_none(team: flow.Team) -> None:
    accept_case(team)
    release = draft(team)
    client = client_of(team.manager)
    address = f"/api/v1/releases/{release.pk}"
    asked = {"version": "1.1", "title": "Spines", "datasheet": {"purpose": "To teach."}}
    told = client.put(address, asked, content_type="application/json").json()
    assert told["datasheet"] == Datasheet(purpose="To teach.").to_json()
    refused = client.put(address, asked | {"datasheet": {"aim": "?"}}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (400, "datasheet_invalid")
    with pytest.raises(DatasheetInvalid):
        read_datasheet({"purpose": "x" * 4001})
    Release.objects.filter(pk=release.pk).update(datasheet={})
    release.refresh_from_db()
    assert client.get(address).json()["datasheet"] == dict.fromkeys(SAID, "")
    assert release_detail(release, team.manager)["datasheet"] == {}
