import type { ExclusionReason } from "@/api/types";

/** Why a case is taken out of the data for good, in words. */
export const EXCLUSION_REASONS: Readonly<Record<ExclusionReason, string>> = {
  image_quality: "Image quality",
  wrong_region: "Wrong region",
  same_scan: "Same scan as another",
  not_eligible: "Not eligible",
  consent: "Consent withdrawn",
  other: "Something else",
};
