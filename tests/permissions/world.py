"""Two projects that know nothing of each other, each with work in every state."""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

from backend.accounts.models import User
from backend.annotation.models import AnswerKey, Assignment, Case, Exercise
from backend.annotation.quality.services.exercises import set_answer_key
from backend.annotation.work.services import readiness, taking, working
from backend.consensus.models import Fusion
from backend.projects.models import Project, Role
from backend.releases.models import Release
from backend.releases.publishing.services import publish_release
from backend.releases.services import building, drafting
from backend.review import services as review
from backend.review.models import PinnedComment
from tests.backend import factories, flow


@dataclass
class World:
    """A project with three cases: being rated, being adjudicated, and accepted in a frozen release."""

    people: dict[str, User]
    team: flow.Team
    rated: Case
    open_work: Assignment  # of rater_a, begun
    handed_in: Assignment  # of rater_b
    adjudicated: Case
    adjudication: Assignment  # of expert
    accepted: Case
    release: Release
    draft: Release
    fusion: Fusion
    key: AnswerKey
    training: Assignment  # of rater_c, handed in: a copy of the accepted case
    gold: Assignment  # of rater_c, handed in: a copy of a case that nobody worked on
    answer: AnswerKey  # of the gold case
    repeat: Assignment  # of rater_b, in hand: their own accepted case once more, mirrored
    question: PinnedComment  # of rater_a, on their open work


def make_world() -> World:
    team = flow.make_team(raters=3, radiologists=2)
    project = team.project
    people = {
        "manager": team.manager,
        "rater_a": team.raters[0],
        "rater_b": team.raters[1],
        "rater_c": team.raters[2],
        "expert": team.radiologists[0],
        "second": team.radiologists[1],
        "researcher": team.researcher or factories.make_user(),
        "physicist": factories.make_member(project, Role.PHYSICIST),
    }
    accepted = flow.start_case(project)
    flow.rate(team)
    looked = flow.take(people["second"], project)
    review.decide(assignment_id=looked.pk, actor=people["second"], accept=True)
    adjudicated = flow.start_case(project)
    flow.rate(team, changes=[None, None, flow.erase(20)])
    adjudication = flow.take(people["expert"], project)
    working.open_assignment(assignment_id=adjudication.pk, actor=people["expert"])
    rated = flow.start_case(project)
    handed_in = flow.take(people["rater_b"], project)
    flow.hand_in(handed_in)
    open_work = flow.take(people["rater_a"], project)
    working.open_assignment(assignment_id=open_work.pk, actor=people["rater_a"])
    release = drafting.create_release(
        project=project, actor=team.manager, draft=drafting.Draft(version="1.0", title="First")
    )
    building.start_freeze(release_id=release.pk, actor=team.manager)
    publish_release(release_id=release.pk, actor=team.manager)
    draft = drafting.create_release(
        project=project, actor=team.manager, draft=drafting.Draft(version="1.1", title="Second")
    )
    key = set_answer_key(case=Case.objects.get(pk=accepted.pk), purpose="training", actor=team.manager)
    training = train(project, people["rater_c"])
    answer = flow.known_case(team)
    gold = hidden(project, people["rater_c"], "gold")
    flow.hand_in(gold)
    repeat = hidden(project, people["rater_b"], "repeat")
    working.open_assignment(assignment_id=repeat.pk, actor=people["rater_b"])
    question = review.add_comment(
        assignment_id=open_work.pk, actor=people["rater_a"], pin=review.Pin(text="Is this T12?", label=20)
    )
    return World(
        people=people,
        team=team,
        rated=rated,
        open_work=open_work,
        handed_in=handed_in,
        adjudicated=adjudicated,
        adjudication=adjudication,
        accepted=accepted,
        release=Release.objects.get(pk=release.pk),
        draft=draft,
        fusion=Fusion.objects.filter(task__case=adjudicated).latest("created_at"),
        key=key,
        training=training,
        gold=flow.reload(gold),
        answer=answer,
        repeat=flow.reload(repeat),
        question=question,
    )


def hidden(project: Project, rater: User, purpose: str) -> Assignment:
    """Put a gold case or a repeat into somebody's hands, whatever else waits for them."""
    usual = project.protocol
    quality = {f"{purpose}_share": 0.5, "repeat_after_days": 0, "repeat_disguise": "mirror"}
    project.protocol = {**usual, "quality": {**usual["quality"], **quality}}
    project.save()
    assert readiness.prepare_next(user=rater, project=project) == 1
    exercise = Exercise.objects.get(rater=rater, case__purpose=purpose)
    with patch.object(taking, "exercise_due", return_value=exercise):  # now, instead of some time
        assignment = flow.take(rater, project)
    assert assignment.task.case_id == exercise.case_id
    project.protocol = usual
    project.save()
    return assignment


def train(project: Project, rater: User) -> Assignment:
    """Let somebody hand in a training case of a project that, otherwise, asks for none."""
    asked = {**project.protocol, "quality": {**project.protocol["quality"], "training_cases": 1}}
    usual, project.protocol = project.protocol, asked
    project.save()
    readiness.make_ready(user=rater, project=project)
    assignment = flow.take(rater, project)
    flow.hand_in(assignment)
    project.protocol = usual
    project.save()
    return flow.reload(assignment)
