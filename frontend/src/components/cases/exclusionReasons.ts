import { t } from "@/i18n";
import type { ExclusionReason } from "@/api/types";

/** Why a case is taken out of the data for good, in words. */
export const EXCLUSION_REASONS: Readonly<Record<ExclusionReason, string>> = {
  image_quality: t("Image quality"),
  wrong_region: t("Wrong region"),
  same_scan: t("Same scan as another"),
  not_eligible: t("Not eligible"),
  consent: t("Consent withdrawn"),
  other: t("Something else"),
};
