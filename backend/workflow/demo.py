"""The demo project: phantom CTs in every stage, brought there through the services as people would.

The raters differ on purpose, as trained readers do: no outline is quite another's, and now and then a process
is cut short, a front edge drawn too wide, a fracture graded one higher. The masks that "the engine" delivers
have faults of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from backend.accounts.models import User
from backend.accounts.selectors import DEMO_PASSWORD, DEMO_ROLES, user_by_email
from backend.accounts.services import create_user
from backend.annotation.cases.services.cases import update_case
from backend.annotation.models import AnswerKey, Assignment, AssignmentState, Case, CaseState, Task, TaskState
from backend.annotation.selectors import WORKING_STATES, assignments_visible_to
from backend.annotation.work.selectors.in_hand import mask_state
from backend.annotation.work.services import giving, gradings, submitting
from backend.annotation.work.services.working import Edit, edit, open_assignment
from backend.consensus.answers import GRADE_REASON
from backend.consensus.models import AdjudicationItem
from backend.consensus.services import adjudicating
from backend.imaging.models import UploadBatch
from backend.imaging.services.uploads import append_chunk, create_batch, create_upload, process_batch
from backend.projects.models import Project
from backend.projects.selectors import has_role
from backend.projects.services import ProjectDraft, create_project, grant
from backend.releases.models import Release, ReleaseState
from backend.releases.publishing.selectors import showable_items
from backend.releases.publishing.services import publish_release, set_page
from backend.releases.services import building, drafting
from backend.review import services as review
from backend.science.edits import changed_slices, encode_slices
from backend.science.formats.nifti import write_mask, write_volume
from backend.science.labels import THORACOLUMBAR
from backend.science.volume import Mask, label_voxels
from backend.workflow.demo_hands import HANDS, Change, mend, overdraw, shave, swell, trace
from backend.workflow.demo_patients import SPECIAL, Patient, Tell, make_patients, write_participants
from backend.workflow.demo_quality import train_and_measure

SLUG = "demo"

DOMAIN = "demo.test"

NAMES = {
    "manager": "Mara Manager",
    "rater1": "Ada Rater",
    "rater2": "Ben Rater",
    "rater3": "Cleo Rater",
    "radiologist": "Rana Radiologist",
    "radiologist2": "Ravi Radiologist",
    "researcher": "Rosa Researcher",
}

GUIDELINES = """## How to rate

1. Look through all three planes before you paint.
2. Mend the outline of each vertebra; leave out the discs.
3. Grade T1-L6 (Genant): 0 below 20 % loss of height, 1 from 20 %, 2 from 25 %, 3 from 40 %.
4. Say what hinders you in a comment. What you do not know, somebody else will settle.
"""


def is_loaded() -> bool:
    """Whether the demo was loaded to its end before."""
    return Release.objects.filter(project__slug=SLUG, state=ReleaseState.FROZEN).exists()


def load_demo(*, tell: Tell) -> Project:
    """Make what is missing of the demo project. Run again after an interruption, it goes on."""
    people = accounts()
    project = demo_project(people)
    patients = make_patients(tell)
    cases = upload(project, people["manager"], patients, tell)
    Stages(project, people, tell).bring(cases, patients)
    return project


def accounts() -> dict[str, User]:
    """The demo's accounts, made where they are missing."""
    people = {}
    for name in DEMO_ROLES:
        email = f"{name}@{DOMAIN}"
        people[name] = user_by_email(email) or create_user(
            email=email,
            password=DEMO_PASSWORD,
            display_name=NAMES[name],
            project_right=name == "manager",
        )
    return people


def demo_project(people: dict[str, User]) -> Project:
    manager = people["manager"]
    project = Project.objects.filter(slug=SLUG).first() or create_project(
        actor=manager,
        draft=ProjectDraft(
            name="Demo spine project",
            slug=SLUG,
            description="Synthetic spines, three raters, and one release",
            protocol_key="multi_rater",
            guidelines=GUIDELINES,
        ),
    )
    for name, role in DEMO_ROLES.items():
        if not has_role(people[name], project, role):
            grant(actor=manager, project=project, user=people[name], role=role)
    return project


def upload(project: Project, manager: User, patients: list[Patient], tell: Tell) -> list[Case]:
    """The CTs with masks beside them, as one batch; the last CT comes alone, for the engine to segment."""
    if not UploadBatch.objects.filter(project=project).exists():
        tell("  uploading the CTs")
        batch = create_batch(actor=manager, project=project)
        folder = Path(settings.VERTEBASE_VAR) / "demo" / "upload"
        for patient in patients[:-1]:
            first = min(label_voxels(patient.mask.array))
            delivered = patient.mask.array.copy(order="F")
            swell(first)(delivered)
            ct, mask = f"{patient.subject}_ct.nii.gz", f"{patient.subject}_seg-vert_msk.nii.gz"
            write_volume(folder / ct, patient.volume)
            write_mask(folder / mask, Mask(patient.mask.geometry, delivered))
            for name in (ct, mask):
                send_file(manager, batch, folder / name)
        send_file(manager, batch, write_participants(folder, patients[:-1]))
        process_batch(actor=manager, batch=batch)
    return cases_of(project)


def upload_unsegmented(project: Project, manager: User, patient: Patient) -> None:
    """A CT without a mask: the worker's engine makes one while the visitor looks on."""
    path = Path(settings.VERTEBASE_VAR) / "demo" / "upload" / f"{patient.subject}_ct.nii.gz"
    write_volume(path, patient.volume)
    batch = create_batch(actor=manager, project=project)
    send_file(manager, batch, path)
    process_batch(actor=manager, batch=batch)


def send_file(manager: User, batch: UploadBatch, path: Path) -> None:
    row = create_upload(
        actor=manager,
        batch=batch,
        name=path.name,
        relative_path=f"demo/{path.name}",
        size_bytes=path.stat().st_size,
    )
    with path.open("rb") as source:
        append_chunk(actor=manager, upload=row, offset_bytes=0, source=source)
    path.unlink()


def cases_of(project: Project) -> list[Case]:
    """The demo's cases in the order of their patients."""
    return list(
        Case.objects.filter(project=project)
        .select_related("volume__series__patient")
        .order_by("volume__series__patient__pseudonym")
    )


class Stages:
    """Brings each case to the stage where the visitor finds it."""

    def __init__(self, project: Project, people: dict[str, User], tell: Tell) -> None:
        self.project = project
        self.people = people
        self.tell = tell
        self.raters = [people[name] for name in ("rater1", "rater2", "rater3")]

    def bring(self, cases: list[Case], patients: list[Patient]) -> None:
        """Accepted cases first: the release is made of them."""
        plan: list[tuple[str, Callable[[Case, Patient], None]]] = [
            ("accepted", self.accept_after_adjudication),
            ("accepted", self.accept_by_rule),
            ("accepted", self.accept_by_rule),
            ("for review", self.leave_for_review),
            ("for adjudication", self.leave_for_adjudication),
            ("in rating", self.leave_half_rated),
            ("in rating", lambda case, patient: None),
            *(("in rating, after the others", self.leave_for_later) for _ in SPECIAL),
        ]
        for case, patient, (state, step) in zip(cases, patients, plan, strict=False):
            self.tell(f"  {case.alias}: {state}")
            step(case, patient)
        if not AnswerKey.objects.filter(case__project=self.project).exists():
            train_and_measure(self.project, self.people["manager"], cases)
        if not Release.objects.filter(project=self.project).exists():
            self.release()

    def leave_for_later(self, case: Case, patient: Patient) -> None:
        """What is special is handed out last: whoever begins gets a usual spine."""
        update_case(case_id=case.pk, actor=self.people["manager"], priority=-1)

    def rate(self, case: Case, patient: Patient, *, differ: bool) -> None:
        """All three raters hand in, no outline like another; where they are to differ, two really do."""
        levels = sorted(label_voxels(patient.mask.array))
        middle = len(levels) // 2
        changes: list[list[Change]] = [[], [], []]
        if differ:
            changes = [[], [shave(levels[middle])], [overdraw(levels[middle + 1])]]
        shifts = [0, 0, 1] if differ else [0, 0, 0]
        for number, rater in enumerate(self.raters):
            own = [trace(HANDS[number], seed=3 * patient.number + number), *changes[number]]
            self.hand_in(case, rater, patient, own, shifts[number])

    def hand_in(
        self, case: Case, rater: User, patient: Patient, changes: list[Change], shift: int = 0
    ) -> None:
        assignment = self.assignment(case, "rate", rater)
        if assignment is None or assignment.state not in WORKING_STATES:
            return
        open_assignment(assignment_id=assignment.pk, actor=rater)
        first = min(label_voxels(patient.mask.array))
        paint(assignment, [mend(patient.mask.array, first), *changes])
        grade(assignment, patient, shift)
        submit(assignment, seconds=420 + 60 * len(changes))

    def assignment(self, case: Case, stage: str, user: User) -> Assignment | None:
        """The person's assignment in a stage, given to them where there is a free place."""
        task = Task.objects.filter(case=case, stage_key=stage).order_by("-round").first()
        if task is None:
            return None
        held = task.assignments.exclude(state=AssignmentState.CANCELLED).filter(rater=user).first()
        if held is not None or task.state != TaskState.OPEN:
            return held
        return giving.assign(task_id=task.pk, user=user, actor=self.people["manager"])

    def leave_half_rated(self, case: Case, patient: Patient) -> None:
        """One rater has handed in, one is at it, the third has not begun."""
        self.hand_in(case, self.raters[0], patient, [])
        begun = self.assignment(case, "rate", self.raters[1])
        if begun is not None and begun.opened_at is None:
            open_assignment(assignment_id=begun.pk, actor=self.raters[1])
            paint(begun, [shave(min(label_voxels(patient.mask.array)))])

    def leave_for_adjudication(self, case: Case, patient: Patient) -> None:
        self.rate(case, patient, differ=True)

    def leave_for_review(self, case: Case, patient: Patient) -> None:
        self.rate(case, patient, differ=False)

    def accept_by_rule(self, case: Case, patient: Patient) -> None:
        self.rate(case, patient, differ=False)
        self.accept(case)

    def accept_after_adjudication(self, case: Case, patient: Patient) -> None:
        self.rate(case, patient, differ=True)
        expert = self.people["radiologist"]
        assignment = self.assignment(case, "adjudicate", expert)
        if assignment is not None and assignment.state in WORKING_STATES:
            open_assignment(assignment_id=assignment.pk, actor=expert)
            self.choose(assignment, expert)
            grade(assignment, patient, 0)
            submit(assignment, seconds=300)
        self.accept(case)

    def choose(self, assignment: Assignment, expert: User) -> None:
        """The expert takes the careful rater's outline, saying why."""
        for item in AdjudicationItem.objects.filter(task=assignment.task):
            if set(item.reasons) != {GRADE_REASON}:
                choice = adjudicating.Choice(
                    label=item.label, choice="rater", slot="A", reason="A follows the cortex"
                )
                adjudicating.apply_choice(assignment_id=assignment.pk, choice=choice, actor=expert)

    def accept(self, case: Case) -> None:
        case.refresh_from_db()
        reviewer = self.people["radiologist2"]
        if case.state != CaseState.IN_PROGRESS:
            return
        assignment = self.assignment(case, "review", reviewer)
        if assignment is not None:
            review.decide(assignment_id=assignment.pk, actor=reviewer, accept=True, active_seconds=90)

    def release(self) -> None:
        """The first version of the data set."""
        self.tell("  freezing release 1.0")
        manager = self.people["manager"]
        draft = drafting.Draft(
            version="1.0",
            title="Demo spines",
            notes="Synthetic CTs of the lower spine with masks and fracture grades.",
            fractions={"training": 0.34, "validation": 0.33, "test": 0.33},
            seed=1,
        )
        release = drafting.create_release(project=self.project, actor=manager, draft=draft)
        building.start_freeze(release_id=release.pk, actor=manager)
        set_page(
            release_id=release.pk,
            actor=manager,
            public=True,
            access="on_request",
            pictures=[item.pk for item in showable_items(release)][:3],
            looked_at=True,
        )
        publish_release(release_id=release.pk, actor=manager)


def paint(assignment: Assignment, changes: list[Change]) -> None:
    """Apply changes to the opened mask as one stroke each, as the browser sends them."""
    for change in changes:
        held = assignments_visible_to(assignment.rater).get(pk=assignment.pk)
        if held.session is None:
            return
        before = mask_state(held).array
        after = before.copy(order="F")
        change(after)
        ks = changed_slices(before, after)
        if ks:
            stroke = Edit(
                operation_id=uuid4(),
                base_revision=held.session.revision,
                payload=encode_slices(after, ks),
                kind="brush",
            )
            edit(assignment_id=held.pk, edit=stroke)


def grade(assignment: Assignment, patient: Patient, shift: int) -> None:
    """The phantom's own grades; ``shift`` makes a reader call each fracture one grade higher, else lower."""
    for label, (kind, severity) in patient.grades.items():
        read = severity + shift if severity + shift <= gradings.MAX_GRADE else severity - shift
        answer = gradings.Answer(grade=read, fracture_type=kind, osteoporotic=True)
        gradings.grade(assignment_id=assignment.pk, label=label, answer=answer)
    levels = [label for label in label_voxels(patient.mask.array) if label in THORACOLUMBAR]
    gradings.grade_rest_normal(assignment_id=assignment.pk, labels=levels)


def submit(assignment: Assignment, *, seconds: int) -> None:
    held = assignments_visible_to(assignment.rater).get(pk=assignment.pk)
    digest = mask_state(held).digest
    submitting.submit(
        assignment_id=held.pk,
        actor=held.rater,
        hand_in=submitting.HandIn(digest=digest, active_seconds=seconds),
    )
