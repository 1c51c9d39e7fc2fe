"""Quality control in the demo: training for newcomers, a gold case, and weights chosen from the evidence.

The demo's raters are old hands and are let through, so that whoever tries the demo gets work at once; whom a
visitor adds as a rater is trained first.
"""

from __future__ import annotations

from backend.accounts.models import User
from backend.annotation.models import Case, CaseState
from backend.annotation.quality.services.exercises import set_answer_key
from backend.annotation.quality.services.training import qualify
from backend.annotation.quality.services.weights import WeightsChoice, choose_weights
from backend.progress.raters.selectors.reliability import project_reliability
from backend.progress.raters.selectors.weighting import weight_proposals
from backend.projects.models import Project, Role
from backend.projects.services import update_project

QUALITY = {
    "training_cases": 1,
    "training_dice": 0.85,
    "training_grades": 0.6,
    "gold_share": 0.05,
    "repeat_share": 0.05,
    "repeat_after_days": 14,
    "repeat_disguise": "shift",
}


def train_and_measure(project: Project, manager: User, cases: list[Case]) -> None:
    """Use accepted cases as known answers, and choose weights from what is known of the raters."""
    accepted = [case for case in cases if Case.objects.filter(pk=case.pk, state=CaseState.ACCEPTED).exists()]
    for purpose, case in zip(("training", "gold"), accepted, strict=False):
        case.refresh_from_db()
        set_answer_key(case=case, purpose=purpose, actor=manager)
    protocol = {**project.protocol, "quality": QUALITY}
    changed = update_project(actor=manager, project=project, changes={"protocol": protocol})
    raters = User.objects.filter(memberships__project=project, memberships__role=Role.RATER)
    for rater in raters.distinct():
        qualify(project=changed, user=rater, actor=manager, reason="Rated in the pilot")
    weigh(changed, manager)


def weigh(project: Project, manager: User) -> None:
    """Choose what the comparisons propose."""
    proposals = weight_proposals(project_reliability(project=project, user=manager)["raters"])
    if not proposals:
        return
    rows = proposals[0]["rows"]
    choice = WeightsChoice(
        basis=proposals[0]["basis"],
        weights={row["user"]["id"]: row["weight"] for row in rows},
        excluded={row["user"]["id"]: row["why"] for row in rows if row["why"]},
        evidence={row["user"]["id"]: {"evidence": row["evidence"], "cases": row["cases"]} for row in rows},
        note="After the pilot",
    )
    choose_weights(project=project, actor=manager, choice=choice)
