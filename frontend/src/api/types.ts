/** The server's answers, written by hand until the schema generates them. */

export type Role = "manager" | "rater" | "radiologist" | "researcher" | "physicist";
export type JobState = "queued" | "running" | "succeeded" | "failed" | "cancelled";
export type StageKind = "correct" | "grade" | "fuse" | "adjudicate" | "review";
export type CaseState = "waiting" | "in_progress" | "accepted" | "excluded";
export type MaskSource = "engine" | "import" | "empty" | "rater" | "fusion" | "adjudication" | "review";
export type Split = "training" | "validation" | "test";

export interface Page<T> {
  count: number;
  next: string | null;
  previous: string | null;
  results: T[];
}

export interface Me {
  id: string;
  email: string;
  display_name: string;
  is_staff: boolean;
  preferences: Record<string, unknown>;
  memberships: { project: { id: string; slug: string; name: string }; role: Role }[];
}

export interface SiteConfig {
  site_name: string;
  demo_accounts: { email: string; password: string; role: string; display_name: string }[];
  version: string;
}

export interface Person {
  id: string;
  name: string;
}

export interface ProtocolStage {
  key: string;
  kind: StageKind;
  title: string;
  overlap: number;
  roles: Role[];
  start?: "engine" | "previous" | "blank";
  grade?: boolean;
  blank_share?: number;
  method?: string;
  also?: string[];
  thresholds?: { dice_below?: number; hd95_mm_above?: number; grade_disagreement?: boolean };
}

export interface Protocol {
  key: string;
  name: string;
  version: number;
  description: string;
  stages: ProtocolStage[];
  open_after_submission?: boolean;
  engine?: string;
}

export interface Project {
  id: string;
  slug: string;
  name: string;
  description: string;
  protocol: Protocol;
  guidelines: string;
  working_spacing_mm: number;
  my_roles: Role[];
  counts: { series: number; cases: number; accepted: number; quarantined: number };
}

export interface Member {
  id: string;
  user: { id: string; name: string; email: string };
  role: Role;
  active: boolean;
  away_until: string | null;
}

export interface Upload {
  id: string;
  name: string;
  relative_path: string;
  size_bytes: number;
  offset_bytes: number;
  state: "receiving" | "received" | "ingested" | "quarantined";
  reason_code: string;
  reason: string;
  resolved_at?: string | null;
  created_at?: string;
}

export interface Job {
  id: string;
  kind: string;
  queue: string;
  state: JobState;
  progress: number;
  message: string;
  error: string;
  attempts: number;
  max_attempts: number;
  cancel_requested: boolean;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  subject_id: string | null;
}

export interface Batch {
  id: string;
  state: "receiving" | "processing" | "done" | "failed";
  created_at: string;
  job: Job | null;
  uploads: Upload[];
  series: string[];
}

export interface Check {
  code: string;
  severity: "info" | "warning" | "error";
  message: string;
}

export interface Series {
  id: string;
  patient: { pseudonym: string; sex: string; age_years: number | null };
  number: number;
  source_format: string;
  facts: Record<string, unknown>;
  checks: Check[];
  volume: {
    id: string;
    shape: number[];
    spacing_mm: number[];
    hu_min: number;
    hu_max: number;
    thumbnail_url: string | null;
  } | null;
  case_id: string | null;
  run: { id: string; state: JobState; engine: string; progress: number } | null;
  created_at: string;
}

export interface RunStage {
  name: string;
  state: JobState;
  progress: number;
  seconds: number | null;
  digest: string;
}

export interface Run {
  id: string;
  volume_id: string;
  engine: string;
  engine_version: string;
  state: JobState;
  progress: number;
  seconds: number | null;
  device: string;
  stages: RunStage[];
  report: Record<string, unknown>;
  log: string;
  error: string;
  result: { id: string; number: number; source: MaskSource } | null;
}

export interface Engine {
  key: string;
  name: string;
  version: string;
  description: string;
}

export interface CaseCard {
  id: string;
  alias: string;
  state: CaseState;
  stage_key: string;
  stage_title: string;
  priority: number;
  due_on: string | null;
  series: { id: string; pseudonym: string; number: number };
  thumbnail_url: string | null;
  progress: { submitted: number; overlap: number };
  flags: string[];
  updated_at: string;
}

export interface CaseAssignment {
  id: string;
  slot: number;
  rater: Person | null;
  state: "open" | "submitted" | "returned" | "cancelled";
  submitted_at: string | null;
  active_seconds: number;
}

export interface CaseTask {
  id: string;
  kind: string;
  stage_key: string;
  round: number;
  state: "open" | "complete" | "cancelled";
  overlap: number;
  assignments: CaseAssignment[];
}

export interface MaskInfo {
  id: string;
  number: number;
  source: MaskSource;
  author: Person | null;
  created_at: string;
  provenance: Record<string, unknown>;
  label_voxels: Record<string, number>;
}

export interface AgreedGrade {
  label: number;
  grade: number | null;
  fracture_type: string;
  foreign_material: string;
  method: string;
  not_gradable_reason?: string;
}

export interface Decision {
  label: number;
  choice: string;
  chosen_slot: number | null;
  reason: string;
}

export interface CaseDetail extends CaseCard {
  project: { slug: string; name: string };
  masks: MaskInfo[];
  tasks: CaseTask[];
  agreed_grades: AgreedGrade[];
  decisions: Decision[];
  timeline: { at: string; actor: string | null; verb: string; text: string }[];
}

export interface Board {
  stages: { key: string; title: string; kind: string; count: number; cases: CaseCard[] }[];
  raters: {
    user: Person;
    open: number;
    submitted: number;
    returned: number;
    active_minutes: number;
    last_activity: string | null;
  }[];
  throughput: { date: string; accepted: number; submitted: number }[];
}

export interface AssignmentCard {
  id: string;
  kind: string;
  state: "open" | "submitted" | "returned" | "cancelled";
  project: { slug: string; name: string };
  case_alias: string;
  stage_title: string;
  due_on: string | null;
  return_comment: string;
  thumbnail_url?: string | null;
  opened_at?: string | null;
  saved_at?: string | null;
  graded?: number;
  gradable?: number[];
}

export interface ReleaseFile {
  path: string;
  size_bytes: number;
  sha256: string;
  split: string;
}

export interface Release {
  id: string;
  version: string;
  title: string;
  notes: string;
  licence: string;
  terms: string;
  state: "draft" | "building" | "frozen" | "failed";
  fractions: Partial<Record<Split, number>>;
  seed: number;
  embargo_until: string | null;
  frozen_at: string | null;
  manifest_sha256: string;
  error?: string;
  counts: Record<string, number>;
  created_at: string;
}

export interface ReleaseDetail extends Release {
  project: { slug: string; name: string };
  patients: { pseudonym: string; split: Split }[];
  files: ReleaseFile[];
  accepted: boolean;
  archives: { name: string; size_bytes: number; url: string; locked_until: string | null }[];
}

/** Agreement of two raters, or of a group, on one vertebra. Lengths in mm; null where not defined. */
export interface ShapeNumbers {
  dice: number | null;
  hd95_mm: number | null;
  assd_mm: number | null;
  nsd_1mm: number | null;
  volume_a_ml: number | null;
  volume_b_ml: number | null;
}

export interface LabelAgreement {
  label: number;
  /** What each rater called it; 0 where not drawn. */
  names: number[];
  missing: number[];
  naming_disputed: boolean;
  mean_dice: number | null;
  minimum_dice: number | null;
  hd95_mm: number | null;
  assd_mm: number | null;
  nsd_1mm: number | null;
  conformity_index: number | null;
  pairs: ({ raters: [number, number] } & ShapeNumbers)[];
}

export interface GradeAgreement {
  labels: Record<string, (number | null)[]>;
  pairs: number;
  exact: number | null;
  within_one: number | null;
  disputed: number[];
}

export interface ComparisonReport {
  slots?: string[];
  labels?: Record<string, LabelAgreement>;
  grades?: GradeAgreement;
  naming_disputes?: { label: number; names: number[] }[];
  empty_raters?: number[];
}

export interface Spot {
  id: string;
  label: number;
  voxel: number[];
  volume_mm3: number;
  max_distance_mm: number;
  kind: string;
  resolved: boolean;
}

export interface Comparison {
  id: string;
  state: JobState;
  error: string;
  software_version: string;
  report: ComparisonReport;
  spots: Spot[];
  created_at: string;
}

export interface FusedInstance {
  label: number;
  voxels: number;
  majority_voxels: number;
  staple_voxels: number;
  disputed_voxels: number;
  sensitivity: (number | null)[];
  specificity: (number | null)[];
  flags: string[];
}

export interface FusionReport {
  raters?: { rater: number; labels: number; matched: number; name_shift: number | null; excluded: string }[];
  labels?: Record<string, FusedInstance>;
  adjudicate?: number[];
}

export interface Fusion {
  id: string;
  method: string;
  parameters: Record<string, unknown>;
  report: FusionReport;
  chosen: boolean;
  result_id: string;
  created_at: string;
}

export interface Consensus {
  comparison: Comparison | null;
  fusions: Fusion[];
  decisions: { label: number; choice: string; slot: string | null; reason: string }[];
  agreed_grades: (AgreedGrade & { answers: Record<string, unknown>[] })[];
}

export interface ApiToken {
  id: string;
  name: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export interface NewApiToken extends ApiToken {
  token: string;
}
