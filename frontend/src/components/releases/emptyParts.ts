import { t } from "@/i18n";
import type { ReleaseDetail, Split } from "@/api/types";
import { SPLIT_NAMES, SPLITS } from "./fractions";

type Parts = Pick<ReleaseDetail, "fractions" | "counts">;

/** Parts that a share was asked for and that nobody is in; of a sealed part that tells no count nothing is said. */
export function emptyParts({ fractions, counts }: Parts): Split[] {
  return SPLITS.filter((split) => (fractions[split] ?? 0) > 0 && counts.splits[split]?.patients === 0);
}

/** The same in words, "" where every part has somebody. */
export function emptyPartsText(release: Parts): string {
  const names = emptyParts(release).map((split) => SPLIT_NAMES[split]);
  if (names.length === 0) return "";
  return t(
    "Nobody is in: {{parts}}. Patients of earlier versions stay where they were public or secret, and a part needs at least one patient that is new or placed there by hand.",
    { parts: names.join(", ") },
  );
}
