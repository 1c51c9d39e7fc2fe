/** The expert's shortest ways: where to look first, and a key for each decision. */

import type { AdjudicationItem, DisagreementSpot } from "@/api/assignments";
import type { Vec3 } from "@/domain/geometry";
import { undecidedLabels } from "./undecided";

/** Place in `spots` of the first one whose vertebra is still to be decided, else the first; -1 without any. */
export function firstSpotOf(
  spots: readonly Pick<DisagreementSpot, "label">[],
  items: readonly (Pick<AdjudicationItem, "label" | "reason"> & { readonly decision: object | null })[],
): number {
  const open = undecidedLabels(items);
  const found = spots.findIndex(({ label }) => open.includes(label));
  return found < 0 && spots.length > 0 ? 0 : found;
}

/** Where a vertebra is that the mask in work does not have: at the first spot of whoever drew it. */
export function spotPlace(spots: readonly Pick<DisagreementSpot, "label" | "voxel">[], label: number): Vec3 | null {
  return spots.find((spot) => spot.label === label)?.voxel ?? null;
}

export type KeyedChoice =
  | { readonly choice: "fused" | "painted"; readonly slot: null }
  | {
      readonly choice: "rater";
      readonly slot: string;
    };

const FUSED = "fused";

/**
 * What a key decides: a rater's letter, F for the fused mask, P for what was painted; all with shift, since the
 * plain letters paint. A sixth rater's letter goes before F.
 */
export function choiceOfKey(key: string, sources: readonly string[]): KeyedChoice | null {
  if (key !== FUSED && sources.includes(key)) return { choice: "rater", slot: key };
  if (key === "F" && sources.includes(FUSED)) return { choice: "fused", slot: null };
  return key === "P" ? { choice: "painted", slot: null } : null;
}
