/** Names for the schema's parts that the pages speak of. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Role = Schemas["Role"];
export type JobState = Schemas["JobState"];
export type CaseState = Schemas["CaseState"];
export type MaskSource = Schemas["MaskSource"];
export type Split = Schemas["Split"];
export type StageKind = Schemas["StageKindEnum"];
export type FusionMethod = Schemas["FusionMethod"];

/** All that waits for somebody. */
export type Guidelines = Schemas["Guidelines"];
export type GuidelineDraft = Schemas["GuidelineDraft"];
export type DriftAlarm = Schemas["DriftAlarm"];
export type Question = Schemas["Question"];
export type Home = Schemas["Home"];
export type Me = Schemas["Me"];
export type Account = Schemas["Account"];
export type SiteJob = Schemas["SiteJob"];
export type MyLoad = Schemas["Load"];
export type SiteStorage = Schemas["Storage"];
export type SiteWarning = Schemas["SiteWarning"];
export type Simulation = Schemas["Simulation"];
export type CaseView = Schemas["CaseView"];
export type QueueHealth = Schemas["QueueHealth"];
export type ApiToken = Schemas["Token"];
export type Project = Schemas["Project"];
export type Protocol = Schemas["Protocol"];
export type StagePlan = Schemas["StagePlanRequest"];
export type ProtocolStage = Schemas["Stage"];
export type Member = Schemas["Member"];
export type PeopleGroup = Schemas["PeopleGroup"];
export type AbsenceInput = Schemas["AbsenceInputRequest"];
export type AbsenceOutcome = Schemas["AbsenceOutcome"];
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
export type AuditEntry = Schemas["AuditEntry"];
export type ChainCheck = Schemas["ChainCheck"];
export type Course = Schemas["Course"];
export type ExclusionReason = Schemas["ExclusionReason"];
export type ExclusionWhy = Schemas["ExcludeInputRequest"];
export type CoverageTarget = Schemas["TargetRequest"];
export type CaseCard = Schemas["CaseCard"];
export type CaseDetail = Schemas["CaseDetail"];
/** What somebody had ticked as looked at when they submitted. */
export type LookedAt = Schemas["LookedAt"];
export type CaseTask = Schemas["CaseTask"];
export type HastyWork = Schemas["HastyWork"];
export type CaseAssignment = Schemas["TaskAssignment"];
export type MaskInfo = Schemas["CaseMask"];
export type Provenance = Schemas["Provenance"];
export type AssignmentSummary = Schemas["AssignmentSummary"];
export type ReleaseSummary = Schemas["ReleaseSummary"];
export type ReleaseDetail = Schemas["Release"];
export type ReleaseState = Schemas["ReleaseState"];
export type Challenge = Schemas["Challenge"];
export type ChallengeSummary = Schemas["ChallengeSummary"];
export type ChallengePhase = Schemas["ChallengePhase"];
export type ChallengeSplit = Schemas["ChallengeSplit"];
export type PendingArchive = Schemas["PendingSubmission"];
export type ChallengeTeam = Schemas["Team"];
export type ChallengeSubmission = Schemas["ChallengeSubmission"];
export type EvaluationKey = Schemas["EvaluationKey"];
export type EvaluationKeyFile = Schemas["EvaluationKeyFile"];
export type SubmissionState = Schemas["SubmissionState"];
export type StandingsRow = Schemas["BoardRow"];
export type CheckFault = Schemas["Fault"];
export type Spot = Schemas["Spot"];
export type StoodGrade = Schemas["StoodGrade"];
export type Estimate = Schemas["Estimate"];
export type Agreement = Schemas["Agreement"];
export type AgreementPair = Schemas["AgreementPair"];
export type AgreementMeasure = "dice" | "hd95_mm" | "assd_mm" | "nsd_1mm" | "nsd_2mm";
/** Of when figures are that a large project keeps. */
export type AsOf = Schemas["AsOf"];
export type BiasFigures = Omit<Schemas["AutomationBias"], "as_of">;
export type BulkAction = Schemas["ActionEnum"];
export type BulkOutcome = Schemas["Outcome"];
export type Feedback = Schemas["Feedback"];
export type ProjectQuality = Schemas["ProjectQuality"];
export type RaterWeights = Schemas["RaterWeights"];
export type StagePlaces = Schemas["Places"];
export type RaterReliability = Schemas["RaterReliability"];
export type Consensus = Schemas["Consensus"];
export type ComparisonReport = Schemas["ComparisonReport"];
export type LabelAgreement = Schemas["LabelAgreement"];
export type GradeAgreement = Schemas["GradeAgreement"];
export type Fusion = Schemas["Fusion"];
export type FusionAsked = Schemas["FusionAskedRequest"];
export type FusionParameters = Schemas["FusionParameters"];
export type FusedInstance = Schemas["FusedInstance"];

export type Webhook = Schemas["Webhook"];
export type Delivery = Schemas["Delivery"];
export type MailWish = Schemas["MailWish"];

/** One page of a list. */
export interface Page<T> {
  count: number;
  next: string | null;
  previous: string | null;
  results: T[];
}
