"""What goes over the wire, as types. Written by `make api`, not to be edited by hand."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict


class AbsenceInputRequest(TypedDict):
    # Without it: today
    away_from: NotRequired[str | None]
    away_until: str
    # Work stays with the person, due dates move by the days away
    work_waits: NotRequired[bool]
    # Only say what would change
    preview: NotRequired[bool]


class AbsenceOutcome(TypedDict):
    # Tasks that go back for others on the first day
    goes_back: int
    # Tasks whose due dates move
    moved: list[Moved]


class AcceptInputRequest(TypedDict):
    token: str
    display_name: NotRequired[str]
    password: NotRequired[str]


class AcceptTermsInputRequest(TypedDict):
    affiliation: NotRequired[str]
    purpose: NotRequired[str]


class Accepted(TypedDict):
    project_slug: str
    email: str


class AccessAsked(TypedDict):
    state: AccessRequestState


AccessEnum: TypeAlias = "Literal['members', 'on_request']"


class AccessInputRequest(TypedDict):
    name: str
    # Signed in, one's own address counts
    email: str
    institution: str
    purpose: str
    # SHA-256 of the terms that I have read and accept
    terms_sha256: str


class AccessRequest(TypedDict):
    id: str
    name: str
    email: str
    institution: str
    purpose: str
    signed_in: bool
    state: AccessRequestState
    reason: str
    expires_at: str | None
    decided_at: str | None
    created_at: str


AccessRequestState: TypeAlias = "Literal['unconfirmed', 'asked', 'granted', 'refused', 'revoked']"


class Account(TypedDict):
    # An account as administrators of the site see it; the context comes from `_about`.
    id: str
    email: str
    name: str
    # Designates whether the user can log into this admin site.
    is_staff: bool
    # Designates whether this user should be treated as active. Unselect this instead of deleting
    # accounts.
    is_active: bool
    # May create projects; staff may anyhow
    project_right: bool
    date_joined: str
    last_login: str | None
    # Names of projects of which this is the only manager whose account is on
    alone_in: list[str]
    # Browsers that are signed in
    sessions: int
    # Tokens for scripts that work
    tokens: int


ActionEnum: TypeAlias = "Literal['give', 'distribute', 'reassign', 'take_back', 'prioritise', 'exclude', 'put_back', 'tag', 'untag']"


class ActiveTime(TypedDict):
    # Of the whole assignment so far
    active_seconds: int


class ActiveTimeInputRequest(TypedDict):
    seconds: int


class Adjudication(TypedDict):
    sources: list[AdjudicationSource]
    items: list[AdjudicationItem]
    naming: Naming | None
    spots: list[AdjudicationSpot]
    # Of which `spots` has the largest
    spots_total: int


class AdjudicationItem(TypedDict):
    label: int
    # Codes joined by commas: dice, hd95, grade, naming, unconfirmed, missing
    reason: str
    dice: float | None
    hd95_mm: float | None
    grades: list[SlotAnswer]
    # What each source calls it; 0 where it is not drawn
    names: dict[str, int]
    decision: ItemDecision | None


class AdjudicationSource(TypedDict):
    key: str
    title: str


class AdjudicationSpot(TypedDict):
    id: str
    label: int
    voxel: Voxel
    volume_mm3: float
    max_distance_mm: float
    kind: str


class AgeingCase(TypedDict):
    id: str
    alias: str
    stage_key: str
    stage_title: str
    # When it came into its stage
    since: str
    # The median of stays there that have ended
    usual_s: int | None


class AgreedGrade(TypedDict):
    label: int
    grade: int | None
    fracture_type: str
    foreign_material: str
    not_gradable_reason: str
    deformity: str
    osteoporotic: bool | None
    transitional: bool
    method: str
    answers: list[ReaderAnswer]


class Agreement(TypedDict):
    # As sent: with names, and of how many comparisons these figures are.
    # Comparisons that these figures are of
    comparisons: int
    cases: int
    patients: int
    overall: AgreementNumbers
    levels: list[AgreementLevel]
    # Of many pairs one page, least alike first
    pairs: list[AgreementPair]
    # Pairs on all pages, of one rater where one was named
    pair_count: int
    volumes: AgreementVolumes
    grades: AgreementGrades
    # The newest hundred
    naming: list[AgreementNaming]
    # Disputed names all told
    naming_count: int
    # Of the report over all comparisons
    state: FiguresState
    # Comparisons there are
    wanted: int
    computed_at: str | None
    # Why it could not be computed
    error: str
    # There are more pairs than one answer holds: ask by rater and page
    pairs_are_paged: bool
    page_size: int
    raters: list[RaterName]


class AgreementGrades(TypedDict):
    # All raters on grades.
    vertebrae: int
    patients: int
    differing: int
    fleiss: Estimate
    # Krippendorff's, ordinal
    alpha: Estimate
    # Gwet's, quadratic weights
    ac2: Estimate


class AgreementLevel(TypedDict):
    # The vertebrae of one level.
    # Vertebrae times pairs of raters
    pairs: int
    patients: int
    # Pairs of which one did not draw the vertebra
    missing: int
    dice: Estimate
    hd95_mm: Estimate
    assd_mm: Estimate
    nsd_1mm: Estimate
    nsd_2mm: Estimate
    label: int


class AgreementNaming(TypedDict):
    # A vertebra that is called by more than one name.
    case_id: str
    alias: str
    label: int
    names: list[GivenName]


class AgreementNumbers(TypedDict):
    # Pairs of raters over vertebrae, measure by measure.
    # Vertebrae times pairs of raters
    pairs: int
    patients: int
    # Pairs of which one did not draw the vertebra
    missing: int
    dice: Estimate
    hd95_mm: Estimate
    assd_mm: Estimate
    nsd_1mm: Estimate
    nsd_2mm: Estimate


class AgreementPair(TypedDict):
    # Two raters on what they share.
    # Vertebrae times pairs of raters
    pairs: int
    patients: int
    # Pairs of which one did not draw the vertebra
    missing: int
    dice: Estimate
    hd95_mm: Estimate
    assd_mm: Estimate
    nsd_1mm: Estimate
    nsd_2mm: Estimate
    first: str
    second: str
    cases: int
    # Vertebrae that both graded
    graded: int
    # Cohen's, quadratic weights
    kappa: Estimate | None


class AgreementVolumes(TypedDict):
    # Bland and Altman's limits of agreement (Lancet 1986;1:307), and some of the points.
    pairs: int
    bias_ml: Estimate
    lower_ml: float | None
    upper_ml: float | None
    points: list[VolumePoint]


class AnswerInputRequest(TypedDict):
    accepts: bool


class AnswerKey(TypedDict):
    id: str
    case_id: str
    case_alias: str
    purpose: PurposeEnum
    # Vertebrae with a known grade
    graded: int
    vertebrae: int
    # Copies that were handed in
    given: int
    mean_dice: float | None
    created_at: str


class AnswerKeyInputRequest(TypedDict):
    case_id: str
    purpose: PurposeEnum
    mask_id: NotRequired[str]
    # The case itself is no work any more
    exclude: NotRequired[bool]


class Answered(TypedDict):
    # Null where it was declined
    project_slug: str | None


class AnsweredByVersion(TypedDict):
    # What a version of the guidelines answers, of what I may read.
    number: int
    questions: list[AnsweredQuestion]


class AnsweredErratum(TypedDict):
    subject: str
    text: str


class AnsweredQuestion(TypedDict):
    id: str
    case_alias: str
    label: int | None


class Applied(TypedDict):
    revision: int
    operation_id: str | None
    # VBD1 delta to apply; lists no slice where nothing changed
    payload_b64: str
    digest: str


class AppliedRecord(TypedDict):
    id: str
    slope: float
    intercept: float
    phantom: str
    source: str
    verified_by: str


class Archive(TypedDict):
    # all, a split, or the layout for another tool
    name: str
    layout: LayoutEnum
    size_bytes: int | None
    url: str
    locked_until: str | None


class AsOf(TypedDict):
    # Of when figures are. Of a small project they are of now.
    state: FiguresState
    # Null: never yet, the figures are empty
    computed_at: str | None
    # Something has changed since
    outdated: bool
    # Of the computing that is under way, 0 to 1
    progress: float
    # Computed before, in the background; else for this very answer
    kept: bool
    # Why they could not be computed
    error: str


class Asked(TypedDict):
    # A name only where the reader may know it
    by: str
    text: str
    at: str
    label: int | None
    voxel: Voxel | None
    resolved: bool


class AskedRuleRequest(TypedDict):
    # A rule as a project asks it; numbers that are left out are the paper's.
    id: str
    enabled: NotRequired[bool]
    parameters: NotRequired[dict[str, bool | int | float | str | list[float] | list[str] | dict[str, str]]]


class AssignInputRequest(TypedDict):
    user_id: str


class Assignment(TypedDict):
    id: str
    kind: TaskKind
    state: AssignmentState
    round: int
    project: ProjectRef
    case_id: str
    case_alias: str
    # The engine called the names of this case a guess
    naming_doubt: bool
    # Scored with feedback; no real work
    training: bool
    stage_title: str
    thumbnail_url: str | None
    priority: int
    due_on: str | None
    return_comment: str
    # What I told the manager and is not dealt with; or empty
    concern: str
    opened_at: str | None
    submitted_at: str | None
    active_seconds: int
    updated_at: str
    volume: AssignmentVolume
    session: Session | None
    start: Start
    gradable: list[int]
    needs_grades: bool
    can_edit: bool
    guidelines: str
    grading_schema: GradingSchema
    levels: list[Level]
    adjudication: Adjudication | None
    naming_question: NamingQuestion | None
    # Null where this work does not start from names of an engine that tells
    engine_names: EngineNames | None


AssignmentState: TypeAlias = "Literal['open', 'submitted', 'returned', 'cancelled']"


class AssignmentSummary(TypedDict):
    id: str
    kind: TaskKind
    state: AssignmentState
    round: int
    project: ProjectRef
    case_id: str
    case_alias: str
    # The engine called the names of this case a guess
    naming_doubt: bool
    # Scored with feedback; no real work
    training: bool
    stage_title: str
    thumbnail_url: str | None
    priority: int
    due_on: str | None
    return_comment: str
    # What I told the manager and is not dealt with; or empty
    concern: str
    opened_at: str | None
    submitted_at: str | None
    active_seconds: int
    updated_at: str


class AssignmentVolume(TypedDict):
    id: str
    shape: Voxel
    spacing_mm: Point
    affine_ras_mm: list[list[float]]
    index_url: str


class AuditChoices(TypedDict):
    # What the list can be searched by.
    people: list[AuditPerson]
    verbs: list[AuditVerb]


class AuditEntry(TypedDict):
    # One act. Where names are hidden the actor is a letter, without an id.
    # Its digest in the chain
    entry: str
    at: str
    actor_id: str | None
    # Null: the site itself
    actor: str | None
    verb: str
    text: str
    subject: AuditSubject | None


class AuditPage(TypedDict):
    # Newest first. Not counted: how many there are would tell of those that are held back.
    results: list[AuditEntry]
    # `before` of the next page; null: the last one
    older: str | None
    # Acts on the cases that I rate at this moment are left out until I have handed in
    held_back: bool
    # Double blind: acts on cases are under letters, and not found by person
    names_hidden: bool


class AuditPerson(TypedDict):
    id: str
    name: str


class AuditSubject(TypedDict):
    kind: AuditSubjectKindEnum
    id: str | None
    name: str


AuditSubjectKindEnum: TypeAlias = "Literal['case', 'release', 'person']"


class AuditVerb(TypedDict):
    verb: str
    # Its sentence, values left out
    title: str


class AutomationBias(TypedDict):
    # The same, of a time.
    as_of: AsOf
    engine: BiasGroup
    blank: BiasGroup
    # Blank less engine's
    difference: BiasDifference


class Axes(TypedDict):
    # A vertebra's own axes: unit vectors in RAS from a centre in RAS mm.
    centre: Point
    front: Point
    left: Point
    up: Point


class Back(TypedDict):
    # An act on this case, as `BulkInput` takes it.
    action: ActionEnum
    user_id: NotRequired[str]
    from_user_id: NotRequired[str]
    untouched: NotRequired[bool]
    priority: NotRequired[int]
    due_on: NotRequired[str | None]
    tags: NotRequired[list[str]]


BasisEnum: TypeAlias = "Literal['observed', 'same_kind', 'none']"


class Batch(TypedDict):
    # Files that were dropped together.
    id: str
    project_slug: str
    state: BatchState
    created_at: str
    raw_until: str | None
    job: JobBrief | None
    uploads: list[Upload]
    series: list[str]
    sources: list[BatchSource]


class BatchSource(TypedDict):
    # The uploads that a series of the batch was read from.
    series: str
    uploads: list[str]


BatchState: TypeAlias = "Literal['receiving', 'processing', 'done', 'failed', 'withdrawn']"


class BiasDifference(TypedDict):
    final_dice: Estimate
    volume_difference_ml: Estimate
    minutes_per_vertebra: Estimate


class BiasGroup(TypedDict):
    submissions: int
    cases: int
    patients: int
    # With the accepted mask
    final_dice: Estimate
    # Volume less that of the accepted mask
    volume_difference_ml: Estimate
    minutes_per_vertebra: Estimate


BlankEnum: TypeAlias = "Literal['']"


class Bmd(TypedDict):
    # A density with everything it rests on.
    mg_cm3: float
    # uncertainty of the value, one standard deviation
    sd_mg_cm3: float
    sd_between_levels: float
    levels: list[str]
    # other levels stand in for L1 to L3
    replaced: bool
    category: CategoryEnum
    caveats: list[str]
    calibration: AppliedRecord
    correction: AppliedRecord | None


class Board(TypedDict):
    # Cases as they are now; people and days as of a moment ago in a large project.
    as_of: AsOf
    stages: list[BoardStage]
    raters: list[BoardRater]
    throughput: list[Throughput]


class BoardEstimate(TypedDict):
    # A mean with its bootstrap interval by patient (95 %); null where it is not defined.
    value: float | None
    low: float | None
    high: float | None


class BoardGrades(TypedDict):
    # A team's fracture grades on all vertebrae that the readers graded. Kappa is quadratic; AUC,
    # sensitivity and specificity are of moderate and severe fractures.
    kappa: BoardEstimate
    auc: BoardEstimate
    sensitivity: BoardEstimate
    specificity: BoardEstimate
    # null: tells of answers that are secret
    vertebrae: int | None
    # Moderate and severe ones
    fractures: int | None
    # Without a prediction: taken for normal
    untold: int | None


class BoardPart(TypedDict):
    # A team on one level, or on all of a region; means over vertebrae, null where nothing is to be
    # measured. A missed vertebra has a Dice of 0 and no distance.
    name: str
    # All levels of the cervical, thoracic or lumbar spine
    region: bool
    vertebrae: int
    identification_rate: float | None
    dice: float | None
    distance_mm: float | None
    hausdorff_mm: float | None


class BoardRank(TypedDict):
    # A team's rank by significance, and where its mean would put it in resampled sets of patients.
    rank: int
    rank_low: int
    rank_high: int
    first_share: float
    # Teams that it is significantly better than
    beats: int


class BoardRater(TypedDict):
    user: Rater
    open: int
    submitted: int
    returned: int
    active_minutes: float
    last_activity: str | None


class BoardRow(TypedDict):
    # One team by its last evaluated submission. The first four measures are as the challenge's public
    # code has them: identification over all vertebrae, the others averaged per scan. The strict ones
    # count each extra vertebra as one that was got wrong.
    team_id: str
    team: str
    submission_id: str
    sent_at: str
    # Who evaluated it elsewhere; empty: this site did
    evaluated_by: str
    identification_rate: BoardEstimate
    distance_mm: BoardEstimate
    dice: BoardEstimate
    hausdorff_mm: BoardEstimate
    strict_identification_rate: BoardEstimate
    strict_dice: BoardEstimate
    panoptic_quality: BoardEstimate
    missed: int
    extra: int
    absent_cases: int
    # Regions, then levels; empty while the answers are secret
    parts: list[BoardPart]
    labelling: BoardRank | None
    segmentation: BoardRank | None
    grading: BoardRank | None
    grades: BoardGrades | None


class BoardStage(TypedDict):
    key: str
    title: str
    kind: str
    count: int
    cases: list[CaseCard]


class BulkInputRequest(TypedDict):
    action: ActionEnum
    case_ids: list[str]
    # give, reassign: to whom; take_back: from whom only
    user_id: NotRequired[str]
    # reassign: from whom, where several have a case in hand
    from_user_id: NotRequired[str]
    # distribute: over the people of this group only
    group_id: NotRequired[str]
    priority: NotRequired[int]
    due_on: NotRequired[str | None]
    # exclude: why
    exclusion: NotRequired[ExcludeInputRequest]
    # tag, untag: which; they are kept in small letters
    tags: NotRequired[list[str]]
    # take_back, reassign: only what nobody has opened yet
    untouched: NotRequired[bool]
    # Only say what would become of each case
    preview: NotRequired[bool]


class Calibration(TypedDict):
    # A record that turns HU into bone density, or HU with contrast into HU without.
    id: str
    kind: CalibrationKind
    state: CalibrationState
    scanner_model: str
    device_hash: str
    kvp: float
    kernel: str
    phase: ContrastPhase
    slope: float
    intercept: float
    phantom: str
    valid_from: str | None
    valid_to: str | None
    source: str
    from_header: bool
    note: str
    verified_by: NotRequired[str | None]
    verified_at: str | None
    created_at: str


class CalibrationInputRequest(TypedDict):
    kind: NotRequired[CalibrationKind]
    scanner_model: str
    device_hash: NotRequired[str]
    kvp: float
    kernel: NotRequired[str]
    phase: NotRequired[ContrastPhase]
    slope: float
    intercept: float
    phantom: NotRequired[str]
    valid_from: NotRequired[str | None]
    valid_to: NotRequired[str | None]
    source: NotRequired[str]
    note: NotRequired[str]


CalibrationKind: TypeAlias = "Literal['density', 'contrast']"


CalibrationState: TypeAlias = "Literal['candidate', 'verified', 'retired']"


class CaseCard(TypedDict):
    id: str
    alias: str
    state: CaseState
    stage_key: str
    stage_title: str
    priority: int
    due_on: str | None
    series: CaseSeries
    thumbnail_url: str | None
    # Why somebody excluded it
    excluded_for: ExclusionReason | NullEnum | None
    progress: CaseProgress
    flags: list[str]
    # Words of the managers, in order
    tags: list[str]
    updated_at: str


CaseChangeKind: TypeAlias = "Literal['added', 'removed', 'changed']"


class CaseDetail(TypedDict):
    id: str
    alias: str
    state: CaseState
    stage_key: str
    stage_title: str
    priority: int
    due_on: str | None
    series: CaseSeries
    thumbnail_url: str | None
    # Why somebody excluded it
    excluded_for: ExclusionReason | NullEnum | None
    progress: CaseProgress
    flags: list[str]
    # Words of the managers, in order
    tags: list[str]
    updated_at: str
    project_slug: str
    volume_id: str
    accepted_mask_id: str | None
    masks: list[CaseMask]
    tasks: list[CaseTask]
    # Distances and angles that people drew, oldest first
    rulers: list[Ruler]
    # The engine's sentence where its names are a guess
    naming_doubt: str
    # How far guessed names are settled; empty: nobody doubted them
    naming_state: NamingStateEnum | BlankEnum
    naming_answers: list[NamingOfOther]
    agreed_grades: list[AgreedGrade]
    decisions: list[Decision]
    concerns: list[Concern]
    timeline: list[Timeline]
    # Double blind: people are letters here
    names_hidden: bool
    unblindings: list[Unblinding]
    # Null: nobody excluded it (or it gave its answer to measure raters)
    exclusion: Exclusion | None


class CaseIds(TypedDict):
    # How many match
    count: int
    # The first 5000 of them in their order
    ids: list[str]


class CaseMask(TypedDict):
    id: str
    number: int
    source: MaskSource
    author: str | None
    created_at: str
    provenance: Provenance
    label_voxels: dict[str, int]


class CasePerson(TypedDict):
    # Somebody who works on a case; in a double-blind project a letter, and no account.
    id: str | None
    name: str


class CaseProgress(TypedDict):
    submitted: int
    overlap: int


class CaseQuery(TypedDict):
    state: NotRequired[CaseState | BlankEnum]
    stage: NotRequired[str]
    search: NotRequired[str]
    tag: NotRequired[str]
    ordering: NotRequired[OrderingEnum]


class CaseQueryRequest(TypedDict):
    state: NotRequired[CaseState | BlankEnum]
    stage: NotRequired[str]
    search: NotRequired[str]
    tag: NotRequired[str]
    ordering: NotRequired[OrderingEnum]


class CaseReport(TypedDict):
    # One case: what the challenge's public code gives per vertebra, and what it leaves out beside it.
    # Strict Dice is the mean over the vertebrae that either mask has: a missed or an extra one counts as
    # 0.
    identification_rate: float | None
    dice: float | None
    strict_dice: float
    hausdorff_mm: float | None
    distance_mm: float | None
    panoptic_quality: float | None
    missed: list[int]
    extra: list[int]
    levels: list[LevelScore]
    grades: list[ChallengeGrade]


class CaseScore(TypedDict):
    case: str
    item_id: str
    # No prediction: every vertebra counts as missed
    absent: bool
    report: CaseReport


class CaseSeries(TypedDict):
    id: str
    pseudonym: str
    number: int


CaseState: TypeAlias = "Literal['waiting', 'in_progress', 'accepted', 'excluded']"


class CaseTag(TypedDict):
    name: str
    # How many have it
    cases: int


class CaseTask(TypedDict):
    id: str
    kind: TaskKind
    stage_key: str
    stage_title: str
    round: int
    state: TaskState
    overlap: int
    assignments: list[TaskAssignment]


class CaseToLookAt(TypedDict):
    # What the viewer needs of a case. Nothing in it can be changed.
    id: str
    alias: str
    project: ProjectRef
    volume: AssignmentVolume
    # Oldest first
    masks: list[ShownMask]
    # The mask that stands; null: there is none
    first_mask: str | None
    # Others' work on the case is closed to this person
    own_only: bool
    # Where the raters differ
    spots: list[Spot]
    # Of which `spots` has the largest
    spots_total: int
    # Distances and angles drawn by hand; my own where own_only
    rulers: list[Ruler]


class CaseView(TypedDict):
    # Filters of the list of cases under a name; the context says who reads.
    id: str
    name: str
    filters: CaseQuery
    shared: bool
    owner: str
    mine: bool


class CaseViewInputRequest(TypedDict):
    name: str
    filters: CaseQueryRequest
    # The other managers see it, too
    shared: NotRequired[bool]


class Catalogue(TypedDict):
    releases: list[CatalogueRow]


class CatalogueRow(TypedDict):
    id: str
    version: str
    title: str
    notes: str
    publisher: str
    licence: str
    released_on: str
    standing: ReleaseStanding
    access: AccessEnum
    patients: int
    cases: int
    vertebrae: int
    fractures: int
    levels: list[str]
    contrast: list[PagePhase]
    picture_url: str | None


CategoryEnum: TypeAlias = "Literal['osteoporosis', 'low', 'normal']"


class Centre(TypedDict):
    # The centre of one vertebra of a run's mask, with doubt and confidence where they are stated.
    label: int
    point_ras_mm: Point
    voxel: Point
    voxels: int
    uncertainty: float | None
    confidence: float | None


class Centres(TypedDict):
    # What is needed to correct a run's result.
    mask_id: str
    mask_number: int
    # whether centres can be moved and added
    can_segment: bool
    shape: Voxel
    affine_ras_mm: list[list[float]]
    centres: list[Centre]


class CertaintyFigures(TypedDict):
    # Expected calibration error, and how many CTs with and without a spine would get a vertebra.
    error: float | None
    spines_drawn: int
    others_drawn: int


class CertaintyFit(TypedDict):
    # Whether it was fitted anew how sure the new weights are: ``fitted``, ``carried over`` from earlier
    # weights, or ``none``.
    state: str
    reason: str
    bodies: int
    others: int
    spines: int
    without_a_spine: int
    before: CertaintyFigures | None
    after: CertaintyFigures | None


class ChainCheck(TypedDict):
    # What reading the whole chain of the site has shown the last time.
    state: ChainCheckStateEnum
    # Of the check that is under way, 0 to 1
    progress: float
    # Why the last check could not be made
    error: str
    checked_at: str | None
    # Entries read; null for those who rate: it would tell of others' work
    length: int | None
    # Number of the first entry at fault
    broken_at: int | None
    # What is wrong with it, after `it`
    reason: str


ChainCheckStateEnum: TypeAlias = "Literal['never', 'checking', 'unbroken', 'broken', 'failed']"


class Challenge(TypedDict):
    id: str
    title: str
    release: ChallengeRelease
    project: ChallengeProject
    tasks: list[ChallengeTask]
    # null: a draft
    opened_at: str | None
    # Of the last phase
    closes_at: str | None
    teams_count: int
    # Markdown
    rules: str
    phases: list[ChallengePhase]
    organiser: bool
    # Not whoever manages, rates or reviews in its project
    may_take_part: bool
    # The team I am in
    my_team: str | None
    # The team that I have asked to join
    asked_team: str | None
    # Whether I lead my team
    captain: bool
    teams: list[Team]


class ChallengeGrade(TypedDict):
    # The grade of one vertebra: the release's, and what was predicted; null where nothing was.
    label: int
    wanted: int
    told: int | None
    probability: float | None


class ChallengeInputRequest(TypedDict):
    title: str
    # Markdown
    rules: str
    tasks: NotRequired[list[ChallengeTask]]


class ChallengePhase(TypedDict):
    split: ChallengeSplit
    opens_at: str
    closes_at: str
    daily_limit: int
    state: ChallengePhaseState
    # Scores are kept back until it ends
    secret: bool
    # Submissions that my team may still send today (UTC); null without a team
    left_today: int | None
    # I make keys to sign results of it with
    makes_keys: bool
    # I see its keys, and may revoke them
    reads_keys: bool


class ChallengePhaseInputRequest(TypedDict):
    opens_at: str
    closes_at: str
    daily_limit: NotRequired[int]


ChallengePhaseState: TypeAlias = "Literal['ahead', 'open', 'over']"


class ChallengeProject(TypedDict):
    slug: str
    name: str


class ChallengeRelease(TypedDict):
    id: str
    title: str
    version: str


ChallengeSplit: TypeAlias = "Literal['validation', 'test']"


class ChallengeSubmission(TypedDict):
    id: str
    split: ChallengeSplit
    team: str
    sent_by: str
    # Who evaluated it elsewhere; empty: this site
    evaluated_by: str
    sent_at: str
    size_bytes: int
    state: SubmissionState
    # 0..1
    progress: float
    # null: not checked yet
    check: Checked | None
    evaluated_at: str | None


class ChallengeSubmissionDetail(TypedDict):
    id: str
    split: ChallengeSplit
    team: str
    sent_by: str
    # Who evaluated it elsewhere; empty: this site
    evaluated_by: str
    sent_at: str
    size_bytes: int
    state: SubmissionState
    # 0..1
    progress: float
    # null: not checked yet
    check: Checked | None
    evaluated_at: str | None
    # null: kept back now
    cases: list[CaseScore] | None


class ChallengeSummary(TypedDict):
    id: str
    title: str
    release: ChallengeRelease
    project: ChallengeProject
    tasks: list[ChallengeTask]
    # null: a draft
    opened_at: str | None
    # Of the last phase
    closes_at: str | None
    teams_count: int


ChallengeTask: TypeAlias = "Literal['labelling', 'segmentation', 'grading']"


class ChangedSince(TypedDict):
    id: str
    version: str


class Changes(TypedDict):
    labels: list[LabelChange]


class Check(TypedDict):
    code: str
    severity: SeverityEnum
    message: str


class Checked(TypedDict):
    # What an archive holds. Names beyond the first 200 are counted only.
    cases: int
    missing: list[str]
    extra: list[str]
    extra_count: int
    faults: list[Fault]
    faults_count: int
    # The table of fracture grades; empty: none
    grades: str


ChoiceEnum: TypeAlias = "Literal['fused', 'rater', 'painted']"


class ChoiceInputRequest(TypedDict):
    label: int
    choice: ChoiceEnum
    # A, B, C, ...
    slot: NotRequired[str | None]
    reason: NotRequired[str]


class Citations(TypedDict):
    text: str
    bibtex: str
    ris: str


class Coarse(TypedDict):
    sha256: str
    shape: list[int]
    factor: list[int]
    bytes: int
    url: str


class Comment(TypedDict):
    id: str
    # A name only where the reader may know it
    author: str
    mine: bool
    label: int | None
    voxel: Voxel | None
    parent: str | None
    text: str
    # Whether the thread that it opened is closed
    resolved: bool
    created_at: str


class Comparison(TypedDict):
    id: str
    state: JobState
    error: str
    software_version: str
    report: ComparisonReport
    spots: list[Spot]
    # Of which `spots` has the largest
    spots_total: int
    created_at: str


class ComparisonReport(TypedDict):
    # All submissions of a task held against each other; before that is done everything is empty.
    slots: list[str]
    mask_slots: list[str]
    raters: int
    empty_raters: list[int]
    dice_matrix: list[list[float | None]]
    labels: dict[str, LabelAgreement]
    pairs: list[PairAgreement]
    naming_disputes: list[DisputedName]
    grades: GradeAgreement
    suspects: list[SuspectMask] | None
    spots_total: int | None


class Concern(TypedDict):
    # What somebody told of their task; ``id`` is the assignment's.
    id: str
    rater: CasePerson
    stage_title: str
    concern: ConcernEnum
    text: str
    # The task is free again
    gave_back: bool
    at: str


ConcernEnum: TypeAlias = "Literal['wrong_region', 'discuss', 'not_for_me', 'other']"


class ConcernInputRequest(TypedDict):
    concern: ConcernEnum
    text: NotRequired[str]
    give_back: NotRequired[bool]


class Config(TypedDict):
    site_name: str
    version: str
    open_signup: bool
    sends_mail: bool
    # Whom to ask about this site; may be empty
    contact: str
    demo_accounts: list[DemoAccount]


class Confusion(TypedDict):
    # Vertebrae that others graded too
    items: int
    # Rows: the likely grade 0-3; columns: share of the rater's answers 0-3
    table: list[list[float]] | None
    # Why there is no table
    reason: ConfusionReasonEnum | BlankEnum


ConfusionReasonEnum: TypeAlias = "Literal['closed', 'too_few', 'nobody_to_compare']"


class Consensus(TypedDict):
    comparison: Comparison | None
    fusions: list[Fusion]
    failed_fusions: list[FailedFusion]
    # Whether rater weights were chosen for the project
    has_weights: bool
    versions: list[Version]
    decisions: list[Decision]
    agreed_grades: list[AgreedGrade]


class ContrastCount(TypedDict):
    phase: PagePhase
    cases: int


ContrastPhase: TypeAlias = "Literal['none', 'arterial', 'portal_venous']"


class CorrectedBoard(TypedDict):
    split: ChallengeSplit
    release_id: str
    version: str
    # null: being scored
    board_at: str | None
    # null: kept back until the phase ends
    board: Standings | None


class CorrectedBoards(TypedDict):
    boards: list[CorrectedBoard]


class CorrectionInputRequest(TypedDict):
    # The vertebrae as they should be; one that is left out is removed.
    centres: list[EntryInputRequest]
    priority: NotRequired[int]


class CorrectionPlan(TypedDict):
    # What a correction of a mask's vertebrae comes to; empty of a run that corrects nothing.
    renamed: dict[str, int]
    removed: list[int]
    touched: list[int]
    centroids_ras_mm: dict[str, list[float]]


class CostByModel(TypedDict):
    # What accepted cases cost that started from one model; means over cases. ``number`` null: what ships.
    model_id: str | None
    number: int | None
    name: str
    accepted: int
    changed_voxels: float | None
    minutes: float | None
    first_accepted_at: str
    last_accepted_at: str


class Counting(TypedDict):
    counting: bool


class Counts(TypedDict):
    series: int
    cases: int
    accepted: int
    quarantined: int


class Course(TypedDict):
    as_of: AsOf
    weeks: list[Week]
    forecast: Forecast
    stages: list[CourseStage]
    people: list[Workload]
    models: list[CostByModel]
    flow: Flow
    coverage: list[Coverage]
    ageing: list[AgeingCase]


class CourseStage(TypedDict):
    # Stays that have ended in seconds; active minutes of all, and of what was handed in.
    key: str
    title: str
    # 'former': the protocol has it no more
    kind: str
    # In it now
    cases: int
    stays: int
    quartile_low_s: int | None
    median_s: int | None
    quartile_high_s: int | None
    active_minutes: float
    hand_ins: int
    minutes_per_hand_in: float | None
    vertebrae: int
    minutes_per_vertebra: float | None


class Coverage(TypedDict):
    # A region or a level
    part: PartEnum
    region: RegionEnum
    accepted: int
    wanted: int | None


class Creator(TypedDict):
    # A person as "Family, Given", or an institution or group by its name without a comma.
    name: str
    affiliation: str
    orcid: str


class CreatorRequest(TypedDict):
    # A person as "Family, Given", or an institution or group by its name without a comma.
    name: str
    affiliation: NotRequired[str]
    orcid: NotRequired[str]


class CurvePoint(TypedDict):
    # ``network`` and ``round`` are missing of trainings that taught the borders only.
    network: NotRequired[str]
    round: NotRequired[int]
    step: int
    loss: NotRequired[float]
    dice: NotRequired[float]
    validation: NotRequired[float]


class Custodian(TypedDict):
    id: str
    name: str
    state: CustodianStateEnum
    asked_at: str
    accepted_at: str | None
    ended_at: str | None
    # When they confirmed the opening, while that holds
    confirmed_at: str | None
    mine: bool
    # I may take the question back
    may_take_back: bool


class CustodianInputRequest(TypedDict):
    # Of their account; they may be from outside the project
    email: str
    # A custodian hands their place over
    instead_of_me: NotRequired[bool]


CustodianStateEnum: TypeAlias = "Literal['asked', 'accepted', 'declined', 'ended']"


class CustodyAnswerInputRequest(TypedDict):
    accept: bool


CutVertebraeEnum: TypeAlias = "Literal['keep', 'leave_out']"


class Datasheet(TypedDict):
    # An empty one is said to be untold. Releases of former versions have none.
    # Why the data set was made
    purpose: str
    # Who paid for it
    funding: str
    # Where the CTs are from, how patients were chosen
    source: str
    # Approval and consent
    ethics: str
    # What it should not be used for, known biases
    limits: str
    # Who maintains it, and how to reach them
    upkeep: str


class DatasheetRequest(TypedDict):
    # An empty one is said to be untold. Releases of former versions have none.
    # Why the data set was made
    purpose: NotRequired[str]
    # Who paid for it
    funding: NotRequired[str]
    # Where the CTs are from, how patients were chosen
    source: NotRequired[str]
    # Approval and consent
    ethics: NotRequired[str]
    # What it should not be used for, known biases
    limits: NotRequired[str]
    # Who maintains it, and how to reach them
    upkeep: NotRequired[str]


class DecideInputRequest(TypedDict):
    accept: bool
    comment: NotRequired[str]
    active_seconds: NotRequired[int]


DecidedByEnum: TypeAlias = "Literal['seed', 'hand', 'earlier']"


class Decision(TypedDict):
    label: int
    choice: str
    slot: str | None
    reason: str


class DeclineInputRequest(TypedDict):
    # Whoever reported it is told it
    reason: str


class Delivery(TypedDict):
    # One message, and what became of it.
    id: str
    event_id: str
    event: str
    body: str
    state: DeliveryStateEnum
    attempts: int
    created_at: str
    next_at: str
    sent_at: str | None
    last_status: int | None
    last_error: str


DeliveryStateEnum: TypeAlias = "Literal['waiting', 'sent', 'given_up']"


class DemoAccount(TypedDict):
    email: str
    password: str
    role: str
    display_name: str


class DensityLevel(TypedDict):
    label: int
    name: str
    # HU
    mean: float
    sd: float | None
    voxels: int
    volume_mm3: float
    # why the level is left out; empty: it is not
    excluded: str
    # who moved the region of interest
    adjusted_by: str | None
    # HU of the automatic region, if moved
    automatic_mean: float | None


class DesktopChange(TypedDict):
    # What taking the file in would change. To take it, post `delta_b64` as an operation `desktop`.
    # the base revision of the delta
    revision: int
    # of the mask as it would be
    digest: str
    changed_voxels: int
    # those that change, from the head down
    levels: list[LevelChange]
    # what should be said of the file
    remarks: list[str]
    # VBD1
    delta_b64: str


class Disk(TypedDict):
    total_bytes: int
    free_bytes: int


class DisputedName(TypedDict):
    # A vertebra that the raters call by more than one name.
    label: int
    names: list[int]


class DraftInputRequest(TypedDict):
    version: str
    title: str
    notes: NotRequired[str]
    licence: NotRequired[str]
    # Empty: the terms that ship
    terms: NotRequired[str]
    fractions: NotRequired[dict[str, float]]
    seed: NotRequired[int]
    embargo_until: NotRequired[str | None]
    open_test_images: NotRequired[bool]
    creators: NotRequired[list[CreatorRequest]]
    # Empty: the project's name
    publisher: NotRequired[str]
    # 10.1234/abc
    doi: NotRequired[str]
    # null: today
    released_on: NotRequired[str | None]
    # Masks and measurements as DICOM SEG and SR, too, with the images
    dicom: NotRequired[bool]
    # Each rater's own mask, of cases that several people did
    rater_masks: NotRequired[bool]
    # A rater has the same pseudonym in every case, not a letter by case
    stable_raters: NotRequired[bool]
    # Share of raters whose label differs from the mask, by voxel
    disagreement_maps: NotRequired[bool]
    # Share of raters who marked a vertebra, by voxel
    probability_maps: NotRequired[bool]
    datasheet: NotRequired[DatasheetRequest]
    # Which accepted cases go in; empty: all
    rules: NotRequired[RulesRequest]


class DrawnByItself(TypedDict):
    # A CT that nobody had drawn and that was learnt from.
    vertebrae: int
    agreement: float | None


class Drift(TypedDict):
    as_of: AsOf
    alarms: list[DriftAlarm]


class DriftAlarm(TypedDict):
    # That a rater's figures have left their own band.
    id: str
    rater: Rater
    figure: FigureEnum
    label: int | None
    side: SideEnum
    state: DriftState
    # When the change probably began
    since: str
    # Hand-in that raised it
    until: str
    # Values in the band before
    values_before: int
    mean_before: float
    mean_since: float
    # Hand-ins behind it
    submissions: int
    # Those of them that may be named
    cases: list[DriftCase]
    reason: str
    settled_by: str
    settled_at: str | None
    # The rater is in training now
    trains: bool


class DriftCase(TypedDict):
    id: str
    alias: str
    # When it was handed in
    at: str


class DriftReasonInputRequest(TypedDict):
    reason: str


DriftState: TypeAlias = "Literal['open', 'dismissed', 'retrained']"


class EditEffort(TypedDict):
    # What raters changed of one model's masks: means, and each mask. ``number`` null: what ships.
    model_id: str | None
    number: int | None
    name: str
    masks: int
    changed_voxels: float
    changed_ml: float
    changed_percent: float | None
    dice: float | None
    active_minutes: float | None
    points: list[EffortPoint]


class EditEffortReport(TypedDict):
    as_of: AsOf
    models: list[EditEffort]


class EffortPoint(TypedDict):
    # One rater's mask, or the mean of several that follow one another.
    at: str
    masks: int
    changed_percent: float | None
    active_minutes: float | None


class Embargo(TypedDict):
    # The sealed part of a release: who keeps it, and who has read of it.
    locked_until: str | None
    # By two custodians, before its day
    opened_at: str | None
    # Managers who are no custodians do not read it any more
    in_custody: bool
    # I read the sealed part
    reads: bool
    # I may ask somebody to take a free place
    may_name: bool
    custodians: list[Custodian]
    # The newest, of the time while it was sealed
    accesses: list[SealedAccess]


class Engine(TypedDict):
    # An engine that the site knows, at hand or not.
    key: str
    name: str
    version: str
    stages: list[str]
    available: bool
    problem: str


class EngineNames(TypedDict):
    # What the engine's names rest on, how likely they are, and what they may be instead.
    # As it named them, head to foot
    levels: list[int]
    # 0..1, that all of these names are right
    probability: float
    anchors: list[NamesAnchor]
    # The likeliest first
    alternatives: list[OtherNames]


class EngineNaming(TypedDict):
    # What an engine says of the names. ``doubt`` null: it does not say whether they are a guess.
    statement: str
    doubt: bool | None
    anchors: list[str]
    evidence: list[NamingEvidence]
    confidence: float
    levels: dict[str, float]
    alternatives: list[NamingAlternative]


class EngineReport(TypedDict):
    # What an engine says of its run: the built-in one in ``inference/report.py``, others less, or more.
    engine: str
    version: str
    device: str
    mixed_precision: bool | None
    stages: list[EngineStage]
    weights: dict[str, str]
    seconds: float | None
    notes: list[str]
    vertebrae: dict[str, EngineVertebra]
    cut: list[int]
    spine_confidence: float | None
    uncertainty: dict[str, float]
    uncertainty_overall: float | None
    naming: EngineNaming | None
    touched: list[int] | None
    labels: list[int] | None


class EngineStage(TypedDict):
    # One stage as it went; ``reused`` from an attempt before.
    name: str
    seconds: float | None
    digest: str | None
    reused: bool


class EngineVertebra(TypedDict):
    # One vertebra of an engine's mask. ``cut``: by the border of the image.
    name: str
    uncertainty: float | None
    confidence: float | None
    vertebra_confidence: float | None
    cut: bool


class EntryInputRequest(TypedDict):
    label: int
    # its former label; null for a new vertebra
    was: int | None
    point_ras_mm: Point


class Erratum(TypedDict):
    id: str
    subject: str | None
    text: str
    created_at: str


class ErratumInputRequest(TypedDict):
    text: str
    subject: NotRequired[str]


class Error(TypedDict):
    # The body of every refusal.
    # Stable and machine-readable
    code: str
    # One sentence for people
    message: str
    extra: dict[str, Any]


class Estimate(TypedDict):
    # A figure with its 95 % interval over patients; null where not defined.
    value: float | None
    low: float | None
    high: float | None


class EvaluationKey(TypedDict):
    # A key without its secret.
    id: str
    name: str
    made_by: str
    made_at: str
    used_at: str | None
    revoked_at: str | None


class EvaluationKeyFile(TypedDict):
    # A key as `vertebase evaluate` reads it from a file; the secret is told this once.
    format: str
    site: str
    key: str
    secret: str
    name: str
    challenge: str
    split: ChallengeSplit
    version: str
    manifest_sha256: str


class EvaluationKeyInputRequest(TypedDict):
    # Who evaluates with it; stands on the leaderboard
    name: str


class EvaluationResultRequest(TypedDict):
    # What a key signs: which phase, whose predictions, on which data, and the figures of every case.
    format: str
    key: str
    challenge: str
    split: str
    version: str
    manifest_sha256: str
    team: str
    nonce: str
    # ISO 8601, with its offset
    signed_at: str
    # The command that made the predictions
    program: NotRequired[str]
    cases: dict[str, ResultCaseRequest]


class Event(TypedDict):
    # Something that happened, as a webhook is told it: nobody is named, and nothing of tasks and masks.
    id: str
    event: str
    # ISO 8601, UTC
    at: str
    project: str
    subject: EventSubject | None


class EventKind(TypedDict):
    # Something that another program can be told.
    event: str
    title: str


class EventSubject(TypedDict):
    # What it happened to.
    # `case` or `release`
    kind: str
    id: str
    name: str


class Events(TypedDict):
    # Events, oldest first.
    events: list[Event]
    # What to ask `after` next
    cursor: str
    # There are more already
    more: bool


class ExcludeInputRequest(TypedDict):
    reason: ExclusionReason
    note: NotRequired[str]


class Exclusion(TypedDict):
    # Why a case is not part of the data.
    reason: ExclusionReason
    note: str
    by: str
    at: str


ExclusionReason: TypeAlias = (
    "Literal['image_quality', 'wrong_region', 'same_scan', 'not_eligible', 'consent', 'other']"
)


class ExercisePoint(TypedDict):
    at: str
    dice: float | None
    grades_exact: float | None


class Exercises(TypedDict):
    # Gold cases against their answer, or repeats against the rater's own first work.
    # On one's own line in whole blocks of five
    count: int
    dice: Estimate
    # Share of vertebrae with the very same grade
    grades_exact: Estimate
    history: list[ExercisePoint]


class FailedFusion(TypedDict):
    job_id: str
    method: str
    parameters: FusionParameters
    error: str
    failed_at: str


class Fault(TypedDict):
    # Why one file of an archive cannot be used.
    file: str
    code: str
    message: str


class FaultInputRequest(TypedDict):
    # A case of the release that is open to me
    item_id: str
    # The vertebra; null: the whole case
    label: NotRequired[int | None]
    # What is wrong
    text: str


class Feedback(TypedDict):
    # A training case after it was handed in; ``ready`` is false while it is being scored.
    ready: bool
    case_alias: str
    project: dict[str, str]
    passed: bool
    mean_dice: float | None
    grades_exact: float | None
    dice_wanted: float
    grades_wanted: float
    # What is wrong with the mask as a whole; empty where nothing is
    note: str
    vertebrae: list[VertebraScore]
    grades: list[GradeScore]


FigureEnum: TypeAlias = "Literal['dice', 'level_dice', 'gold_dice', 'edited', 'minutes']"


class Figures(TypedDict):
    # The counts behind the paper's figures E1 to E4, each in the order in which it is drawn.
    # E1, by level
    vertebrae: dict[str, int]
    # E2, by level
    fractured: dict[str, int]
    # E3, by type, then by grade
    types: dict[str, dict[str, int]]
    # E4, patients by decade of age
    decades: dict[str, int]
    # E4, patients by class of bone density in mg/cm3
    bmd_classes: dict[str, int]


FiguresState: TypeAlias = "Literal['ready', 'computing', 'failed']"


class Finding(TypedDict):
    code: str
    severity: SeverityEnum
    message: str
    label: int | None
    voxels: int | None
    # A place to jump to
    voxel: Voxel | None
    # block: mend it or answer it before handing in
    rule: FindingRuleEnum
    # The reason given when the mask was handed in; empty: none
    answer: str


class FindingAnswerRequest(TypedDict):
    code: str
    label: int | None
    reason: str


class FindingReason(TypedDict):
    # Why a finding that blocks is right as it is, in the words of whoever handed in.
    code: str
    label: int | None
    reason: str


FindingRuleEnum: TypeAlias = "Literal['warn', 'block']"


class FirstHour(TypedDict):
    # What I do first in a project that I am new to.
    project: ProjectRef
    steps: list[FirstHourStep]
    # The newest release that I may look into
    release: str | None


class FirstHourStep(TypedDict):
    key: KeyEnum
    done: bool


class Flow(TypedDict):
    # Series on their way into the data set: came in = held + excluded + included.
    came_in: int
    # Kept out by inclusion rules
    held: int
    # By rule; one series can fail several
    rules: list[LeftOut]
    # Of the others, excluded by people
    excluded: int
    reasons: list[LeftOut]
    included: int
    accepted: int
    in_progress: int
    # For the engine, or no case yet
    waiting: int


class Forecast(TypedDict):
    # When 10, 50 and 90 % of simulated futures are done; null: not within ten years.
    state: ForecastStateEnum
    remaining: int
    # Complete weeks that it rests on
    weeks: int
    # In those weeks
    accepted: int
    early: str | None
    median: str | None
    late: str | None
    least_weeks: int
    least_accepted: int


ForecastStateEnum: TypeAlias = "Literal['ready', 'too_little', 'stalled', 'done']"


ForeignMaterialEnum: TypeAlias = "Literal['none', 'pmma', 'screw_rod', 'cage', 'other']"


FractureTypeEnum: TypeAlias = "Literal['wedge', 'biconcave', 'crush']"


class FuseInputRequest(TypedDict):
    method: FusionMethod
    parameters: NotRequired[FusionAskedRequest]


class FusedInstance(TypedDict):
    # One vertebra of a fused mask; label 0 for one that did not get in. See science/fusion/model.py.
    label: int
    names: list[int]
    rater_voxels: list[int]
    voxels: int
    majority_voxels: int
    staple_voxels: int | None
    sba_voxels: int | None
    disputed_voxels: int
    undecided_voxels: int
    islands_removed: int
    holes_filled: int
    sensitivity: list[float | None]
    specificity: list[float | None]
    expected_dice: list[float | None]
    staple_iterations: int | None
    staple_converged: bool | None
    left_out: list[int]
    uncertainty_mm3: float | None
    flags: list[str]


class FusedMask(TypedDict):
    # A mask that went into a fusion.
    mask: str
    digest: str


class FusedRater(TypedDict):
    # What a fusion saw of one rater. ``excluded``: why the votes were left out, empty where they counted.
    rater: int
    labels: int
    matched: int
    name_shift: int | None
    excluded: str
    share: float | None
    capped: bool
    left_out: list[int]


class Fusion(TypedDict):
    id: str
    method: str
    parameters: FusionParameters
    report: FusionReport
    chosen: bool
    result_id: str
    provenance: Provenance
    created_at: str


class FusionAskedRequest(TypedDict):
    # What a manager may set of a fusion; what is left out is as science has it.
    weights: NotRequired[list[float] | None]
    minimum_iou: NotRequired[float | None]
    staple_prior: NotRequired[float | None]
    staple_iterations: NotRequired[int | None]
    clean: NotRequired[bool | None]


FusionMethod: TypeAlias = "Literal['majority', 'weighted', 'staple', 'sba']"


class FusionParameters(TypedDict):
    # What was asked of a fusion, null where nothing was, and where its weights came from.
    weights: list[float] | None
    minimum_iou: float | None
    staple_prior: float | None
    staple_iterations: int | None
    clean: bool | None
    weights_choice: str | None
    weights_on: str | None
    left_out: dict[str, str]


class FusionReport(TypedDict):
    # What a fusion did, by vertebra and by rater.
    method: str
    parameters: FusionSettings
    slots: list[str]
    raters: list[FusedRater]
    instances: list[FusedInstance]
    labels: dict[str, FusedInstance]
    adjudicate: list[int]
    dropped: list[list[int]]


class FusionSettings(TypedDict):
    # How a fusion was made; what each means stands in science/fusion/model.py.
    method: str
    weights: list[float] | None
    minimum_iou: float | None
    staple_prior: float | None
    staple_iterations: int | None
    clean: bool | None


class GivenName(TypedDict):
    # What one rater, by letter, called a vertebra.
    slot: str
    # 0: not drawn
    label: int


class GradeAgreement(TypedDict):
    # Each reader's grade by label, and the shares of pairs of answers; see consensus/grades.py.
    labels: dict[str, list[int | None]]
    pairs: int
    exact: float | None
    within_one: float | None
    disputed: list[int]


class GradeChange(TypedDict):
    before: StandingAnswer | None
    after: StandingAnswer | None


GradeEnum: TypeAlias = "Literal[0, 1, 2, 3]"


class GradeScore(TypedDict):
    # A vertebra's grade by the person and by the answer; null: not gradable, or not given.
    label: int
    given: int | None
    answer: int | None


GradesEnum: TypeAlias = "Literal['median', 'majority', 'dawid_skene']"


class Grading(TypedDict):
    # What a reader answered for one vertebra.
    grade: GradeEnum | NullEnum | None
    fracture_type: FractureTypeEnum | BlankEnum
    foreign_material: ForeignMaterialEnum
    not_gradable_reason: str
    deformity: str
    osteoporotic: bool | None
    transitional: bool
    comment: str
    label: int
    revision: int
    created_at: str


class GradingAnswerInputRequest(TypedDict):
    grade: int | None
    fracture_type: NotRequired[FractureTypeEnum | BlankEnum]
    foreign_material: NotRequired[ForeignMaterialEnum]
    not_gradable_reason: NotRequired[str]
    deformity: NotRequired[str]
    osteoporotic: NotRequired[bool | None]
    transitional: NotRequired[bool]
    comment: NotRequired[str]


class GradingField(TypedDict):
    # A field of the grading form. ``options`` only where an answer is one of a list.
    name: GradingFieldNameEnum
    asked: bool
    needed: NeededEnum
    options: list[GradingOption]


GradingFieldNameEnum: TypeAlias = "Literal['fracture_type', 'foreign_material', 'not_gradable_reason', 'deformity', 'osteoporotic', 'transitional', 'comment']"


class GradingFieldRequest(TypedDict):
    # A field of the grading form. ``options`` only where an answer is one of a list.
    name: GradingFieldNameEnum
    asked: NotRequired[bool]
    needed: NotRequired[NeededEnum]
    options: NotRequired[list[GradingOptionRequest]]


class GradingOption(TypedDict):
    # An answer that may be given: its code, which is stored, and its words.
    code: str
    title: str


class GradingOptionRequest(TypedDict):
    # An answer that may be given: its code, which is stored, and its words.
    code: str
    title: str


class GradingSchema(TypedDict):
    # The form of a project. Fields that are not named are not asked, unless they cannot be left out.
    title: str
    fields: list[GradingField]


class GradingSchemaRequest(TypedDict):
    # The form of a project. Fields that are not named are not asked, unless they cannot be left out.
    title: str
    fields: list[GradingFieldRequest]


class GrantInputRequest(TypedDict):
    days: NotRequired[int]


class Granted(TypedDict):
    release_id: str
    title: str
    version: str
    expires_at: str
    manifest_sha256: str
    archives: list[Archive]


class GroupPeopleInputRequest(TypedDict):
    # Who is put in and who is taken out, by the ids of people; the others stay as they are.
    put_in: NotRequired[list[str]]
    take_out: NotRequired[list[str]]


class GuidelineDraft(TypedDict):
    text: str
    changes: str
    # 0: nothing is kept yet, the text is that in force
    revision: int


class GuidelineDraftInputRequest(TypedDict):
    text: str
    changes: NotRequired[str]
    # Of the draft as it was read
    revision: int


class GuidelinePicture(TypedDict):
    id: str
    # To be named in the text: ![what it shows](address)
    address: str
    width: int
    height: int


class GuidelinePublishInputRequest(TypedDict):
    # Of the draft as it was read
    revision: int
    changes: str
    must_read: NotRequired[bool]


class GuidelineReceipt(TypedDict):
    user: Reader
    # The newest version that they have read
    number: int | None
    read_at: str | None
    how: GuidelineReceiptHowEnum | NullEnum | None


GuidelineReceiptHowEnum: TypeAlias = "Literal['end', 'button', 'wrote']"


class GuidelineSummary(TypedDict):
    number: int
    # What is new in it, in a line
    changes: str
    # Before the next task is handed out
    must_read: bool
    published_at: str
    published_by: str
    # When I have read it
    read_at: str | None


class GuidelineVersion(TypedDict):
    number: int
    # What is new in it, in a line
    changes: str
    # Before the next task is handed out
    must_read: bool
    published_at: str
    published_by: str
    # When I have read it
    read_at: str | None
    # Markdown
    text: str


class Guidelines(TypedDict):
    # What is in force, and all versions, the newest first.
    current: GuidelineVersion | None
    versions: list[GuidelineSummary]
    # I get no other task before I have read it
    must_read: bool


class HastyWork(TypedDict):
    # Work handed in too fast, with the figures as they were then.
    case_id: str
    alias: str
    stage_title: str
    # In a double-blind project a letter
    name: str
    submitted_at: str
    pace: Pace
    never_in_view: list[int] | None


class HeldMask(TypedDict):
    # A mask that waits for somebody to say what its numbers mean, with the readings, the likeliest first.
    id: str
    series_id: str
    pseudonym: str
    series_number: int
    thumbnail_url: str | None
    readings: list[Reading]
    state: HeldState
    numbering: str
    levels: dict[str, int | None]
    note: str
    answered_by: NotRequired[str | None]
    answered_at: str | None


HeldOutEnum: TypeAlias = "Literal['validation', 'new']"


HeldState: TypeAlias = "Literal['waiting', 'confirmed', 'refused']"


class Hidden(TypedDict):
    # Gold cases or repeats: how many are ready, in somebody's hands, and scored.
    # gold or repeat
    purpose: str
    ready: int
    in_hand: int
    scored: int
    mean_dice: float | None


class Home(TypedDict):
    # My tasks in hand, returned ones first; 50 at most
    tasks: list[AssignmentSummary]
    tasks_total: int
    # Every project of mine, by name
    waiting: list[WaitingWork]
    managed: list[Managed]
    # The newest, of projects where I am a researcher
    releases: list[HomeRelease]
    challenges: list[HomeChallenge]
    # Where the rules have changed
    guidelines: list[UnreadGuidelines]
    # Projects that I am new to and do not manage, less those put away (`preferences` of `/me`)
    first_hours: list[FirstHour]


class HomeChallenge(TypedDict):
    id: str
    title: str
    project: ProjectRef


class HomeRelease(TypedDict):
    id: str
    project: ProjectRef
    version: str
    title: str
    frozen_at: str


class InstanceAgreement(TypedDict):
    # All raters on one vertebra. ``names``: what each called it, 0 where not drawn.
    label: int
    names: list[int]
    missing: list[int]
    naming_disputed: bool
    mean_dice: float | None
    minimum_dice: float | None
    hd95_mm: float | None
    assd_mm: float | None
    nsd_1mm: float | None
    conformity_index: float | None
    pairs: list[PairShape]


class Invitation(TypedDict):
    # An invitation that was not taken up, as managers see it.
    id: str
    email: str
    role: Role
    group_id: str | None
    group_name: str | None
    invited_by: str
    created_at: str
    expires_at: str
    mailed_at: str | None
    declined_at: str | None


class InvitationInputRequest(TypedDict):
    email: str
    role: Role
    # A group of people that whoever accepts joins
    group_id: NotRequired[str | None]


class InvitationTokenInputRequest(TypedDict):
    token: str


class ItemDecision(TypedDict):
    choice: str
    slot: str | None
    reason: str
    # Settled in the round before, and not returned
    carried: bool


class Job(TypedDict):
    # One piece of background work; the context comes from `about_jobs`.
    id: str
    kind: str
    queue: str
    subject_id: str | None
    subject: JobSubject | None
    state: JobState
    progress: float
    message: str
    error: str
    attempts: int
    cancel_requested: bool
    created_at: str
    started_at: str | None
    finished_at: str | None


class JobBrief(TypedDict):
    id: str
    state: JobState
    progress: float
    message: str
    error: str


JobState: TypeAlias = "Literal['queued', 'running', 'succeeded', 'failed', 'cancelled']"


class JobSubject(TypedDict):
    # What a job works on, where that has a page of its own.
    kind: JobSubjectKindEnum
    id: str
    name: str


JobSubjectKindEnum: TypeAlias = "Literal['case', 'release']"


class JoinInputRequest(TypedDict):
    accepts_rules: bool


class KeptOut(TypedDict):
    rule_id: str
    title: str
    # How many it keeps out; who fails two rules counts twice
    series: int


KeyEnum: TypeAlias = "Literal['guidelines', 'tour', 'training', 'submit', 'grade', 'settle', 'terms', 'look', 'download', 'check']"


class LabelAgreement(TypedDict):
    # The best drawn vertebra of a name, and the others that have it ``also``.
    label: int
    names: list[int]
    missing: list[int]
    naming_disputed: bool
    mean_dice: float | None
    minimum_dice: float | None
    hd95_mm: float | None
    assd_mm: float | None
    nsd_1mm: float | None
    conformity_index: float | None
    pairs: list[PairShape]
    also: list[InstanceAgreement]


class LabelChange(TypedDict):
    label: int
    before_voxels: int
    after_voxels: int
    added_voxels: int
    removed_voxels: int
    dice: float | None
    volume_change_ml: float | None


Language: TypeAlias = "Literal['en', 'de']"


LayoutEnum: TypeAlias = "Literal['verse', 'bids', 'nnunet', 'dicom', 'verse2019', 'verse2020']"


class Leaderboard(TypedDict):
    split: ChallengeSplit
    kept_back_until: str | None
    board_at: str | None
    # null: kept back until the phase ends
    board: Standings | None


class LeftOut(TypedDict):
    # In words
    reason: str
    count: int


class Level(TypedDict):
    label: int
    voxels: int
    centroid_ras_mm: Point


class LevelChange(TypedDict):
    # One level before and after, in voxels: new where it had none, gone where it has none.
    label: int
    before: int
    after: int
    added: int
    removed: int


class LevelCount(TypedDict):
    level: str
    cases: int


class LevelInputRequest(TypedDict):
    number: int
    level: int | None


class LevelLookedInputRequest(TypedDict):
    looked: bool


class LevelScore(TypedDict):
    # One vertebra of the reference; distances in mm, null where one of the two masks lacks it.
    label: int
    identified: bool
    dice: float
    distance_mm: float | None
    hausdorff_mm: float | None


class LimitsInputRequest(TypedDict):
    # How much work a person gets; null: no limit.
    max_open: int | None
    max_weekly_hours: int | None


Line: TypeAlias = "list[Point]"


class LinesInputRequest(TypedDict):
    # anterior, middle, posterior; each its lower and its upper end
    lines_ras_mm: list[Line]


class LinkInputRequest(TypedDict):
    token: str


class LinkedCase(TypedDict):
    # A case that whoever holds a link can report on.
    item_id: str
    subject: str
    series: int


class LinkedFault(TypedDict):
    # A report that was made by a link, as its holder reads it.
    id: str
    subject: str
    series: int
    level: str | None
    text: str
    has_picture: bool
    state: ReleaseFaultState
    answer: str
    created_at: str


class LinkedFaults(TypedDict):
    cases: list[LinkedCase]
    # The newest first
    faults: list[LinkedFault]


class ListedCase(TypedDict):
    # A case of the release; what its mask tells is left out where that is sealed.
    subject: str
    series: NotRequired[int | None]
    split: NotRequired[str]
    mask_digest: NotRequired[str | None]
    mask_source: NotRequired[str | None]
    levels: NotRequired[list[str] | None]


class ListedFile(TypedDict):
    # A file of the release. ``split`` null: it is of no split.
    path: str
    split: str | None
    size_bytes: int
    sha256: str


class Load(TypedDict):
    # What a person has in hand in a project, and what limits them.
    # Tasks in hand
    open: int
    # Active time since Monday
    week_seconds: int
    # Null: no limit
    max_open: int | None
    max_weekly_hours: int | None
    # Where they are away today
    away_until: str | None
    # Why nothing new is handed out; empty: it is
    reason: LoadReasonEnum | BlankEnum


LoadReasonEnum: TypeAlias = "Literal['away', 'open', 'hours']"


class LookedAt(TypedDict):
    # What somebody had ticked when they submitted.
    assignment: str
    # Null: not an expert's work
    vertebrae: list[LookedLevel] | None
    # Places to look at that were ticked
    places: list[PlaceTick]
    # Places to look at that were listed when last asked for; null: never
    places_found: int | None


class LookedLevel(TypedDict):
    label: int
    looked: bool
    # Was ticked; mask or name have changed since
    changed: bool
    # Ticked in the round before
    before: bool


class MailWish(TypedDict):
    # How often I am told by mail what is new, and whether such a mail can reach me.
    often: OftenEnum
    # Whether this site sends any mail
    sends_mail: bool
    address: str
    # Whether the address is proved to be mine; else no mail goes there
    proved: bool


class MailWishInputRequest(TypedDict):
    often: OftenEnum


class Managed(TypedDict):
    project: ProjectRef
    counts: ProjectNumbers
    stages: list[Stage]
    has_guidelines: bool
    # Somebody has submitted a task
    tried: bool
    # The roles of each person; empty once a case was accepted
    people: list[list[Literal["manager", "rater", "radiologist", "researcher", "physicist"]]]
    stuck: Stuck


class Manifest(TypedDict):
    # The open manifest of a release, ``manifest.json``.
    format: NotRequired[str]
    project: NotRequired[str]
    version: NotRequired[str]
    title: NotRequired[str]
    licence: NotRequired[str]
    seed: NotRequired[int | None]
    fractions: NotRequired[dict[str, int | float]]
    embargo_until: NotRequired[str | None]
    software: NotRequired[str]
    counts: NotRequired[ReleaseCounts]
    sealed: NotRequired[SealedPart | None]
    cases: NotRequired[list[ListedCase]]
    files: NotRequired[list[ListedFile]]
    layouts: NotRequired[dict[str, list[ListedFile]]]


MaskSource: TypeAlias = "Literal['engine', 'import', 'empty', 'rater', 'fusion', 'adjudication', 'review']"


class Me(TypedDict):
    # The signed-in person.
    id: str
    email: str
    display_name: str
    # Designates whether the user can log into this admin site.
    is_staff: bool
    may_create_projects: bool
    preferences: Any
    # Of the pages and mails; empty: never chosen
    language: str
    memberships: list[MyMembership]


class Measurement(TypedDict):
    # What was measured of one vertebra of one's own mask.
    label: int
    volume_ml: float | None
    anterior_mm: float | None
    middle_mm: float | None
    posterior_mm: float | None
    depth_mm: float | None
    # standard deviation over slices, per height
    spread_mm: list[float] | None
    # smallest and largest over slices, per height
    range_mm: list[list[float]] | None
    # the three lines (anterior, middle, posterior), each from its lower to its upper end
    lines_ras_mm: list[Line]
    # the body's outline on its sagittal plane: lower endplate, then the upper one
    outline_ras_mm: list[Point]
    axes_ras: Axes | None
    # of the trabecular region
    hu_mean: float | None
    hu_sd: float | None
    hu_voxels: int | None
    # why its density must not be used
    hu_excluded: str
    # the region's outline on its sagittal plane
    region_ras_mm: list[Point]
    flags: list[str]
    # the protocol shows heights and lines once this vertebra is answered
    heights_held: bool
    # null until this vertebra is answered
    suggestion: Suggestion | None
    own_lines: OwnLines | None
    own_region: OwnRegion | None


class Member(TypedDict):
    id: str
    user: Person
    role: Role
    active: bool
    away_from: str | None
    away_until: str | None
    work_waits: bool
    max_open: int | None
    max_weekly_hours: int | None
    created_at: str


class MemberInputRequest(TypedDict):
    email: str
    role: Role


class Missing(TypedDict):
    code: str
    text: str


class ModelComparison(TypedDict):
    # A candidate held against another model on the same cases; ``against`` null: the weights that ship.
    id: str
    candidate: str
    against: str | None
    job_id: str
    state: JobState
    cases: int
    rows: list[ModelComparisonRow]
    summary: ModelComparisonSummary | None
    error: str
    created_at: str
    finished_at: str | None


class ModelComparisonRow(TypedDict):
    # One vertebra of one case under both models (Dice).
    case: str
    patient: str
    held_out: HeldOutEnum
    label: int
    candidate: float
    against: float


class ModelComparisonSummary(TypedDict):
    vertebrae: int
    patients: int
    candidate: NotRequired[float]
    against: NotRequired[float]
    difference: NotRequired[float]
    interval_95: NotRequired[list[float] | None]
    better: NotRequired[int]
    worse: NotRequired[int]
    worst: NotRequired[float]


class ModelConfig(TypedDict):
    # What was asked of a model's training; ``about`` of a network that was trained elsewhere.
    steps: int | None
    learning_rate: float | None
    synthetic_share: float | None
    seed: int | None
    networks: list[str]
    undrawn: bool
    about: NetworkAbout | None


ModelFramework: TypeAlias = "Literal['torch', 'onnx']"


ModelState: TypeAlias = "Literal['candidate', 'current', 'retired']"


class ModelStatement(TypedDict):
    # The model that made a mask; without a number it is what ships with the engine.
    name: str
    number: int | None
    id: str | None
    digest: str | None


class ModelVersion(TypedDict):
    # A version of the project's weights.
    id: str
    number: int
    name: str
    engine: str
    framework: ModelFramework
    digest: str
    state: ModelState
    parent: str | None
    source: str
    training_cases: int
    validation_cases: int
    size_bytes: int
    config: ModelConfig
    metrics: TrainingMetrics
    notes: str
    # Whether a finished comparison holds it against the current model, as promoting it needs.
    comparable: bool
    comparisons: list[ModelComparison]
    created_at: str
    promoted_at: str | None
    retired_at: str | None


class Moved(TypedDict):
    assignment_id: str
    alias: str
    due_on: str
    moves_to: str


class MyInvitation(TypedDict):
    # A role that is offered to the signed-in person.
    id: str
    project_name: str
    role: Role
    invited_by: str
    expires_at: str


class MyMembership(TypedDict):
    project: ProjectBrief
    role: str


class MyTraining(TypedDict):
    # How far somebody is with the training.
    # Training cases before real work; 0: none
    wanted: int
    available: int
    handed_in: int
    scored: int
    mean_dice: float | None
    grades_exact: float | None
    passed: bool
    overridden: bool
    may_work: bool
    dice_wanted: float
    grades_wanted: float
    cases: list[MyTrainingCase]


class MyTrainingCase(TypedDict):
    assignment_id: str
    case_alias: str
    submitted_at: str
    scored: bool
    passed: bool
    mean_dice: float | None
    grades_exact: float | None


class NameCandidate(TypedDict):
    labels: list[int]
    sources: list[str]


class NamedInstance(TypedDict):
    label: int
    names: dict[str, int]


class NamesAnchor(TypedDict):
    # sacrum, last rib, first rib, C1 and C2
    name: str
    # 0..1, of the anchor by itself
    certainty: float | None
    place_ras_mm: Point | None


class NamesInputRequest(TypedDict):
    # From the head down
    labels: list[int]
    reason: NotRequired[str]


class Naming(TypedDict):
    # From the head down
    instances: list[NamedInstance]
    # Sequences that somebody gave
    candidates: list[NameCandidate]
    chosen: list[int] | None
    reason: str


class NamingAlternative(TypedDict):
    # Other names that the same vertebrae may have, in the order of ``levels``.
    labels: list[int]
    probability: float


class NamingAnswerInputRequest(TypedDict):
    # confirmed: right as they are; renamed: were wrong, are right now; unknown: cannot be told
    answer: NamingChoice
    note: NotRequired[str]


NamingChoice: TypeAlias = "Literal['confirmed', 'renamed', 'unknown']"


class NamingEvidence(TypedDict):
    # An anchor of the names, and where it was seen.
    name: str
    certainty: float | None
    place_ras_mm: list[float]


class NamingOfOther(TypedDict):
    # A, B, C: never a name
    slot: str
    stage_title: str
    round: int
    answer: NamingChoice
    note: str


class NamingQuestion(TypedDict):
    # Names that an engine called a guess, and what this person says of them.
    # The engine's sentence on its naming
    statement: str
    # Not to be handed in, or accepted, without an answer
    asked: bool
    answer: NamingChoice | NullEnum | None
    note: str
    # Names were changed since: to be answered again
    outdated: bool
    # For who adjudicates or reviews; empty for raters
    others: list[NamingOfOther]


NamingStateEnum: TypeAlias = "Literal['open', 'confirmed', 'unknown']"


NeededEnum: TypeAlias = "Literal['never', 'fracture', 'always']"


class NetworkAbout(TypedDict):
    # The description that came with an ONNX network: see docs/data-formats.md.
    spacing_mm: list[float]
    patch: list[int]
    labels: dict[str, int | str]
    clip_hu: list[float] | None
    mean_hu: float | None
    std_hu: float | None
    version: str | None


class NetworkFigures(TypedDict):
    # How a network did on the held-out cases. ``score`` is what decides, 0 to 1: Dice of the borders, F1
    # of finding, the share of right names; ``scenes`` the same on synthetic scenes, where it must lose
    # nothing.
    score: float | None
    loss: float | None
    scenes: float | None
    found: int | None
    missed: int | None
    invented: int | None
    right: int | None
    vertebrae: int | None
    dice: float | None


NetworksEnum: TypeAlias = "Literal['localise', 'label', 'segment']"


class NewInvitation(TypedDict):
    # With its link, which is told this once, and null where it was mailed to the invited.
    id: str
    email: str
    role: Role
    group_id: str | None
    group_name: str | None
    invited_by: str
    created_at: str
    expires_at: str
    mailed_at: str | None
    declined_at: str | None
    link: str | None


class NewToken(TypedDict):
    # A token with its text, which is shown this once.
    id: str
    name: str
    scope: TokenScope
    created_at: str
    expires_at: str
    last_used_at: str | None
    token: str


NextTaskEnum: TypeAlias = "Literal['begun_first', 'uncertain_first']"


class NormalRestInputRequest(TypedDict):
    labels: list[int]


class NotLearntFrom(TypedDict):
    # Why another one was not.
    reason: str


NullEnum: TypeAlias = "None"


class Number(TypedDict):
    # A number that was found in a mask, and what a reading makes of it.
    number: int
    voxels: int
    volume_ml: float
    # VerSe's label; null: left out
    level: int | None
    reason: str


class NumberingInputRequest(TypedDict):
    # the key of the reading that was chosen
    numbering: str
    levels: list[LevelInputRequest]


class Offer(TypedDict):
    # What the holder of a link is offered.
    project_name: str
    email: str
    role: Role
    invited_by: str
    expires_at: str
    has_account: bool


OftenEnum: TypeAlias = "Literal['never', 'daily', 'weekly']"


class OnnxInputRequest(TypedDict):
    name: str
    file: str
    # JSON: spacing_mm, patch, labels, ... (docs/data-formats.md)
    about: str
    notes: NotRequired[str]


class OpeningInputRequest(TypedDict):
    # False: take my confirmation back
    opens: bool


class Operation(TypedDict):
    revision: int
    operation_id: str
    kind: str
    label: int | None
    payload_b64: str


OrderingEnum: TypeAlias = "Literal['alias', 'due_on', 'priority', 'uncertainty', 'updated_at']"


class OtherNames(TypedDict):
    # In the order of levels
    labels: list[int]
    # 0..1
    probability: float


class Outcome(TypedDict):
    case_id: str
    alias: str
    done: bool
    message: str
    # What undoes it on this case; empty: nothing does
    back: list[Back]


class OwnLines(TypedDict):
    # Height lines as this person has set them, and what they come to.
    anterior_mm: float
    middle_mm: float
    posterior_mm: float
    # the three lines (anterior, middle, posterior), each from its lower to its upper end
    lines_ras_mm: list[Line]
    suggestion: Suggestion | None
    # the mask has changed since
    outdated: bool
    adjusted_at: str


class OwnRegion(TypedDict):
    # The region of interest as this person has set it, and the HU within.
    hu_mean: float
    hu_sd: float | None
    hu_voxels: int
    # its outline on the sagittal plane
    region_ras_mm: list[Point]
    shift_ras_mm: Point
    scale: float
    # the mask has changed since
    outdated: bool
    adjusted_at: str


class Pace(TypedDict):
    # How long somebody looked at each vertebra, against what is usual in the project.
    # Active, never more than the time since it was opened
    seconds: float
    vertebrae: int
    seconds_per_vertebra: float
    # Of earlier work; null: too little of it
    median: float | None
    # How much earlier work there was
    of: int
    # Below this many seconds nobody has looked
    floor: float
    fast: bool
    why: WhyEnum | BlankEnum


class PageErratum(TypedDict):
    subject: str | None
    text: str
    created_at: str


class PageFigure(TypedDict):
    split: Split
    name: PageFigureNameEnum
    title: str
    url: str


PageFigureNameEnum: TypeAlias = (
    "Literal['e1_vertebrae', 'e2_fractured_vertebrae', 'e3_fracture_types', 'e4_age', 'e4_bone_density']"
)


class PageInputRequest(TypedDict):
    # A page that anybody reads without signing in
    public: bool
    access: NotRequired[AccessEnum]
    # Cases whose previews it shows, in order
    pictures: NotRequired[list[str]]
    # I have looked at each picture; nobody could be known by one of them
    looked_at: NotRequired[bool]


PagePhase: TypeAlias = "Literal['none', 'arterial', 'portal_venous', 'unknown']"


class PagePicture(TypedDict):
    item_id: str
    subject: str
    url: str


class PageTable(TypedDict):
    columns: list[Split]
    rows: list[PageTableRow]


class PageTableRow(TypedDict):
    name: str
    cells: list[str]


class PageVersion(TypedDict):
    id: str
    version: str
    released_on: str | None
    notes: str
    standing: ReleaseStanding


class PaginatedAccessRequestList(TypedDict):
    # One page of AccessRequest.
    count: int
    next: str | None
    previous: str | None
    results: list[AccessRequest]


class PaginatedAccountList(TypedDict):
    # One page of Account.
    count: int
    next: str | None
    previous: str | None
    results: list[Account]


class PaginatedAssignmentSummaryList(TypedDict):
    # One page of AssignmentSummary.
    count: int
    next: str | None
    previous: str | None
    results: list[AssignmentSummary]


class PaginatedBatchList(TypedDict):
    # One page of Batch.
    count: int
    next: str | None
    previous: str | None
    results: list[Batch]


class PaginatedCalibrationList(TypedDict):
    # One page of Calibration.
    count: int
    next: str | None
    previous: str | None
    results: list[Calibration]


class PaginatedCaseCardList(TypedDict):
    # One page of CaseCard.
    count: int
    next: str | None
    previous: str | None
    results: list[CaseCard]


class PaginatedCaseViewList(TypedDict):
    # One page of CaseView.
    count: int
    next: str | None
    previous: str | None
    results: list[CaseView]


class PaginatedChallengeSubmissionList(TypedDict):
    # One page of ChallengeSubmission.
    count: int
    next: str | None
    previous: str | None
    results: list[ChallengeSubmission]


class PaginatedChallengeSummaryList(TypedDict):
    # One page of ChallengeSummary.
    count: int
    next: str | None
    previous: str | None
    results: list[ChallengeSummary]


class PaginatedDeliveryList(TypedDict):
    # One page of Delivery.
    count: int
    next: str | None
    previous: str | None
    results: list[Delivery]


class PaginatedEvaluationKeyList(TypedDict):
    # One page of EvaluationKey.
    count: int
    next: str | None
    previous: str | None
    results: list[EvaluationKey]


class PaginatedHeldMaskList(TypedDict):
    # One page of HeldMask.
    count: int
    next: str | None
    previous: str | None
    results: list[HeldMask]


class PaginatedInvitationList(TypedDict):
    # One page of Invitation.
    count: int
    next: str | None
    previous: str | None
    results: list[Invitation]


class PaginatedJobList(TypedDict):
    # One page of Job.
    count: int
    next: str | None
    previous: str | None
    results: list[Job]


class PaginatedMemberList(TypedDict):
    # One page of Member.
    count: int
    next: str | None
    previous: str | None
    results: list[Member]


class PaginatedPendingSubmissionList(TypedDict):
    # One page of PendingSubmission.
    count: int
    next: str | None
    previous: str | None
    results: list[PendingSubmission]


class PaginatedPeopleGroupList(TypedDict):
    # One page of PeopleGroup.
    count: int
    next: str | None
    previous: str | None
    results: list[PeopleGroup]


class PaginatedProjectList(TypedDict):
    # One page of Project.
    count: int
    next: str | None
    previous: str | None
    results: list[Project]


class PaginatedProjectStorageList(TypedDict):
    # One page of ProjectStorage.
    count: int
    next: str | None
    previous: str | None
    results: list[ProjectStorage]


class PaginatedQuarantinedList(TypedDict):
    # One page of Quarantined.
    count: int
    next: str | None
    previous: str | None
    results: list[Quarantined]


class PaginatedQuestionLineList(TypedDict):
    # One page of QuestionLine.
    count: int
    next: str | None
    previous: str | None
    results: list[QuestionLine]


class PaginatedReleaseSummaryList(TypedDict):
    # One page of ReleaseSummary.
    count: int
    next: str | None
    previous: str | None
    results: list[ReleaseSummary]


class PaginatedRunList(TypedDict):
    # One page of Run.
    count: int
    next: str | None
    previous: str | None
    results: list[Run]


class PaginatedSameScanList(TypedDict):
    # One page of SameScan.
    count: int
    next: str | None
    previous: str | None
    results: list[SameScan]


class PaginatedSeriesDensityList(TypedDict):
    # One page of SeriesDensity.
    count: int
    next: str | None
    previous: str | None
    results: list[SeriesDensity]


class PaginatedSeriesList(TypedDict):
    # One page of Series.
    count: int
    next: str | None
    previous: str | None
    results: list[Series]


class PaginatedSiteActList(TypedDict):
    # One page of SiteAct.
    count: int
    next: str | None
    previous: str | None
    results: list[SiteAct]


class PaginatedSiteJobList(TypedDict):
    # One page of SiteJob.
    count: int
    next: str | None
    previous: str | None
    results: list[SiteJob]


class PairAgreement(TypedDict):
    # Two raters' masks, name by name.
    raters: list[int]
    labels: dict[str, ShapeAgreement]
    only_in_a: list[int]
    only_in_b: list[int]
    naming_disputes: list[PairNaming]
    mean_dice: float | None


class PairNaming(TypedDict):
    # One vertebra that two raters call by two names.
    dice: float | None
    jaccard: float | None
    hd95_mm: float | None
    hausdorff_mm: float | None
    assd_mm: float | None
    nsd_1mm: float | None
    nsd_2mm: float | None
    volume_a_ml: float | None
    volume_b_ml: float | None
    volume_difference_ml: float | None
    centroid_distance_mm: float | None
    label_a: int
    label_b: int


class PairShape(TypedDict):
    # The same, with the numbers of the two raters.
    dice: float | None
    jaccard: float | None
    hd95_mm: float | None
    hausdorff_mm: float | None
    assd_mm: float | None
    nsd_1mm: float | None
    nsd_2mm: float | None
    volume_a_ml: float | None
    volume_b_ml: float | None
    volume_difference_ml: float | None
    centroid_distance_mm: float | None
    raters: list[int]


PartEnum: TypeAlias = "Literal['cervical', 'thoracic', 'lumbar', 'C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7', 'T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8', 'T9', 'T10', 'T11', 'T12', 'T13', 'L1', 'L2', 'L3', 'L4', 'L5', 'L6']"


class PatchedAccountChangesInputRequest(TypedDict):
    # What is left out stays as it is.
    active: NotRequired[bool]
    may_create_projects: NotRequired[bool]


class PatchedCaseChangesInputRequest(TypedDict):
    priority: NotRequired[int]
    due_on: NotRequired[str | None]


class PatchedMeInputRequest(TypedDict):
    display_name: NotRequired[str]
    preferences: NotRequired[dict[str, Any]]
    language: NotRequired[Language]


class PatchedMemberChangesInputRequest(TypedDict):
    role: NotRequired[Role]
    active: NotRequired[bool]
    away_from: NotRequired[str | None]
    away_until: NotRequired[str | None]
    # Of the person, in all their roles in the project
    limits: NotRequired[LimitsInputRequest]


class PatchedProjectChangesInputRequest(TypedDict):
    name: NotRequired[str]
    description: NotRequired[str]
    protocol: NotRequired[ProtocolRequest]
    guidelines: NotRequired[str]
    # Asked for by 409 `stage_in_use`, whose extra.stages has the counts
    stage_plans: NotRequired[list[StagePlanRequest]]
    finding_rules: NotRequired[dict[str, Literal["off", "warn", "block"]]]
    working_spacing_mm: NotRequired[float]
    # Other programs may read accepted cases over DICOMweb
    dicomweb: NotRequired[bool]


class Patient(TypedDict):
    pseudonym: str
    sex: str
    age_years: int | None


class PendingSubmission(TypedDict):
    id: str
    name: str
    size_bytes: int
    # How much of it has arrived
    offset_bytes: int
    begun_at: str
    # When it is deleted, should nothing more arrive
    expires_at: str


class PeopleGroup(TypedDict):
    # A group of people, by their ids.
    id: str
    name: str
    user_ids: list[str]
    created_at: str


class PeopleGroupInputRequest(TypedDict):
    name: str


class PeriodInput(TypedDict):
    record_id: str
    within: bool


class PeriodInputRequest(TypedDict):
    record_id: str
    within: bool


class Person(TypedDict):
    id: str
    email: str
    name: str


PhaseFromEnum: TypeAlias = "Literal['person', 'header']"


class PhaseInput(TypedDict):
    phase: ContrastPhase


class PhaseInputRequest(TypedDict):
    phase: ContrastPhase


class PictureChoice(TypedDict):
    item_id: str
    subject: str
    split: Split
    url: str


class PinInputRequest(TypedDict):
    text: str
    label: NotRequired[int | None]
    voxel: NotRequired[Voxel | None]
    parent: NotRequired[str | None]


class Place(TypedDict):
    kind: PlaceKind
    label: int | None
    # The second vertebra of a border
    other: int | None
    message: str
    # Where to look
    voxel: Voxel
    # The first corner of the box around it
    low: Voxel
    # The last corner, included
    high: Voxel
    volume_mm3: float
    looked: bool


PlaceKind: TypeAlias = "Literal['doubt', 'leak', 'border']"


class PlaceLookedInputRequest(TypedDict):
    kind: PlaceKind
    label: int | None
    voxel: Voxel
    looked: NotRequired[bool]


class PlaceTick(TypedDict):
    kind: PlaceKind
    label: int | None
    voxel: Voxel


class Places(TypedDict):
    # The open tasks of a stage: how many places they have, and how many are taken.
    key: str
    overlap: int
    tasks: int
    places: int
    taken: int


class PlacesInputRequest(TypedDict):
    # By the patient's name in the draft; null: the seed decides again
    places: dict[str, Literal["training", "validation", "test"] | None]


class Plan(TypedDict):
    patients: int
    cases: int
    # The draft holds something else: set it anew
    stale: bool
    # How many cases each rule leaves out
    rules: list[PlanRule]
    # The first 500, with the first rule not met
    left_out: list[PlanLeftOut]
    places: list[PlanPlace]
    balance: list[PlanBalance]
    # In the accepted masks; 0 where nothing is graded
    ungraded_vertebrae: int
    # What single raters' masks and maps would add
    raters: PlanRaters
    # The first 500 cases that have such vertebrae
    ungraded: list[PlanUngraded]


class PlanBalance(TypedDict):
    kind: str
    name: str
    total: float
    splits: dict[str, float]
    # What the shares ask for
    wanted: dict[str, float]


class PlanLeftOut(TypedDict):
    case_id: str
    pseudonym: str
    series: int
    rule: ReleaseRule
    why: str


class PlanPlace(TypedDict):
    # The patient's name in the archive
    subject: str
    split: Split
    decided_by: DecidedByEnum
    # The earlier version that binds it
    version: str
    # How many of its series are in
    series: int


class PlanRaters(TypedDict):
    # That several people did, each alone
    cases: int
    # That they handed in
    masks: int
    # About what these masks add to the archive
    masks_bytes: int
    # About what one kind of map adds
    map_bytes: int


class PlanRule(TypedDict):
    rule: ReleaseRule
    cases: int


class PlanUngraded(TypedDict):
    case_id: str
    pseudonym: str
    series: int
    # From T1 down, without a grade
    labels: list[int]


PlaneEnum: TypeAlias = "Literal['sagittal', 'coronal', 'axial']"


Point: TypeAlias = "list[float]"


class PreviewInputRequest(TypedDict):
    rules: NotRequired[RulesRequest]
    fractions: NotRequired[dict[str, float]]
    seed: NotRequired[int]
    embargo_until: NotRequired[str | None]


class PriorityInputRequest(TypedDict):
    priority: int


class ProgramAnswerInputRequest(TypedDict):
    code: str
    allows: bool


class ProgramCodeInputRequest(TypedDict):
    code: str


class ProgramCodes(TypedDict):
    # RFC 8628, section 3.2.
    # The program's secret, to fetch the token with
    device_code: str
    # What the person enters at the site
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    # Seconds
    expires_in: int
    # Seconds between two questions for the token
    interval: int


class ProgramInputRequest(TypedDict):
    # What the program calls itself, such as `vertebase`
    client_id: str
    scope: NotRequired[TokenScope]
    # The machine's name
    device_name: NotRequired[str]


class ProgramToken(TypedDict):
    # RFC 6749, section 5.1.
    access_token: str
    token_type: str
    scope: str
    # Seconds
    expires_in: int


class ProgramTokenInputRequest(TypedDict):
    # urn:ietf:params:oauth:grant-type:device_code
    grant_type: str
    device_code: str
    # The same as when it began
    client_id: str


class Project(TypedDict):
    # A project as its members see it. Context: ``roles`` and ``counts`` by project id.
    id: str
    slug: str
    name: str
    description: str
    protocol: Protocol
    guidelines: str
    finding_rules: dict[str, Literal["off", "warn", "block"]]
    working_spacing_mm: float
    dicomweb: bool
    my_roles: list[Role]
    counts: Counts | None
    created_at: str


class ProjectBrief(TypedDict):
    id: str
    slug: str
    name: str


class ProjectInputRequest(TypedDict):
    name: str
    slug: NotRequired[str]
    description: NotRequired[str]
    protocol_key: NotRequired[str]
    protocol: NotRequired[ProtocolRequest]
    # Markdown; left out: the rules that ship with the product
    guidelines: NotRequired[str]
    working_spacing_mm: NotRequired[float]


class ProjectNumbers(TypedDict):
    series: int
    cases: int
    accepted: int


class ProjectQuality(TypedDict):
    answer_keys: list[AnswerKey]
    raters: list[Trainee]
    hidden: list[Hidden]
    places: list[Places]


class ProjectRef(TypedDict):
    slug: str
    name: str


class ProjectRight(TypedDict):
    email: str
    may_create_projects: bool


class ProjectRightInputRequest(TypedDict):
    email: str
    allowed: bool


class ProjectSchema(TypedDict):
    schema: GradingSchema
    shipped: list[ShippedSchema]


class ProjectStatistics(TypedDict):
    # Those of all accepted cases of a project.
    as_of: AsOf
    columns: list[str]
    patients: dict[str, int]
    rows: list[TableRow]
    tests: list[StatisticalTest]
    figures: Figures
    # vertebrae cut off by the image, which are not counted
    left_out: int
    # accepted series that an inclusion rule keeps out
    held: int


class ProjectStorage(TypedDict):
    # What is kept, as last counted, and what waits to be read.
    # Null: no limit
    quota_bytes: int | None
    # By kind
    kept_bytes: dict[str, int]
    # Kept and waiting together
    used_bytes: int
    # Announced or sent, and not read yet
    waiting_bytes: int
    # Null: never
    counted_at: str | None
    slug: str
    name: str


class Protocol(TypedDict):
    # A project's workflow: the stages in order, and what raters may see after their own submission.
    key: str
    name: str
    version: int
    description: str
    stages: list[Stage]
    open_after_submission: bool
    engine: str
    heights_after_answer: bool
    double_blind: bool
    next_task: NextTaskEnum
    cut_vertebrae: CutVertebraeEnum
    processor_only: bool
    quality: Quality


class ProtocolRequest(TypedDict):
    # A project's workflow: the stages in order, and what raters may see after their own submission.
    key: str
    name: str
    version: NotRequired[int]
    description: NotRequired[str]
    stages: list[StageRequest]
    open_after_submission: NotRequired[bool]
    engine: NotRequired[str]
    heights_after_answer: NotRequired[bool]
    double_blind: NotRequired[bool]
    next_task: NotRequired[NextTaskEnum]
    cut_vertebrae: NotRequired[CutVertebraeEnum]
    processor_only: NotRequired[bool]
    quality: NotRequired[QualityRequest]


class Provenance(TypedDict):
    # How a mask was made. An engine's has ``engine`` and what follows it, a fusion's ``method``, one that
    # somebody edited ``session``; the parts of the others are null.
    engine: str | None
    engine_name: str | None
    engine_version: str | None
    version: str | None
    device: str | None
    seconds: float | None
    run: str | None
    model: ModelStatement | None
    report: EngineReport | None
    correction: CorrectionPlan | None
    parent_run: str | None
    method: str | None
    parameters: FusionParameters | None
    used: FusionSettings | None
    inputs: list[FusedMask] | None
    software: str | None
    seed: int | None
    session: str | None
    base: str | None
    operations: int | None
    edited_voxels: int | None
    desktop_edits: int | None
    findings_answered: list[FindingReason]
    reason: str | None


class Publication(TypedDict):
    standing: ReleaseStanding
    published_at: str | None
    public: bool
    access: AccessEnum
    pictures: list[str]
    # Cases of which a picture may be shown
    choices: list[PictureChoice]
    withdrawn_at: str | None
    withdrawn_reason: str


class PublishInputRequest(TypedDict):
    # null: now
    at: NotRequired[str | None]


PurposeEnum: TypeAlias = "Literal['training', 'gold']"


class QualificationInputRequest(TypedDict):
    user_id: str
    reason: str


class Quality(TypedDict):
    # How raters are trained before real work, and measured during it. Shares are of a person's tasks. A
    # repeat is a case that the person did at least ``repeat_after_days`` ago, disguised by a shift of
    # some voxels or by mirroring left and right.
    training_cases: int
    training_dice: float
    training_grades: float
    gold_share: float
    repeat_share: float
    repeat_after_days: int
    repeat_disguise: RepeatDisguiseEnum


class QualityRequest(TypedDict):
    # How raters are trained before real work, and measured during it. Shares are of a person's tasks. A
    # repeat is a case that the person did at least ``repeat_after_days`` ago, disguised by a shift of
    # some voxels or by mirroring left and right.
    training_cases: NotRequired[int]
    training_dice: NotRequired[float]
    training_grades: NotRequired[float]
    gold_share: NotRequired[float]
    repeat_share: NotRequired[float]
    repeat_after_days: NotRequired[int]
    repeat_disguise: NotRequired[RepeatDisguiseEnum]


class Quarantined(TypedDict):
    # A file that could not be used, with the reason.
    id: str
    name: str
    relative_path: str
    size_bytes: int
    offset_bytes: int
    state: UploadState
    reason_code: str
    reason: str
    # what to do about a refusal, where there is more to say
    advice: str
    raw_until: str | None
    resolved_at: str | None
    batch_id: str
    created_at: str


class Question(TypedDict):
    id: str
    case_id: str
    case_alias: str
    label: int | None
    voxel: Voxel | None
    # open: nobody has answered what was asked last
    state: QuestionState
    # Its answer is in the draft of the guidelines
    in_draft: bool
    # Of the guidelines, which answers it
    version: int | None
    asked_at: str
    # Empty: I have
    asked_by: str
    mine: bool
    text: str
    replies: list[Reply]


class QuestionInputRequest(TypedDict):
    text: str
    label: NotRequired[int | None]
    voxel: NotRequired[Voxel | None]


class QuestionLine(TypedDict):
    id: str
    case_id: str
    case_alias: str
    label: int | None
    voxel: Voxel | None
    # open: nobody has answered what was asked last
    state: QuestionState
    # Its answer is in the draft of the guidelines
    in_draft: bool
    # Of the guidelines, which answers it
    version: int | None
    asked_at: str
    # Empty: I have
    asked_by: str
    replies: int


QuestionState: TypeAlias = "Literal['open', 'answered', 'closed']"


class QueueHealth(TypedDict):
    # How the workers of a queue do.
    queue: str
    # stuck: jobs wait, and no worker takes them
    state: QueueHealthStateEnum
    waiting: int
    running: int
    # Of what waits longest
    waiting_since: str | None
    # Within the last day
    last_finished_at: str | None


QueueHealthStateEnum: TypeAlias = "Literal['idle', 'working', 'stuck']"


class QuotaInputRequest(TypedDict):
    # Null takes the limit away
    quota_bytes: int | None


class Rater(TypedDict):
    id: str
    name: str


class RaterName(TypedDict):
    # A person of the figures.
    id: str
    name: str


class RaterReliability(TypedDict):
    user: Rater
    submissions: int
    vertebrae: int
    active_minutes: float
    # Hand-ins whose figures blinding allows
    cases_shown: int
    # Against STAPLE's truth, mean over cases
    sensitivity: Estimate
    specificity: Estimate
    # Expected Dice with STAPLE's truth, mean over cases
    expected_dice: Estimate
    # With the accepted mask
    final_dice: Estimate
    # Share of edited voxels that the accepted mask has as drawn
    kept_share: Estimate
    minutes_per_vertebra: Estimate
    # Share of submissions that a review sent back; null where none can be, or names are hidden
    came_back: Estimate
    confusion: Confusion
    history: list[ReliabilityPoint]
    gold: Exercises
    repeats: Exercises
    warnings: list[Warning]


class RaterWeights(TypedDict):
    # The choices, and what the reliability of that time proposes.
    as_of: AsOf
    # The standing choice first
    stored: list[StoredWeights]
    proposals: list[WeightProposal]


ReadInputHowEnum: TypeAlias = "Literal['end', 'button']"


class ReadInputRequest(TypedDict):
    how: ReadInputHowEnum


class Reader(TypedDict):
    id: str
    name: str


class ReaderAnswer(TypedDict):
    # One reader's own answer on a vertebra, before any consensus. ``slot``: A, B, C, never a name.
    slot: str
    grade: int | None
    fracture_type: str
    foreign_material: str
    not_gradable_reason: str
    deformity: str
    osteoporotic: bool | None
    transitional: bool
    comment: str


class Reading(TypedDict):
    # One reading of a mask's numbers.
    key: str
    name: str
    why: str
    names_levels: bool
    rows: list[Number]


class ReasonInputRequest(TypedDict):
    # Whoever asked is told it
    reason: str


class RefineInputRequest(TypedDict):
    # The clicks made so far on one vertebra, as voxels (i, j, k) of the volume.
    label: int
    # belong to it
    positive: list[Voxel]
    # do not
    negative: list[Voxel]


class RefuseMaskInputRequest(TypedDict):
    note: NotRequired[str]


RegionEnum: TypeAlias = "Literal['cervical', 'thoracic', 'lumbar']"


class RegionInputRequest(TypedDict):
    shift_ras_mm: Point
    scale: NotRequired[float]


class Registry(TypedDict):
    # Everything that the page of models shows. ``current`` null: the weights that ship are in use.
    current: str | None
    shipped_version: str
    models: list[ModelVersion]
    trainings: list[Training]
    sources: list[SourceChoice]


class Release(TypedDict):
    id: str
    project: ReleaseProject
    version: str
    title: str
    notes: str
    licence: str
    state: ReleaseState
    standing: ReleaseStanding
    published_at: str | None
    # Anybody may read its page, once it is published
    public: bool
    withdrawn_reason: str
    dicom: bool
    rater_masks: bool
    stable_raters: bool
    disagreement_maps: bool
    probability_maps: bool
    error: str
    job_id: str | None
    fractions: dict[str, float]
    seed: int
    rules: Rules
    embargo_until: str | None
    # I read who keeps its sealed part, or kept it
    custody: bool
    open_test_images: bool
    creators: list[Creator]
    publisher: str
    doi: str
    released_on: str | None
    datasheet: Datasheet
    citations: Citations
    manifest_sha256: str
    frozen_at: str | None
    created_at: str
    counts: ReleaseCounts
    patients: list[ReleasePatient]
    # Empty before the terms are accepted
    files: list[ReleaseFile]
    terms: str
    accepted: bool
    archives: list[Archive]
    errata: list[Erratum]
    # Downloads, not counting what was taken up again; managers only, else 0
    downloads: int


class ReleaseCaseChange(TypedDict):
    subject: str
    series: int
    kind: CaseChangeKind
    # With another label than before; null: not counted yet, or no mask before
    voxels: int | None
    names_added: list[str]
    names_removed: list[str]
    grades: list[ReleaseGradeChange]
    split_before: Split | NullEnum | None
    split: Split | NullEnum | None


class ReleaseChanges(TypedDict):
    # null: the first version
    since: ChangedSince | None
    # Cases that are as they were
    unchanged: int
    cases: list[ReleaseCaseChange]
    # Of the version before, on cases that are not as they were
    errata: list[AnsweredErratum]


class ReleaseCounts(TypedDict):
    # The same of all that is open, and split by split.
    patients: int
    series: int
    vertebrae: int
    fractures: int
    splits: dict[str, SplitCounts]


class ReleaseFault(TypedDict):
    id: str
    item_id: str
    subject: str
    series: int
    level: str | None
    text: str
    # Its address
    picture: str | None
    state: ReleaseFaultState
    answer: str
    answered_at: str | None
    created_at: str
    mine: bool
    # To managers
    reporter: str | None
    # To managers
    case_id: str | None


ReleaseFaultState: TypeAlias = "Literal['waiting', 'taken_up', 'declined']"


class ReleaseFile(TypedDict):
    path: str
    size_bytes: int
    sha256: str
    # Empty: in every archive
    split: str
    # The case it shows, to look at
    item_id: str | None


class ReleaseGradeChange(TypedDict):
    level: str
    # 0 to 3, NA, or null: not graded
    before: str | None
    after: str | None


class ReleaseItem(TypedDict):
    # A case of a release for the viewer. Nothing in it can be changed.
    id: str
    # Its name in the archive
    subject: str
    split: Split
    project: ReleaseProject
    # Of the release, with its version
    title: str
    volume: AssignmentVolume
    # False: the mask is sealed until the embargo ends
    has_mask: bool
    # From 1, among those that are open to me
    position: int
    total: int
    previous_id: str | None
    next_id: str | None


class ReleasePage(TypedDict):
    # All that anybody may know of a public release. Nobody who worked on it but its authors is named.
    id: str
    version: str
    title: str
    notes: str
    project: str
    publisher: str
    creators: list[Creator]
    doi: str
    released_on: str
    licence: str
    licence_url: str
    citations: Citations
    # Only the project's managers see the page now
    preview: bool
    standing: ReleaseStanding
    published_at: str | None
    withdrawn_at: str | None
    withdrawn_reason: str
    access: AccessEnum
    # With a public page, newest first
    versions: list[PageVersion]
    terms: str
    # Whoever asks for access signs these
    terms_sha256: str
    embargo_until: str | None
    manifest_sha256: str
    size_bytes: int
    # null: withdrawn
    counts: ReleaseCounts | None
    levels: list[LevelCount]
    contrast: list[ContrastCount]
    # Table 1 as it was frozen, of the open parts
    table: PageTable
    figures: list[PageFigure]
    pictures: list[PagePicture]
    errata: list[PageErratum]


class ReleasePatient(TypedDict):
    # The subject's name in the archive
    pseudonym: str
    split: Split


class ReleaseProject(TypedDict):
    slug: str
    name: str


ReleaseRule: TypeAlias = "Literal['inclusion', 'stages', 'agreement', 'levels', 'phases', 'tags', 'waivers', 'earlier', 'consent', 'excluded']"


ReleaseStanding: TypeAlias = "Literal['unpublished', 'planned', 'published', 'withdrawn']"


ReleaseState: TypeAlias = "Literal['draft', 'building', 'frozen', 'failed']"


class ReleaseSummary(TypedDict):
    id: str
    version: str
    title: str
    state: ReleaseState
    standing: ReleaseStanding
    licence: str
    embargo_until: str | None
    patients_count: int
    cases_count: int
    frozen_at: str | None
    created_at: str


class Reliability(TypedDict):
    # One page of raters, by name; of many raters their newest submissions only.
    as_of: AsOf
    # Whether all raters are shown, or only oneself
    everybody: bool
    # Raters on all pages
    count: int
    page_size: int
    raters: list[RaterReliability]


class ReliabilityPoint(TypedDict):
    at: str
    case: str
    vertebrae: int
    minutes_per_vertebra: float | None
    sensitivity: float | None
    specificity: float | None
    expected_dice: float | None
    final_dice: float | None
    kept_share: float | None


RepeatDisguiseEnum: TypeAlias = "Literal['shift', 'mirror']"


class Reply(TypedDict):
    id: str
    mine: bool
    # Empty to who asked
    by: str
    text: str
    at: str


class ReplyInputRequest(TypedDict):
    text: str


class RescoringInputRequest(TypedDict):
    # A later frozen version, in which the fault is mended
    release_id: str


class ResolveInputRequest(TypedDict):
    note: str
    # close all of its batch that were kept apart for the same reason
    alike: NotRequired[bool]


class Result(TypedDict):
    id: str
    number: int
    source: MaskSource


class ResultCaseRequest(TypedDict):
    # The figures of one case.
    # Of the reference that was scored against
    mask_digest: str
    # There was no prediction
    absent: bool
    levels: list[ResultLevelRequest]
    extra: NotRequired[list[int]]
    grades: NotRequired[list[ResultGradeRequest]]


class ResultGradeRequest(TypedDict):
    # A predicted fracture grade of one vertebra.
    label: int
    grade: int
    probability: NotRequired[float | None]


class ResultLevelRequest(TypedDict):
    # One vertebra of the reference; distances in mm, null where one of the two masks lacks it.
    label: int
    identified: bool
    dice: float
    distance_mm: float | None
    hausdorff_mm: float | None


class RetirementInputRequest(TypedDict):
    # Why it counts no more
    note: str


class RetryFusionInputRequest(TypedDict):
    job_id: str


class ReturnInputRequest(TypedDict):
    case_ids: list[str]
    # What is to be done; whoever gets it reads it
    comment: str
    # Only say what would become of each case
    preview: NotRequired[bool]


class ReviewDecision(TypedDict):
    id: str
    accepted: bool
    comment: str
    created_at: str


Role: TypeAlias = "Literal['manager', 'rater', 'radiologist', 'researcher', 'physicist']"


class Round(TypedDict):
    # Null: the case has not come back
    second_round: SecondRound | None


class Rule(TypedDict):
    # The same with its words.
    id: str
    enabled: bool
    parameters: dict[str, bool | int | float | str | list[float] | list[str] | dict[str, str]]
    title: str
    text: str


RuleState: TypeAlias = "Literal['passed', 'failed', 'unknown']"


class Ruler(TypedDict):
    # A distance or an angle that a person drew.
    id: str
    kind: RulerKind
    plane: PlaneEnum
    name: str
    # as many as its kind has
    points_ras_mm: list[Point]
    # mm for a length, degrees for angles
    value: float
    # A name only where the reader may know it
    author: str
    mine: bool
    created_at: str


class RulerInputRequest(TypedDict):
    kind: RulerKind
    # That it was drawn in
    plane: PlaneEnum
    name: NotRequired[str]
    # length: its ends; angle: the second is its corner; cobb: two lines, both running one way
    points_ras_mm: list[Point]


RulerKind: TypeAlias = "Literal['length', 'angle', 'cobb']"


class Rules(TypedDict):
    # A case goes in that meets all of them. Empty ones ask nothing.
    # Keys of the protocol's stages that people have completed on it, whenever that was
    stages: list[str]
    # Mean Dice of its vertebrae over all pairs of raters, at the least
    least_agreement: float | None
    # All of these are in its mask
    levels: list[str]
    # Its contrast phase is known, and one of these
    phases: list[str]
    # It has all of these tags of the managers
    tags: list[str]
    # It has none of these tags
    without_tags: list[str]
    # No inclusion rule was waived for its series, and none is unanswered
    without_waivers: bool


class RulesInputRequest(TypedDict):
    rules: list[AskedRuleRequest]


class RulesRequest(TypedDict):
    # A case goes in that meets all of them. Empty ones ask nothing.
    # Keys of the protocol's stages that people have completed on it, whenever that was
    stages: NotRequired[list[str]]
    # Mean Dice of its vertebrae over all pairs of raters, at the least
    least_agreement: NotRequired[float | None]
    # All of these are in its mask
    levels: NotRequired[list[str]]
    # Its contrast phase is known, and one of these
    phases: NotRequired[list[str]]
    # It has all of these tags of the managers
    tags: NotRequired[list[str]]
    # It has none of these tags
    without_tags: NotRequired[list[str]]
    # No inclusion rule was waived for its series, and none is unanswered
    without_waivers: NotRequired[bool]


class Run(TypedDict):
    # One engine on one volume.
    id: str
    volume_id: str
    job_id: str
    pseudonym: str
    engine: str
    engine_version: str
    model: RunModel | None
    priority: int
    queue: str
    parent_mask: str | None
    correction: CorrectionPlan
    uncertainty: float | None
    state: JobState
    progress: float
    message: str
    seconds: float | None
    device: str
    stages: list[StageRun]
    report: EngineReport
    # The engine's sentence on its naming; empty where it says nothing.
    naming_statement: str
    log: str
    error: str
    result: Result | None
    created_at: str
    started_at: str | None
    finished_at: str | None


class RunBrief(TypedDict):
    id: str
    state: JobState
    engine: str
    progress: float
    # The engine's sentence where its names are a guess; empty: not that anybody knows
    naming_doubt: str
    # What the engine left out and why, and what the image cuts
    notes: list[str]


class RunInputRequest(TypedDict):
    volume_id: str
    engine: NotRequired[str | None]
    priority: NotRequired[int]


class RunModel(TypedDict):
    # The project's own model that a run used; null where the weights that ship were used.
    id: str
    number: int
    name: str


class SameScan(TypedDict):
    # Two series with the same voxels; ``answer`` is empty until a manager has said what they are.
    id: str
    first: Scan
    second: Scan
    answer: SameScanAnswer | BlankEnum
    note: str
    answered_by: NotRequired[str | None]
    answered_at: str | None


SameScanAnswer: TypeAlias = "Literal['keep_out', 'keep_both', 'different']"


class SameScanBrief(TypedDict):
    # That the voxels of a series are those of another one, and what was said about it.
    id: str
    other_series: str
    # the other's patient and number, such as sub-0002, series 1
    other: str
    answer: SameScanAnswer | BlankEnum
    # the other one was there before
    came_second: bool


class SameScanInputRequest(TypedDict):
    answer: SameScanAnswer
    note: NotRequired[str]


class Saved(TypedDict):
    revision: int
    digest: str
    saved_at: str | None


class Scan(TypedDict):
    # One of two series that hold the same voxels.
    series_id: str
    pseudonym: str
    number: int
    source_format: str
    created_at: str
    thumbnail_url: str | None


class SchemaInputRequest(TypedDict):
    schema: GradingSchemaRequest


class SealedAccess(TypedDict):
    name: str
    # files, statistics, a case, or an archive
    what: str
    created_at: str


class SealedPart(TypedDict):
    # The part that opens later: the digest of its own manifest, which lies in it.
    path: str
    opens_on: str
    sha256: str


class SecondRound(TypedDict):
    # The words of the return first, then its notes
    asked: list[Asked]
    # No vertebra was named: all are open again
    everything: bool
    # From the head down
    vertebrae: list[SinceThen]


class SelfTraining(TypedDict):
    # What was learnt from cases that nobody has drawn. Which cases they are is not told.
    cases: int
    learnt_from: list[DrawnByItself]
    left_out: list[NotLearntFrom]


class Series(TypedDict):
    # A series with its facts. Context: ``run``, ``case_id`` and ``levels`` by volume id, ``same_scans``
    # by series.
    id: str
    patient: Patient
    number: int
    source_format: str
    facts: dict[str, Any]
    checks: list[Check]
    verdicts: list[Verdict]
    # an inclusion rule keeps it out
    held: bool
    same_scans: list[SameScanBrief]
    volume: VolumeBrief | None
    case_id: str | None
    run: RunBrief | None
    # labels in the newest mask by an engine or an import; empty while there is none
    levels: list[int]
    created_at: str


class SeriesDensity(TypedDict):
    # A series' HU, and its bone density or what is missing for one.
    case_id: str
    series_id: str
    pseudonym: str
    number: int
    scanner: str
    kvp: float | None
    kernel: str
    phase: ContrastPhase | NullEnum | None
    phase_from: PhaseFromEnum | NullEnum | None
    # what a description in the header suggests
    phase_hint: str | None
    levels: list[DensityLevel]
    bmd: Bmd | None
    missing: Missing | None
    # records that fit but for the time they hold in
    unsure: list[UnsurePeriod]


class SeriesIds(TypedDict):
    # How many match
    count: int
    # The first 5000 of them
    ids: list[str]


class Session(TypedDict):
    id: str
    revision: int
    digest: str
    saved_at: str | None


SeverityEnum: TypeAlias = "Literal['info', 'warning', 'error']"


class ShapeAgreement(TypedDict):
    # Two outlines of one vertebra; formulas in science/agreement/pair.py.
    dice: float | None
    jaccard: float | None
    hd95_mm: float | None
    hausdorff_mm: float | None
    assd_mm: float | None
    nsd_1mm: float | None
    nsd_2mm: float | None
    volume_a_ml: float | None
    volume_b_ml: float | None
    volume_difference_ml: float | None
    centroid_distance_mm: float | None


class ShippedSchema(TypedDict):
    key: str
    schema: GradingSchema


class ShownMask(TypedDict):
    id: str
    # Raters are letters
    title: str
    # start, rater, fused, adjudicated, accepted, other
    kind: str
    created_at: str


SideEnum: TypeAlias = "Literal['down', 'up']"


class SignedResultInputRequest(TypedDict):
    result: EvaluationResultRequest
    # HMAC-SHA256 over the result as canonical JSON, hexadecimal
    signature: str


class SignedResultTaken(TypedDict):
    # That a result was taken; scores are shown as those of every submission.
    submission_id: str
    team: str
    split: ChallengeSplit


class SimulatedOverlap(TypedDict):
    overlap: int
    minutes_per_case: float | None
    # Dice to expect of what so many make together with what as many others make
    agreement: float | None
    current: bool


class SimulatedPerson(TypedDict):
    id: str
    name: str
    tasks: float
    minutes: float
    # Of their mean week, within their limit
    weekly_minutes: float | None
    weeks: float | None
    # Else the median of the others stands for their week
    observed: bool


class SimulatedStage(TypedDict):
    # What a stage takes for all of the cases, on average over the futures.
    key: str
    title: str
    kind: SimulatedStageKindEnum
    overlap: int
    # Where its minutes come from: from it, from stages of its kind, from nowhere
    basis: BasisEnum
    # That the minutes were drawn from
    hand_ins: int
    tasks: float
    # Null: nothing was handed in so far
    minutes: float | None
    minutes_each: float | None
    # Who may do it, absent ones left out
    people: int
    # Places that nobody may take
    unfilled: float


SimulatedStageKindEnum: TypeAlias = "Literal['correct', 'grade', 'adjudicate', 'review']"


class Simulation(TypedDict):
    cases: int
    futures: int
    # Of all stages that have any
    minutes: float | None
    # Stages without minutes
    unknown: list[str]
    # 10 % of the futures are done by then
    weeks_early: float | None
    # Null: nobody's week is known
    weeks_median: float | None
    # 90 % of the futures are done by then
    weeks_late: float | None
    stages: list[SimulatedStage]
    people: list[SimulatedPerson]
    overlaps: list[SimulatedOverlap]
    # Of two raters, as observed
    pair_dice: float | None
    # Cases behind it
    compared: int
    # Share of cases that came to an expert
    adjudicated: float | None
    goes: list[StageThatGoes]


class SimulationInputRequest(TypedDict):
    protocol: ProtocolRequest


class SinceThen(TypedDict):
    # One vertebra against the mask that was returned.
    label: int
    # returned: asked for; changed: was settled, and is open since it changed
    state: SinceThenStateEnum
    # Voxels that it has gained
    added: int
    # Voxels that it has lost
    removed: int
    # It is in the returned mask only
    gone: bool
    renamed_from: int | None
    # Null: as it was
    grade: GradeChange | None


SinceThenStateEnum: TypeAlias = "Literal['returned', 'changed', 'settled']"


class SiteAct(TypedDict):
    # What was done with an account; the context comes from `_about_acts`.
    digest: str
    at: str
    # Null: the site, or somebody unknown
    actor: str | None
    # Null: none has the address that was tried, or it is of the site
    account: str | None
    verb: str
    text: str


class SiteHealth(TypedDict):
    version: str
    disk: Disk
    workers: list[Worker]
    warnings: list[SiteWarning]


class SiteJob(TypedDict):
    # A job of any project; the context comes from `_about`. What it worked on is for its managers.
    id: str
    kind: str
    queue: str
    state: JobState
    project: str | None
    error: str
    attempts: int
    created_at: str
    finished_at: str | None
    # Else what it was for is started anew on its own page, by a manager
    retryable: bool


class SiteWarning(TypedDict):
    # Something to look at.
    kind: SiteWarningKindEnum
    # The queue, worker, version or project
    about: str
    # Work stands still, or may be lost
    severe: bool


SiteWarningKindEnum: TypeAlias = (
    "Literal['disk_full', 'disk_low', 'queue_stuck', 'worker_silent', 'versions', 'quota', 'chain']"
)


class Slab(TypedDict):
    sha256: str
    k0: int
    k1: int
    bytes: int
    url: str


class SlabIndex(TypedDict):
    # Where the volume's slabs are: gzip of int16 HU, first axis fastest.
    version: int
    shape: list[int]
    affine_ras_mm: list[list[float]]
    spacing_mm: list[float]
    dtype: str
    hu_range: list[int]
    coarse: Coarse
    slabs: list[Slab]


class SlotAnswer(TypedDict):
    # What a reader answered for one vertebra.
    grade: GradeEnum | NullEnum | None
    fracture_type: FractureTypeEnum | BlankEnum
    foreign_material: ForeignMaterialEnum
    not_gradable_reason: str
    deformity: str
    osteoporotic: bool | None
    transitional: bool
    comment: str
    # A, B, C: never a name
    slot: str


class SourceChoice(TypedDict):
    kind: str
    reference: str
    title: str
    cases: int


Split: TypeAlias = "Literal['training', 'validation', 'test']"


class SplitCounts(TypedDict):
    # How much is in one split; null is sealed.
    patients: int | None
    series: int | None
    vertebrae: int | None
    fractures: int | None


class Spot(TypedDict):
    id: str
    label: int
    voxel: Voxel
    volume_mm3: float
    max_distance_mm: float
    kind: str
    resolved: bool


class Stage(TypedDict):
    # One step of a protocol. ``overlap`` people do it without seeing each other. Where it is for a
    # ``group`` of the project's people, nobody else is offered its tasks.
    key: str
    kind: StageKindEnum
    title: str
    overlap: int
    roles: list[Role]
    group: str | None
    start: StartEnum
    grade: bool
    blank_share: float
    method: FusionMethod
    also: list[FusionMethod]
    thresholds: Thresholds


StageKindEnum: TypeAlias = "Literal['correct', 'grade', 'fuse', 'adjudicate', 'review']"


StagePlanHowEnum: TypeAlias = "Literal['move', 'withdraw']"


class StagePlanRequest(TypedDict):
    # What becomes of the work in a stage that the new protocol does not have.
    stage: str
    # move: it goes on in `to`; withdraw: tasks in hand are taken back, edits stay on record
    how: StagePlanHowEnum
    to: NotRequired[str]


class StageRequest(TypedDict):
    # One step of a protocol. ``overlap`` people do it without seeing each other. Where it is for a
    # ``group`` of the project's people, nobody else is offered its tasks.
    key: str
    kind: StageKindEnum
    title: str
    overlap: NotRequired[int]
    roles: NotRequired[list[Role]]
    group: NotRequired[str | None]
    start: NotRequired[StartEnum]
    grade: NotRequired[bool]
    blank_share: NotRequired[float]
    method: NotRequired[FusionMethod]
    also: NotRequired[list[FusionMethod]]
    thresholds: NotRequired[ThresholdsRequest]


class StageRun(TypedDict):
    # A stage; ``detail`` says where it was ``reused`` from an attempt before, or ``left_out``.
    name: str
    state: JobState
    progress: float
    seconds: float | None
    digest: str
    detail: dict[str, Any]


class StageThatGoes(TypedDict):
    # Work in a stage that the protocol takes out; saving it asks what becomes of it.
    key: str
    title: str
    cases: int
    in_hand: int
    handed_in: int
    free: int


class StandingAnswer(TypedDict):
    grade: int | None
    fracture_type: str
    foreign_material: str
    not_gradable_reason: str
    deformity: str
    osteoporotic: bool | None
    transitional: bool


class Standings(TypedDict):
    # A phase's leaderboard.
    patients: int
    cases: int
    # Of the raters with each other on these cases; null where none were compared
    human_dice: BoardEstimate
    rows: list[BoardRow]


class Start(TypedDict):
    source: StartSourceEnum
    engine: str | None
    text: str


StartEnum: TypeAlias = "Literal['engine', 'previous', 'blank']"


StartSourceEnum: TypeAlias = "Literal['engine', 'import', 'empty', 'blank', 'previous', 'fused']"


class Started(TypedDict):
    job_id: str


class StateInputRequest(TypedDict):
    state: RuleState
    fact: NotRequired[str]


class StatisticalTest(TypedDict):
    # A test between two columns, with the variant that was used.
    groups: str
    name: str
    variant: str
    statistic: float | None
    p: float | None
    note: str


class Statistics(TypedDict):
    # Table 1 as text, its tests and its figures.
    columns: list[str]
    patients: dict[str, int]
    rows: list[TableRow]
    tests: list[StatisticalTest]
    figures: Figures
    # vertebrae cut off by the image, which are not counted
    left_out: int
    # accepted series that an inclusion rule keeps out
    held: int


class StoodGrade(TypedDict):
    # A grade that stands, or stood until another was decided. Readers are letters.
    label: int
    current: bool
    grade: int | None
    fracture_type: str
    foreign_material: str
    not_gradable_reason: str
    # single, unanimous, median, majority, adjudicated, review
    method: str
    answers: list[ReaderAnswer]
    decided_at: str


class Storage(TypedDict):
    # What is kept, as last counted, and what waits to be read.
    # Null: no limit
    quota_bytes: int | None
    # By kind
    kept_bytes: dict[str, int]
    # Kept and waiting together
    used_bytes: int
    # Announced or sent, and not read yet
    waiting_bytes: int
    # Null: never
    counted_at: str | None


class StoredWeights(TypedDict):
    id: str
    chosen_at: str
    chosen_by: str
    # gold, final, staple or manual
    basis: str
    note: str
    current: bool
    rows: list[Weight]


class Stuck(TypedDict):
    # What goes no further by itself.
    # Files that were held back
    quarantined: int
    # Cases, for more than a day
    waiting_for_engine: int
    # Tasks of which somebody told the manager
    concerns: int
    # On cases, that nobody has answered
    questions: int
    # Tasks in somebody's hands past their day
    overdue: int
    # Tasks in somebody's hands, not touched for two weeks
    idle: int


class Submission(TypedDict):
    id: str
    digest: str | None
    edited_voxels: int
    created_at: str


SubmissionState: TypeAlias = "Literal['waiting', 'refused', 'evaluating', 'evaluated', 'failed']"


class SubmitInputRequest(TypedDict):
    digest: NotRequired[str]
    # Time that was not reported to active-time before
    active_seconds: NotRequired[int]
    comment: NotRequired[str]
    answers: NotRequired[list[FindingAnswerRequest]]
    # Levels that a visible pane has shown while the case was open; left out: not looked for
    seen: NotRequired[list[int] | None]


class Subset(TypedDict):
    # That fit
    cases: int
    # All that are open to me
    cases_of: int
    patients: int
    # null: nothing asked, or nothing fits
    size_bytes: int | None
    url: str
    choices: SubsetChoices


class SubsetChoices(TypedDict):
    levels: list[str]
    # null: no grade is known
    worst_grade: int | None
    contrasts: list[str]
    sexes: list[str]
    age_from: int | None
    age_to: int | None


class Suggestion(TypedDict):
    # What the heights suggest. Shown to a person who has answered for this vertebra, to nobody before.
    # null where a reader must decide
    grade: int | None
    fracture_type: str
    # against its own largest height
    loss_percent: float | None
    # anterior, middle, posterior, from intact neighbours
    expected_mm: list[float] | None
    # the largest loss of a site against what neighbours let expect
    expected_loss_percent: float | None
    # one standard deviation
    uncertainty_percent: float | None
    flags: list[str]


class SuspectMask(TypedDict):
    # A rater whose mask cannot be meant, and why in a sentence.
    slot: str
    code: str
    text: str


class TableRow(TypedDict):
    name: str
    cells: list[str]


class TakeUpInputRequest(TypedDict):
    # The erratum that users of the version read
    text: str
    # The accepted case is reviewed again
    review: NotRequired[bool]


class TargetRequest(TypedDict):
    part: PartEnum
    wanted: int


class TargetsInputRequest(TypedDict):
    targets: list[TargetRequest]


class TaskAssignment(TypedDict):
    # An assignment as managers see it.
    id: str
    slot: int
    rater: Rater | None
    state: AssignmentState
    submitted_at: str | None
    active_seconds: int
    pace: Pace | None
    # Levels of the mask handed in that no visible pane has shown; null: not known
    never_in_view: list[int] | None
    # Version in force when it was handed in; null: none, or not known
    guidelines: int | None


TaskKind: TypeAlias = "Literal['correct', 'grade', 'adjudicate', 'review']"


TaskState: TypeAlias = "Literal['open', 'complete', 'cancelled']"


class TaughtNetwork(TypedDict):
    # What became of one network: kept where it is better than the one it started from, else why not.
    network: str
    better: bool
    reason: str
    steps: int
    seconds: float | None
    before: NetworkFigures
    after: NetworkFigures


class Team(TypedDict):
    id: str
    name: str
    members_count: int
    # Of one's own team, or all to organisers; else empty
    members: list[TeamMember]


class TeamInputRequest(TypedDict):
    name: str
    accepts_rules: bool


class TeamMember(TypedDict):
    id: str
    name: str
    captain: bool
    me: bool
    # null: has asked to join
    joined_at: str | None


class ThreadInputRequest(TypedDict):
    resolved: bool


class Thresholds(TypedDict):
    # When raters differ enough that an expert must look at a vertebra.
    dice_below: float
    hd95_mm_above: float
    grade_disagreement: bool
    grades: GradesEnum


class ThresholdsRequest(TypedDict):
    # When raters differ enough that an expert must look at a vertebra.
    dice_below: NotRequired[float]
    hd95_mm_above: NotRequired[float]
    grade_disagreement: NotRequired[bool]
    grades: NotRequired[GradesEnum]


class Throughput(TypedDict):
    date: str
    accepted: int
    submitted: int


class Timeline(TypedDict):
    at: str
    actor: str | None
    verb: str
    text: str
    # The mask that it is about
    mask_id: str | None
    # The vertebra that it is about
    label: int | None


class Token(TypedDict):
    id: str
    name: str
    scope: TokenScope
    created_at: str
    expires_at: str
    last_used_at: str | None


class TokenInputRequest(TypedDict):
    name: str
    scope: NotRequired[TokenScope]
    expires_at: NotRequired[str | None]


TokenScope: TypeAlias = "Literal['read', 'annotate', 'manage']"


class Trainee(TypedDict):
    # How far somebody is with the training.
    # Training cases before real work; 0: none
    wanted: int
    available: int
    handed_in: int
    scored: int
    mean_dice: float | None
    grades_exact: float | None
    passed: bool
    overridden: bool
    may_work: bool
    user: Rater
    # Why a manager let them through; empty where none did
    reason: str


class Training(TypedDict):
    # A fine-tuning, with its curves as far as they go.
    id: str
    name: str
    job_id: str
    state: JobState
    progress: float
    stopping: bool
    ending_early: bool
    base: str | None
    result: str | None
    config: TrainingSettings
    curve: list[CurvePoint]
    outcome: TrainingMetrics
    training_cases: int
    validation_cases: int
    training_patients: int
    validation_patients: int
    undrawn_cases: int
    seconds: float | None
    error: str
    created_at: str
    started_at: str | None
    finished_at: str | None


class TrainingInputRequest(TypedDict):
    name: str
    source: NotRequired[str]
    reference: NotRequired[str]
    steps: NotRequired[int]
    learning_rate: NotRequired[float]
    synthetic_share: NotRequired[float]
    seed: NotRequired[int]
    # What should learn: localise (finding), label (naming), segment (borders)
    networks: NotRequired[list[NetworksEnum]]
    # Also learn from cases that nobody has drawn yet
    undrawn: NotRequired[bool]
    # Not on a graphics card
    processor_only: NotRequired[bool]


class TrainingMetrics(TypedDict):
    # What the trainer told of its work: ``fine_tune`` of inference/training/finetune.py.
    network: str
    steps: int | None
    seconds: float | None
    cases: int | None
    validation_before: float | None
    validation_after: float | None
    validation: list[ValidatedVertebra]
    better: list[str] | None
    networks: list[TaughtNetwork]
    calibration: CertaintyFit | None
    self_training: SelfTraining | None
    device: str
    notes: list[str]


class TrainingSettings(TypedDict):
    # What is asked of a training.
    steps: int
    learning_rate: float
    synthetic_share: float
    seed: int
    networks: list[str]
    undrawn: bool
    processor_only: bool


class UnblindInputRequest(TypedDict):
    reason: str


class Unblinding(TypedDict):
    # Who has seen the names of a double-blind case, and why.
    name: str
    reason: str
    at: str


class UnreadGuidelines(TypedDict):
    # That the guidelines of a project have a version which I have not read.
    project: ProjectRef
    number: int
    changes: str
    published_at: str
    # The newest version that I have read
    read: int | None
    # No other task before I have read it
    must_read: bool


class UnsurePeriod(TypedDict):
    id: str
    valid_from: str
    valid_to: str | None
    source: str


class Upload(TypedDict):
    # One file on its way in, and what became of it.
    id: str
    name: str
    relative_path: str
    size_bytes: int
    offset_bytes: int
    state: UploadState
    reason_code: str
    reason: str
    # what to do about a refusal, where there is more to say
    advice: str
    raw_until: str | None
    resolved_at: str | None


UploadState: TypeAlias = "Literal['receiving', 'received', 'ingested', 'quarantined']"


class ValidatedVertebra(TypedDict):
    # Dice on one vertebra of the validation share, before and after the training.
    case: str
    label: int
    before: float | None
    dice: float | None


class Verdict(TypedDict):
    # How one rule stands on a series.
    rule_id: str
    title: str
    state: RuleState
    fact: str
    stated_by: NotRequired[str | None]
    waived_by: NotRequired[str | None]
    waived_at: str | None
    waived_reason: str


class VerificationInputRequest(TypedDict):
    phantom: str
    source: str
    valid_from: str
    valid_to: NotRequired[str | None]
    note: NotRequired[str]


class Version(TypedDict):
    id: str
    title: str
    # start, rater, fused, adjudicated, accepted
    kind: str
    created_at: str


class VertebraScore(TypedDict):
    # ``state``: drawn, missing (the answer has it) or extra; ``named``: what it was called instead.
    label: int
    state: VertebraScoreStateEnum
    dice: float
    hd95_mm: float | None
    volume_ml: float | None
    answer_ml: float | None
    named: int | None


VertebraScoreStateEnum: TypeAlias = "Literal['drawn', 'missing', 'extra']"


class VolumeBrief(TypedDict):
    id: str
    shape: list[int]
    spacing_mm: list[float]
    hu_min: int
    hu_max: int
    thumbnail_url: str | None


class VolumePoint(TypedDict):
    # A vertebra of two raters in a Bland-Altman plot.
    label: int
    mean_ml: float
    difference_ml: float


Voxel: TypeAlias = "list[int]"


class Waiting(TypedDict):
    # A project with work that I may take.
    project: ProjectRef
    # The training comes first
    training: bool
    kinds: list[TaskKind]


class WaitingProgram(TypedDict):
    # A program that waits to be allowed, as it describes itself.
    program: str
    machine: str
    scope: TokenScope
    asked_at: str
    expires_at: str


class WaitingWork(TypedDict):
    # What I may take in a project. How much of it is told only of what experts do.
    project: ProjectRef
    # The training comes first
    training: bool
    kinds: list[TaskKind]
    to_adjudicate: int
    to_review: int


class WaiveManyInputRequest(TypedDict):
    series_ids: list[str]
    reason: str
    # Only say what would become of each series
    preview: NotRequired[bool]


class WaiverInputRequest(TypedDict):
    reason: str


class WaiverOutcome(TypedDict):
    series_id: str
    # Patient and number, such as sub-0002, series 1
    name: str
    done: bool
    message: str


class Warning(TypedDict):
    # A mask that cannot be meant.
    at: str
    case: str
    # empty, elsewhere, shifted_level or disagrees
    code: str
    text: str
    # others (raters of the case) or gold (a known answer)
    judged_by: str


class Webhook(TypedDict):
    # A webhook without its secret.
    id: str
    address: str
    events: list[str]
    active: bool
    # By the site: five messages one after the other were given up
    paused: bool
    # Messages that are still to be handed over
    waiting: int
    # Messages that were tried for more than a day
    given_up: int
    last_sent_at: str | None
    created_at: str


class WebhookChangeInputRequest(TypedDict):
    address: str
    events: list[str]
    active: bool


class WebhookInputRequest(TypedDict):
    address: str
    events: list[str]


class WebhookSecret(TypedDict):
    # What signs the messages of a webhook; told when it is made and to nobody later.
    id: str
    secret: str


class Week(TypedDict):
    # Its Monday
    begins: str
    # Cases at its end, without excluded ones
    total: int
    # Of them begun by its end, accepted ones among them
    begun: int
    # Of them accepted by its end
    accepted: int
    newly_accepted: int
    submitted: int
    # False: under way
    complete: bool


class Weight(TypedDict):
    user: Rater
    weight: float
    # Why the rater is left out; empty for one who counts
    why: str
    # The figure the weight came from
    evidence: float | None
    # Cases behind that figure
    cases: int


class WeightInputRequest(TypedDict):
    user_id: str
    weight: float
    why: NotRequired[str]


class WeightProposal(TypedDict):
    # gold, final or staple
    basis: str
    rows: list[Weight]


class WeightsInputRequest(TypedDict):
    # gold, final, staple or manual
    basis: str
    note: NotRequired[str]
    rows: list[WeightInputRequest]


WhyEnum: TypeAlias = "Literal['floor', 'median']"


class WithdrawInputRequest(TypedDict):
    # The page of the release tells it
    reason: str


class WithdrawWaiversInputRequest(TypedDict):
    series_ids: list[str]


class Worker(TypedDict):
    # A process that takes background work.
    name: str
    queues: list[str]
    version: str
    started_at: str
    # When it last said that it lives
    beat_at: str
    # It should have said so since
    silent: bool


class Workload(TypedDict):
    user: Rater
    # In hand, returned work among it
    open: int
    overdue: int
    submitted: int
    active_minutes: float
    away_until: str | None
