import type { components } from "@/api/schema";
import type { PlanBalance, PlanPlace, ReleaseRules } from "@/state/releasePlans";
import { SPLITS } from "./fractions";

export const RULE_TITLES: Readonly<Record<components["schemas"]["ReleaseRule"], string>> = {
  inclusion: "Kept out by an inclusion rule of the study",
  stages: "Stage not passed",
  agreement: "Agreement too low, or not known",
  levels: "Vertebrae missing in the mask",
  phases: "Another contrast phase, or not known",
  waivers: "Inclusion rule waived or not answered",
  earlier: "Both public and secret in earlier versions",
  consent: "Consent withdrawn",
  excluded: "Taken out of the data",
};

export const NO_RULES: ReleaseRules = {
  stages: [],
  least_agreement: null,
  levels: [],
  phases: [],
  without_waivers: false,
};

export const CONTRAST_PHASES = [
  { value: "none", label: "No contrast medium" },
  { value: "arterial", label: "Arterial" },
  { value: "portal_venous", label: "Portal venous" },
];

/** Who decided where a patient stands, for people. */
export function decidedBy({ decided_by: who, version }: PlanPlace): string {
  if (who === "hand") return "by hand";
  return who === "earlier" ? `as in ${version}` : "by the seed";
}

/** How far a trait is from its shares in its worst part, in patients or vertebrae. */
export function offBy({ splits, wanted }: PlanBalance): number {
  return Math.max(...SPLITS.map((split) => Math.abs((splits[split] ?? 0) - (wanted[split] ?? 0))));
}
