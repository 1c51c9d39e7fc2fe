"""The people, patients, CTs and first masks of a seeded project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from backend.accounts.models import User
from backend.common.models import Blob, Job, JobState
from backend.imaging.models import Patient, Series, Volume
from backend.masks.models import MaskSource, MaskVersion
from backend.measurements.models import CalibrationRecord, CalibrationState
from backend.pipeline.models import Run
from backend.projects.models import Membership, Project, Role
from backend.projects.protocols import PROTOCOLS
from backend.workflow.seeding.plan import DAYS, STATES, Dice, Plan, put

LABELS = tuple(range(5, 25))  # C5 to L5
SCANNERS = ("iCT 256", "SOMATOM Force", "Revolution CT", "Aquilion ONE")
SHAPE, SPACING = [256, 256, 320], [1.0, 1.0, 1.0]
AFFINE = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
# of the people; the others rate
SHARES = {Role.MANAGER: 0.02, Role.RADIOLOGIST: 0.08, Role.PHYSICIST: 0.02, Role.RESEARCHER: 0.03}


@dataclass
class Site:
    """What the work is done on."""

    project: Project
    people: dict[str, list[User]]
    volumes: list[Volume]
    days: list[float]  # when each volume came
    states: list[str]  # where its case stands, of `STATES`
    masks: dict[Any, MaskVersion]  # the engine's, by volume
    blob: Blob


def make_site(plan: Plan, dice: Dice) -> Site:
    people = _people(plan, dice)
    protocol = PROTOCOLS["multi_rater"]
    project = Project(
        id=dice.key(),
        slug=plan.slug,
        name="Ten thousand spines",
        protocol=protocol.to_json(),
        created_by=people[Role.MANAGER][0],
        created_at=dice.moment(0),
        updated_at=dice.moment(0),
    )
    project.save(force_insert=True)
    put(Membership, _memberships(project, people, dice))
    blob, _ = Blob.objects.get_or_create(
        sha256=sha256(b"seeded").hexdigest(),
        defaults={"size_bytes": 0, "created_at": dice.moment(0)},
    )
    site = Site(project, people, [], [], [], {}, blob)
    _scans(site, plan, dice)
    put(CalibrationRecord, _calibrations(site, dice))
    _first_masks(site, dice)
    return site


def _people(plan: Plan, dice: Dice) -> dict[str, list[User]]:
    people: dict[str, list[User]] = {role: [] for role in (*SHARES, Role.RATER)}
    for number in range(plan.people):
        role = next((role for role, share in SHARES.items() if len(people[role]) < share * plan.people), None)
        name = f"{plan.slug}-{number:03d}"
        user = User(
            id=dice.key(),
            username=name,
            email=f"{name}@scale.test",
            display_name=f"Person {number:03d}",
            date_joined=dice.moment(0),
        )
        user.set_unusable_password()
        people[role or Role.RATER].append(user)
    put(User, (user for group in people.values() for user in group))
    return people


def _memberships(project: Project, people: dict[str, list[User]], dice: Dice) -> Iterator[Membership]:
    for role, group in people.items():
        for user in group:
            at = dice.moment(0)
            yield Membership(
                id=dice.key(), project=project, user=user, role=role, created_at=at, updated_at=at
            )


def _scans(site: Site, plan: Plan, dice: Dice) -> None:
    patients: list[Patient] = []
    series: list[Series] = []
    for number in range(plan.series):
        day = DAYS * 0.8 * number / plan.series
        at = dice.moment(day)
        if number % 5 != 4 or not patients:
            patients.append(_patient(site.project, len(patients) + 1, at, dice))
            of_patient = 1
        else:
            of_patient = 2
        series.append(_one_series(site.project, patients[-1], of_patient, at, dice))
        site.days.append(day)
        site.states += dice.draw.choices(list(STATES), list(STATES.values()))
        site.volumes.append(_volume(series[-1], site.blob, at, dice))
    put(Patient, patients)
    put(Series, series)
    put(Volume, site.volumes)


def _patient(project: Project, number: int, at: Any, dice: Dice) -> Patient:
    return Patient(
        id=dice.key(),
        project=project,
        pseudonym=f"sub-{number:05d}",
        identity_hmac=f"{dice.draw.getrandbits(256):064x}",
        sex=dice.draw.choice("MFF"),
        age_years=dice.draw.randint(35, 90),
        created_at=at,
        updated_at=at,
    )


def _one_series(project: Project, patient: Patient, number: int, at: Any, dice: Dice) -> Series:
    contrast = {"contrast": "none"} if dice.draw.random() < 0.6 else {}
    return Series(
        id=dice.key(),
        patient=patient,
        project=project,
        number=number,
        uid_hmac=f"{dice.draw.getrandbits(256):064x}",
        source_format="nifti",
        facts={"model": dice.draw.choice(SCANNERS), "kvp": 120, "kernel": "B", **contrast},
        acquired_year=2025,
        created_at=at,
        updated_at=at,
    )


def _volume(series: Series, blob: Blob, at: Any, dice: Dice) -> Volume:
    return Volume(
        id=dice.key(),
        series=series,
        shape=SHAPE,
        affine_ras_mm=AFFINE,
        spacing_mm=SPACING,
        hu_min=-1000,
        hu_max=2000,
        voxels_sha256=f"{dice.draw.getrandbits(256):064x}",
        nifti=blob,
        thumbnail=blob,
        slab_index={},
        created_at=at,
        updated_at=at,
    )


def _calibrations(site: Site, dice: Dice) -> Iterator[CalibrationRecord]:
    physicist = site.people[Role.PHYSICIST][0]
    for scanner in SCANNERS:
        at = dice.moment(1)
        yield CalibrationRecord(
            id=dice.key(),
            project=site.project,
            state=CalibrationState.VERIFIED,
            scanner_model=scanner,
            kvp=120,
            slope=dice.near(0.8, 0.05, 0.5, 1.2),
            intercept=dice.near(0, 3, -10, 10),
            phantom="QRM",
            valid_from=at.date() - timedelta(days=2000),
            source="measured",
            created_by=physicist,
            verified_by=physicist,
            verified_at=at,
            created_at=at,
            updated_at=at,
        )


def new_mask(site: Site, volume: Volume, source: MaskSource, at: Any, dice: Dice, **more: Any) -> MaskVersion:
    """A version with the sizes of its vertebrae and no voxels."""
    return MaskVersion(
        id=dice.key(),
        volume=volume,
        source=source,
        digest=f"{dice.draw.getrandbits(256):064x}",
        voxels=site.blob,
        label_voxels={str(label): 12_000 + 1_500 * label + dice.draw.randrange(3000) for label in LABELS},
        created_at=at,
        updated_at=at,
        **{"number": 1} | more,
    )


def _first_masks(site: Site, dice: Dice) -> None:
    """A run on each volume. Where the case still waits, the engine failed."""
    jobs, runs = [], []
    for volume, day, state in zip(site.volumes, site.days, site.states, strict=True):
        at = dice.moment(day + 0.1)
        jobs.append(done_job(site, "pipeline.run", dice.key(), at, dice))
        if state == "waiting":
            jobs[-1].state = JobState.FAILED
        else:
            site.masks[volume.pk] = new_mask(site, volume, MaskSource.ENGINE, at, dice)
        runs.append(
            Run(
                id=jobs[-1].subject_id,
                volume=volume,
                job=jobs[-1],
                engine="builtin",
                engine_version="0.5.0",
                state=jobs[-1].state,
                result=site.masks.get(volume.pk),
                seconds=dice.near(9, 3, 2, 40),
                uncertainty=dice.near(0.1, 0.04, 0.01, 0.5),
                finished_at=at,
                created_at=at,
                updated_at=at,
            )
        )
    put(MaskVersion, site.masks.values())
    put(Job, jobs)
    put(Run, runs)


def done_job(site: Site, kind: str, subject: Any, at: Any, dice: Dice) -> Job:
    """A job that went well, as the sweep looks for."""
    return Job(
        id=dice.key(),
        kind=kind,
        subject_id=subject,
        project_id_ref=site.project.pk,
        state=JobState.SUCCEEDED,
        progress=1.0,
        attempts=1,
        finished_at=at,
        created_at=at,
        updated_at=at,
    )
