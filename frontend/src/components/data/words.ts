import { t } from "@/i18n";
import type { CatalogueRow } from "@/state/publicReleases";

type Phase = CatalogueRow["contrast"][number];

/** Contrast phases as people say them. */
export const PHASES: Readonly<Record<Phase, string>> = {
  none: t("without contrast"),
  arterial: t("arterial phase"),
  portal_venous: t("portal venous phase"),
  unknown: t("contrast not known"),
};

export const PHASE_ORDER: readonly Phase[] = ["none", "arterial", "portal_venous", "unknown"];

export const PARTS = {
  training: t("Training"),
  validation: t("Validation"),
  test: t("Test"),
} as const;
