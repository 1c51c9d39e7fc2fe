/** The expert's shortest ways: where to look first, and a key for each decision. */

import type { AdjudicationItem, DisagreementSpot } from "@/api/assignments";
import type { Shape, Vec3 } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
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

/** In the middle of what a mask has of a vertebra; null where it has none of it. */
export function middleOf(mask: LabelArray, [nx, ny]: Shape, label: number): Vec3 | null {
  const places: number[] = [];
  for (let at = mask.indexOf(label); at >= 0; at = mask.indexOf(label, at + 1)) places.push(at);
  const middle = places[Math.floor(places.length / 2)];
  if (middle === undefined) return null;
  return [middle % nx, Math.floor(middle / nx) % ny, Math.floor(middle / (nx * ny))];
}

/** The same in the first mask that has the vertebra. */
export function placeInAny(masks: readonly LabelArray[], shape: Shape, label: number): Vec3 | null {
  for (const mask of masks) {
    const place = middleOf(mask, shape, label);
    if (place) return place;
  }
  return null;
}

/** The next in a list below `active`, round its end; the one in hand only where it is the last. */
function after(labels: readonly number[], wanted: readonly number[], active: number): number | null {
  const open = labels.filter((label) => wanted.includes(label) && label !== active);
  const at = labels.indexOf(active);
  return open.find((label) => labels.indexOf(label) > at) ?? open[0] ?? (wanted.includes(active) ? active : null);
}

/**
 * What follows when an expert is done with a vertebra.
 *
 * @param labels of the work, from the head down
 * @param undecided vertebrae whose mask is to be decided
 * @param unticked vertebrae that are not ticked as looked at
 * @returns whether the vertebra in hand is to be ticked, and where to go on: what is undecided comes first, then what
 * has no tick; null where nothing is left
 */
export function onwards(
  labels: readonly number[],
  undecided: readonly number[],
  unticked: readonly number[],
  active: number,
): { readonly ticks: boolean; readonly next: number | null } {
  const ticks = unticked.includes(active) && !undecided.includes(active);
  const left = ticks ? unticked.filter((label) => label !== active) : unticked;
  return { ticks, next: after(labels, undecided, active) ?? after(labels, left, active) };
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
