import { t } from "@/i18n";
import type { ChallengePhase, ChallengeSplit, ChallengeSummary, SubmissionState } from "@/api/types";
import { formatDateTime } from "@/state/format";

export const SPLIT_TITLES: Readonly<Record<ChallengeSplit, string>> = {
  validation: t("Public validation"),
  test: t("Secret test"),
};

export const TASK_TITLES: Readonly<Record<ChallengeSummary["tasks"][number], string>> = {
  labelling: t("Labelling"),
  segmentation: t("Segmentation"),
  grading: t("Fracture grading"),
};

export const STATES: Readonly<Record<SubmissionState, { readonly text: string; readonly color: string }>> = {
  waiting: { text: t("Being checked"), color: "petrol" },
  refused: { text: t("Refused"), color: "red" },
  evaluating: { text: t("Being evaluated"), color: "petrol" },
  evaluated: { text: t("Evaluated"), color: "green" },
  failed: { text: t("Failed"), color: "red" },
};

/** When a phase is open, from where it stands now. */
export function phaseText({ state, opens_at: opens, closes_at: closes }: ChallengePhase): string {
  if (state === "ahead")
    return t("opens {{opens}}, closes {{closes}}", { opens: formatDateTime(opens), closes: formatDateTime(closes) });
  return state === "open"
    ? t("open until {{closes}}", { closes: formatDateTime(closes) })
    : t("closed {{closes}}", { closes: formatDateTime(closes) });
}
