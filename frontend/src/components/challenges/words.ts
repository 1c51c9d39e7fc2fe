import type { ChallengePhase, ChallengeSplit, ChallengeSummary, SubmissionState } from "@/api/types";
import { formatDateTime } from "@/state/format";

export const SPLIT_TITLES: Readonly<Record<ChallengeSplit, string>> = {
  validation: "Public validation",
  test: "Secret test",
};

export const TASK_TITLES: Readonly<Record<ChallengeSummary["tasks"][number], string>> = {
  labelling: "Labelling",
  segmentation: "Segmentation",
};

export const STATES: Readonly<Record<SubmissionState, { readonly text: string; readonly color: string }>> = {
  waiting: { text: "Being checked", color: "petrol" },
  refused: { text: "Refused", color: "red" },
  evaluating: { text: "Being evaluated", color: "petrol" },
  evaluated: { text: "Evaluated", color: "green" },
  failed: { text: "Failed", color: "red" },
};

/** When a phase is open, from where it stands now. */
export function phaseText({ state, opens_at: opens, closes_at: closes }: ChallengePhase): string {
  if (state === "ahead") return `opens ${formatDateTime(opens)}, closes ${formatDateTime(closes)}`;
  return state === "open" ? `open until ${formatDateTime(closes)}` : `closed ${formatDateTime(closes)}`;
}
