/** At a spot where raters differ: whose outline is worth a look, and of which vertebrae. */

import type { LabelArray } from "@/domain/labelArray";

/**
 * Sources that have another name, or none, where the mask in work has its own; all of them where each has what
 * is in work (it was decided, and the others were not asked).
 *
 * @param at the spot's voxel in the masks
 */
export function differingAt(own: LabelArray, sources: Readonly<Record<string, LabelArray>>, at: number): string[] {
  const keys = Object.keys(sources);
  const differing = keys.filter((key) => sources[key]?.[at] !== own[at]);
  return differing.length > 0 ? differing : keys;
}

/** The spot's vertebra, and what the source calls the one that it has there. */
export function levelsAt(mask: LabelArray, at: number, label: number): ReadonlySet<number> {
  return new Set([label, mask[at] ?? 0].filter((level) => level > 0));
}
