"""Releases: split by patient, frozen, with a manifest; terms and downloads."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from backend.annotation.models import Case
from backend.common.models import BaseModel, Blob, Job
from backend.imaging.models import Patient
from backend.masks.models import MaskVersion
from backend.projects.models import Project


class ReleaseState(models.TextChoices):
    DRAFT = "draft"
    BUILDING = "building"
    FROZEN = "frozen"
    FAILED = "failed"


class Split(models.TextChoices):
    TRAINING = "training"
    VALIDATION = "validation"  # public
    TEST = "test"  # secret until the embargo ends


class Layout(models.TextChoices):
    """How files are named and laid out: VerSe's way is the release itself, others hold the same voxels."""

    VERSE = "verse", "VerSe"
    BIDS = "bids", "BIDS"
    NNUNET = "nnunet", "nnU-Net v2"
    DICOM = "dicom", "DICOM"
    VERSE_2019 = "verse2019", "VerSe 2019 challenge"
    VERSE_2020 = "verse2020", "VerSe 2020 challenge"


class Release(BaseModel):
    """A version of the data set. Once frozen, nothing in it changes (database trigger and constraint)."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="releases")
    version = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    notes = models.TextField(blank=True)
    licence = models.CharField(max_length=40, default="CC-BY-SA-4.0")
    terms = models.TextField()
    state = models.CharField(max_length=16, choices=ReleaseState, default=ReleaseState.DRAFT)
    fractions = models.JSONField(default=dict)  # {"training": 0.5, "validation": 0.25, "test": 0.25}
    seed = models.PositiveIntegerField(default=0)
    rules = models.JSONField(default=dict)  # `planning.rules.Rules`; empty before there were any
    by_hand = models.JSONField(default=dict)  # {id of a patient: the split that a manager chose}
    embargo_until = models.DateField(null=True, blank=True)  # of the test split
    open_test_images = models.BooleanField(default=False)  # the test split's CTs are out before its masks
    creators = models.JSONField(default=list)  # `creators.Creator` each, in the order of citation
    publisher = models.CharField(max_length=160, blank=True)  # blank: the project
    doi = models.CharField(max_length=120, blank=True)  # bare, without https://doi.org/
    released_on = models.DateField(null=True, blank=True)  # the day that citations name
    dicom = models.BooleanField(default=False)  # masks and measurements as DICOM SEG and SR, too
    rater_masks = models.BooleanField(default=False)  # of cases that several people did, each one's mask
    stable_raters = models.BooleanField(default=False)  # one pseudonym in all cases; else letters by case
    disagreement_maps = models.BooleanField(default=False)
    probability_maps = models.BooleanField(default=False)
    datasheet = models.JSONField(default=dict)  # `datasheet.said.Datasheet`; empty before there was one
    manifest = models.JSONField(default=dict)  # Manifest of listing.py
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    frozen_at = models.DateTimeField(null=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="one_release_per_version"),
            models.CheckConstraint(
                name="frozen_release_has_manifest",
                condition=~models.Q(state="frozen") | ~models.Q(manifest_sha256=""),
            ),
        ]


class ReleasePatient(BaseModel):
    """A patient's split in a release: all series of a patient stand in one split."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="patients")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    split = models.CharField(max_length=12, choices=Split)
    subject = models.CharField(max_length=40)  # sub-verse... style name in the archive

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "patient"], name="one_split_per_patient"),
            models.UniqueConstraint(fields=["release", "subject"], name="one_subject_per_release"),
        ]


class ReleaseItem(BaseModel):
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="items")
    release_patient = models.ForeignKey(ReleasePatient, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    mask = models.ForeignKey(MaskVersion, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "case"], name="one_item_per_case")]


class ReleaseFile(BaseModel):
    """A file of the archive: offsets of the stored zip follow from order, size and CRC."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="files")
    layout = models.CharField(max_length=12, choices=Layout, default=Layout.VERSE)
    split = models.CharField(max_length=12, choices=Split, blank=True)  # blank: in every archive
    path = models.CharField(max_length=300)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    size_bytes = models.BigIntegerField()
    crc32 = models.BigIntegerField()
    image = models.BooleanField(default=False)  # a CT, which may be open before its mask is

    class Meta:
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(fields=["release", "layout", "path"], name="one_file_per_path")
        ]


class TermsAcceptance(BaseModel):
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="acceptances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    terms_sha256 = models.CharField(max_length=64)
    affiliation = models.CharField(max_length=200, blank=True)
    purpose = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["release", "user", "terms_sha256"], name="one_acceptance_per_terms"
            )
        ]


class Access(models.TextChoices):
    """How somebody outside the project comes to the files of a published release."""

    MEMBERS = "members", "Researchers of the project only"
    ON_REQUEST = "on_request", "Whoever asks and is granted it"


class Publication(BaseModel):
    """When a frozen release is open to its readers, what its public page shows, and whether it was withdrawn.

    A row without ``published_at`` is a page in the making. Of the release itself nothing changes by it.
    """

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="publication")
    published_at = models.DateTimeField(null=True)  # takes effect then; null: not published
    public = models.BooleanField(default=False)  # a page that anybody reads without signing in
    access = models.CharField(max_length=12, choices=Access, default=Access.MEMBERS)
    pictures = models.JSONField(default=list)  # ids of the items whose previews the page shows, in order
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="withdrawn_was_published",
                condition=models.Q(withdrawn_at=None)
                | (models.Q(published_at__isnull=False) & ~models.Q(withdrawn_reason="")),
            )
        ]


class RequestState(models.TextChoices):
    UNCONFIRMED = "unconfirmed"  # the address has not been shown to be theirs
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    REVOKED = "revoked"


class AccessRequest(BaseModel):
    """Somebody outside the project asks for the files of one version, under its terms.

    ``user`` where they were signed in; else the answer goes to the address, with a link of their own.
    """

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="access_requests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    email = models.EmailField()
    institution = models.CharField(max_length=200)
    purpose = models.TextField()
    terms_sha256 = models.CharField(max_length=64)  # of the terms that they signed
    state = models.CharField(max_length=12, choices=RequestState, default=RequestState.ASKED)
    confirm_sha256 = models.CharField(max_length=64, blank=True)  # digest of what the mail's link holds
    link_sha256 = models.CharField(max_length=64, blank=True, db_index=True)  # of the link to the files
    expires_at = models.DateTimeField(null=True)  # until when it is granted
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)  # told to whoever asked

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "email"],
                condition=models.Q(state__in=["asked", "granted"]),
                name="one_open_request_per_address",
            )
        ]


class DownloadRecord(BaseModel):
    """Somebody began to take an archive: a person with an account, or whoever holds a granted link."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="downloads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    access = models.ForeignKey(AccessRequest, null=True, on_delete=models.PROTECT, related_name="downloads")
    archive = models.CharField(max_length=40)
    bytes_from = models.BigIntegerField(default=0)


class Erratum(BaseModel):
    """What turned out to be wrong in a frozen release. The release stays; the next one may be better."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="errata")
    item = models.ForeignKey(ReleaseItem, null=True, on_delete=models.PROTECT, related_name="errata")
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["created_at"]
        verbose_name_plural = "errata"


class FaultState(models.TextChoices):
    WAITING = "waiting"
    TAKEN_UP = "taken_up"
    DECLINED = "declined"


class FaultReport(BaseModel):
    """A fault that a user of the data found in a case of a release, and what its managers answered.

    Whoever reported it has an account (``reporter``), or a link of their own to the files (``access``).
    """

    item = models.ForeignKey(ReleaseItem, on_delete=models.PROTECT, related_name="fault_reports")
    label = models.PositiveSmallIntegerField(null=True)  # null: the case as a whole
    text = models.TextField()
    picture = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    access = models.ForeignKey(AccessRequest, null=True, on_delete=models.PROTECT, related_name="faults")
    state = models.CharField(max_length=12, choices=FaultState, default=FaultState.WAITING)
    answer = models.TextField(blank=True)  # told to whoever reported it
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    erratum = models.ForeignKey(Erratum, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="answered_fault_has_answer", condition=models.Q(state="waiting") | ~models.Q(answer="")
            ),
            models.CheckConstraint(
                name="fault_has_one_reporter",
                condition=models.Q(reporter=None, access__isnull=False)
                | models.Q(reporter__isnull=False, access=None),
            ),
        ]


class CustodianState(models.TextChoices):
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ENDED = "ended"  # left, handed over, or the question was taken back


class Custodian(BaseModel):
    """Who keeps the sealed part of a release: named, and custodian once they have accepted it themselves."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="custodians")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=CustodianState, default=CustodianState.ASKED)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)  # stays once set: the part has been in custody since
    ended_at = models.DateTimeField(null=True)
    wants_open_at = models.DateTimeField(null=True)  # when they confirmed the opening, while that holds

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "user"],
                condition=models.Q(state__in=["asked", "accepted"]),
                name="one_place_per_custodian",
            ),
            models.CheckConstraint(
                name="custodian_has_accepted",
                condition=~models.Q(state="accepted") | models.Q(accepted_at__isnull=False),
            ),
        ]


class EmbargoOpening(BaseModel):
    """The sealed part was opened before its day, by two custodians. It stays open."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="opening")
    first = models.ForeignKey(Custodian, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Custodian, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="two_custodians_open", condition=~models.Q(first=models.F("second")))
        ]


class SealedAccess(BaseModel):
    """Somebody saw or took something of a part while it was sealed."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="sealed_accesses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(
        max_length=120
    )  # an archive, a case by its name in the release, the list of files

    class Meta:
        ordering = ["-created_at"]
        verbose_name_plural = "sealed accesses"
