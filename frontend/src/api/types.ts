/**
 * Names for the schema's parts that the pages speak of, and the shapes of the reports that the server stores
 * as free JSON (they are the science library's own, and the schema only says "object").
 */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Role = Schemas["Role"];
export type JobState = Schemas["JobState"];
export type CaseState = Schemas["CaseState"];
export type MaskSource = Schemas["MaskSource"];
export type Split = Schemas["Split"];
export type StageKind = Schemas["StageKindEnum"];
export type FusionMethod = Schemas["FusionMethod"];

export type Me = Schemas["Me"];
export type ApiToken = Schemas["Token"];
export type Project = Schemas["Project"];
export type Protocol = Schemas["Protocol"];
export type StagePlan = Schemas["StagePlanRequest"];
export type ProtocolStage = Schemas["Stage"];
export type Member = Schemas["Member"];
export type Batch = Schemas["Batch"];
export type Quarantined = Schemas["Quarantined"];
export type Series = Schemas["Series"];
export type HeldMask = Schemas["HeldMask"];
export type SameScan = Schemas["SameScan"];
export type SameScanAnswer = Schemas["SameScanAnswer"];
export type Check = Schemas["Check"];
export type Job = Schemas["Job"];
export type Run = Schemas["Run"];
export type RunCentres = Schemas["Centres"];
export type ModelRegistry = Schemas["Registry"];
export type ModelVersion = Schemas["ModelVersion"];
export type ModelState = Schemas["ModelState"];
export type ModelComparison = Schemas["ModelComparison"];
export type Training = Schemas["Training"];
export type TrainingInput = Schemas["TrainingInputRequest"];
export type EditEffort = Schemas["EditEffort"];
export type Board = Schemas["Board"];
export type CaseCard = Schemas["CaseCard"];
export type CaseDetail = Schemas["CaseDetail"];
export type CaseTask = Schemas["CaseTask"];
export type HastyWork = Schemas["HastyWork"];
export type CaseAssignment = Schemas["TaskAssignment"];
export type MaskInfo = Schemas["CaseMask"];
export type AssignmentSummary = Schemas["AssignmentSummary"];
export type ReleaseSummary = Schemas["ReleaseSummary"];
export type ReleaseDetail = Schemas["Release"];
export type ReleaseState = Schemas["ReleaseState"];
export type Spot = Schemas["Spot"];
export type StoodGrade = Schemas["StoodGrade"];
export type Estimate = Schemas["Estimate"];
export type Agreement = Schemas["Agreement"];
export type AgreementPair = Schemas["AgreementPair"];
export type AgreementMeasure = "dice" | "hd95_mm" | "assd_mm" | "nsd_1mm" | "nsd_2mm";
export type AutomationBias = Schemas["AutomationBias"];
export type BulkAction = Schemas["ActionEnum"];
export type BulkOutcome = Schemas["Outcome"];
export type Feedback = Schemas["Feedback"];
export type ProjectQuality = Schemas["ProjectQuality"];
export type RaterWeights = Schemas["RaterWeights"];
export type StagePlaces = Schemas["Places"];
export type RaterReliability = Schemas["RaterReliability"];

/** One page of a list. */
export interface Page<T> {
  count: number;
  next: string | null;
  previous: string | null;
  results: T[];
}

/** Agreement of two raters on one vertebra. Lengths in mm; null where not defined. */
interface ShapeNumbers {
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
  /** Letters of the raters who handed in a mask, in the order of `names` and of a fusion's weights. */
  mask_slots?: string[];
  /** Raters whose mask cannot be meant, and why in a sentence. */
  suspects?: { slot: string; code: string; text: string }[];
  labels?: Record<string, LabelAgreement>;
  grades?: GradeAgreement;
  naming_disputes?: { label: number; names: number[] }[];
  empty_raters?: number[];
}

export interface FusedInstance {
  label: number;
  voxels: number;
  majority_voxels: number;
  staple_voxels: number | null;
  disputed_voxels: number;
  /** Each rater's Dice with STAPLE's truth; absent from fusions made before it was kept. */
  expected_dice?: (number | null)[];
  sensitivity: (number | null)[];
  specificity: (number | null)[];
  flags: string[];
}

interface FusionReport {
  raters?: { rater: number; labels: number; matched: number; name_shift: number | null; excluded: string }[];
  labels?: Record<string, FusedInstance>;
  adjudicate?: number[];
}

export type Fusion = Omit<Schemas["Fusion"], "report"> & { report: FusionReport };
type Comparison = Omit<Schemas["Comparison"], "report"> & { report: ComparisonReport };
export type Consensus = Omit<Schemas["Consensus"], "comparison" | "fusions"> & {
  comparison: Comparison | null;
  fusions: Fusion[];
};
