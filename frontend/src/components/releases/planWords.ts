import { t } from "@/i18n";
import type { components } from "@/api/schema";
import type { PlanBalance, PlanPlace, ReleaseRules } from "@/state/releasePlans";
import { SPLITS } from "./fractions";

export const RULE_TITLES: Readonly<Record<components["schemas"]["ReleaseRule"], string>> = {
  inclusion: t("Kept out by an inclusion rule of the study"),
  stages: t("Stage not passed"),
  agreement: t("Agreement too low, or not known"),
  levels: t("Vertebrae missing in the mask"),
  phases: t("Another contrast phase, or not known"),
  tags: t("A tag missing, or one to leave out"),
  waivers: t("Inclusion rule waived or not answered"),
  earlier: t("Both public and secret in earlier versions"),
  consent: t("Consent withdrawn"),
  excluded: t("Taken out of the data"),
};

export const NO_RULES: ReleaseRules = {
  stages: [],
  least_agreement: null,
  levels: [],
  phases: [],
  tags: [],
  without_tags: [],
  without_waivers: false,
};

export const CONTRAST_PHASES = [
  { value: "none", label: t("No contrast medium") },
  { value: "arterial", label: t("Arterial") },
  { value: "portal_venous", label: t("Portal venous") },
];

/** Who decided where a patient stands, for people. */
export function decidedBy({ decided_by: who, version }: PlanPlace): string {
  if (who === "hand") return t("by hand");
  return who === "earlier" ? t("as in {{version}}", { version }) : t("by the seed");
}

/** How far a trait is from its shares in its worst part, in patients or vertebrae. */
export function offBy({ splits, wanted }: PlanBalance): number {
  return Math.max(...SPLITS.map((split) => Math.abs((splits[split] ?? 0) - (wanted[split] ?? 0))));
}
