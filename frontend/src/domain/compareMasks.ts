/** Several masks of one grid held against each other, voxel by voxel. Masks are x fastest, one byte each. */

import type { LabelArray } from "./labelArray";
import { sortLabels } from "./labels";

/** What one version adds to and takes from another, for one label or all. */
export interface MaskChanges {
  /** The label where the former version has none. */
  readonly added: Uint8Array;
  /** The label where the later version has none. */
  readonly removed: Uint8Array;
  /** The later label where the former version has another one. */
  readonly renamed: Uint8Array;
  /** What was renamed into what, most voxels first. */
  readonly renames: readonly { readonly from: number; readonly to: number; readonly voxels: number }[];
  /** Of each label: what is renamed counts as added to its new name and as removed from its old one. */
  readonly rows: readonly {
    readonly label: number;
    readonly added: number;
    readonly removed: number;
    readonly before: number;
    readonly after: number;
  }[];
}

/**
 * @param label only this level; `null` for all of them
 * @throws Error where the masks are not of one size
 */
export function changesBetween(before: LabelArray, after: LabelArray, label: number | null): MaskChanges {
  requireOneSize([before, after]);
  const added = new Uint8Array(before.length);
  const removed = new Uint8Array(before.length);
  const renamed = new Uint8Array(before.length);
  const pairs = new Uint32Array(256 * 256);
  const counts = {
    added: new Uint32Array(256),
    removed: new Uint32Array(256),
    before: new Uint32Array(256),
    after: new Uint32Array(256),
  };
  const add = (table: Uint32Array, value: number): void => {
    table[value] = (table[value] ?? 0) + 1;
  };
  for (let at = 0; at < before.length; at++) {
    const [old, now] = [before[at] ?? 0, after[at] ?? 0];
    if (old === 0 && now === 0) continue;
    add(counts.before, old);
    add(counts.after, now);
    if (old === now) continue;
    const [comes, goes] = [now > 0 && (label ?? now) === now, old > 0 && (label ?? old) === old];
    if (comes) add(counts.added, now);
    if (goes) add(counts.removed, old);
    if (old === 0 && comes) added[at] = now;
    else if (now === 0 && goes) removed[at] = old;
    else if (comes || goes) {
      renamed[at] = now;
      add(pairs, 256 * old + now);
    }
  }
  const changed = sortLabels(
    [...counts.added.keys()].filter(
      (value) => value > 0 && ((counts.added[value] ?? 0) > 0 || (counts.removed[value] ?? 0) > 0),
    ),
  );
  const rows = changed.map((value) => ({
    label: value,
    added: counts.added[value] ?? 0,
    removed: counts.removed[value] ?? 0,
    before: counts.before[value] ?? 0,
    after: counts.after[value] ?? 0,
  }));
  return { added, removed, renamed, renames: renamesIn(pairs), rows };
}

function renamesIn(pairs: Uint32Array): MaskChanges["renames"] {
  const found: { from: number; to: number; voxels: number }[] = [];
  pairs.forEach((voxels, pair) => {
    if (voxels > 0) found.push({ from: pair >> 8, to: pair & 255, voxels });
  });
  return found.sort((a, b) => b.voxels - a.voxels);
}

/**
 * How divided the raters are about each voxel: entropy of their votes from 0 (all alike) to 255 (all labels
 * given there have equal shares), as in the server's fusion.
 */
export function voteEntropy(masks: readonly LabelArray[]): Uint8Array {
  requireOneSize(masks);
  const [first] = masks;
  if (first === undefined) return new Uint8Array(0);
  const result = new Uint8Array(first.length);
  const known = new Map<string, number>();
  const votes = new Array<number>(masks.length);
  for (let at = 0; at < first.length; at++) {
    const own = first[at] ?? 0;
    let apart = false;
    for (let rater = 0; rater < masks.length; rater++) {
      const vote = masks[rater]?.[at] ?? 0;
      votes[rater] = vote;
      if (vote !== own) apart = true;
    }
    if (!apart) continue;
    const key = votes.join();
    let value = known.get(key);
    if (value === undefined) {
      value = Math.round(255 * entropyOf(votes));
      known.set(key, value);
    }
    result[at] = value;
  }
  return result;
}

/** -sum p ln p / ln K over the K values that were given; 0 where all are alike. */
export function entropyOf(votes: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const vote of votes) counts.set(vote, (counts.get(vote) ?? 0) + 1);
  if (counts.size < 2) return 0;
  let sum = 0;
  for (const count of counts.values()) sum -= (count / votes.length) * Math.log(count / votes.length);
  return sum / Math.log(counts.size);
}

/** A mask under other names; labels that are not in the table stay. The mask itself where nothing changes. */
export function inOtherNames(mask: Uint8Array, names: ReadonlyMap<number, number>): Uint8Array {
  if ([...names].every(([from, to]) => from === to)) return mask;
  const table = Uint8Array.from({ length: 256 }, (_, label) => label);
  for (const to of names.values()) if (!names.has(to)) table[to] = 0;
  for (const [from, to] of names) table[from] = to;
  return mask.map((label) => table[label] ?? 0);
}

function requireOneSize(masks: readonly LabelArray[]): void {
  if (masks.some((mask) => mask.length !== masks[0]?.length)) throw new Error("the masks are not of one size");
}
