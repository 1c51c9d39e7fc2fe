/**
 * Levels of the spine. Order comes from the table, never from the number: T13 is 28 and lies between
 * T12 (19) and L1 (20).
 */

import { LEVELS, type Level } from "./labels.generated";

export type { Level, Region } from "./labels.generated";

export const BACKGROUND = 0;
/** All levels from C1 to the coccyx. */
export const ANATOMICAL_ORDER: readonly Level[] = [...LEVELS].sort((a, b) => a.order - b.order);

const BY_LABEL = new Map<number, Level>(ANATOMICAL_ORDER.map((level) => [level.label, level]));
const BY_NAME = new Map<string, Level>(ANATOMICAL_ORDER.map((level) => [level.name.toUpperCase(), level]));

export function levelOf(label: number): Level | undefined {
  return BY_LABEL.get(label);
}

/** "L1"; a label outside the table keeps its number, so nothing is hidden. */
export function nameOf(label: number): string {
  return BY_LABEL.get(label)?.name ?? `label ${label}`;
}

export function labelOf(name: string): number | undefined {
  return BY_NAME.get(name.trim().toUpperCase())?.label;
}

/** From head to foot; unknown labels last, by number. */
export function compareLabels(a: number, b: number): number {
  const unknown = ANATOMICAL_ORDER.length;
  return (BY_LABEL.get(a)?.order ?? unknown) - (BY_LABEL.get(b)?.order ?? unknown) || a - b;
}

export function sortLabels(labels: Iterable<number>): number[] {
  return [...labels].sort(compareLabels);
}

/** Vertebrae of the trunk, T1 to L6 with T13: those that are graded after Genant. */
export function isThoracolumbar(label: number): boolean {
  return BY_LABEL.get(label)?.thoracolumbar ?? false;
}

const T12 = 19;
const T13 = 28;
const L1 = 20;
const L5 = 24;
const L6 = 25;
const SACRUM = 26;

export interface CascadeOptions {
  /** Whether this spine has the level; without T13 the step below T12 is L1, without L6 L5 meets the sacrum. */
  readonly hasT13: boolean;
  readonly hasL6: boolean;
}

/** The chain of levels that this spine's numbering walks along. */
export function levelChain({ hasT13, hasL6 }: CascadeOptions): number[] {
  return ANATOMICAL_ORDER.map((level) => level.label).filter(
    (label) => (label !== T13 || hasT13) && (label !== L6 || hasL6),
  );
}

export class CascadeError extends Error {}

/**
 * "This is `to`, not `from`": new labels for every level present, on one side of it or for the whole spine.
 *
 * @param present labels in the mask
 * @param extent which levels move along with it: all, those above, or those below
 * @returns old label to new label, in anatomical order, with entries that change only
 * @throws CascadeError where a level would run off the chain or two levels would share a name
 */
export function relabelCascade(
  present: Iterable<number>,
  from: number,
  to: number,
  extent: "all" | "above" | "below" | "one",
): Map<number, number> {
  const labels = sortLabels(present);
  const chain = levelChain({
    hasT13: labels.includes(T13) || to === T13,
    hasL6: labels.includes(L6) || to === L6,
  });
  const shift = chain.indexOf(to) - chain.indexOf(from);
  if (!chain.includes(from) || !chain.includes(to)) throw new CascadeError("not a level of the spine");
  const result = new Map<number, number>();
  for (const label of labels) {
    const side = compareLabels(label, from);
    const moves = side === 0 || extent === "all" || (extent === "above" && side < 0) || (extent === "below" && side > 0);
    const isVertebra = label !== SACRUM && compareLabels(label, SACRUM) < 0;
    if (!moves || !isVertebra) continue;
    const target = chain[chain.indexOf(label) + shift];
    if (target === undefined || compareLabels(target, SACRUM) >= 0) {
      throw new CascadeError(`${nameOf(label)} has no level to move to`);
    }
    if (target !== label) result.set(label, target);
  }
  assertNoMerge(labels, result);
  return result;
}

function assertNoMerge(labels: readonly number[], moves: ReadonlyMap<number, number>): void {
  const taken = new Map<number, number>();
  for (const label of labels) {
    const target = moves.get(label) ?? label;
    const other = taken.get(target);
    if (other !== undefined) {
      throw new CascadeError(`${nameOf(other)} and ${nameOf(label)} would both be ${nameOf(target)}`);
    }
    taken.set(target, label);
  }
}

/**
 * Take a level out: its voxels become background, and with `closeGap` every level below moves up by one.
 *
 * @throws CascadeError where the levels below cannot move
 */
export function deleteLevel(present: Iterable<number>, label: number, closeGap: boolean): Map<number, number> {
  const rest = sortLabels(present).filter((other) => other !== label);
  const below = rest.find((other) => compareLabels(other, label) > 0);
  const moves = closeGap && below !== undefined && compareLabels(below, SACRUM) < 0 ? relabelCascade(rest, below, label, "below") : new Map<number, number>();
  return moves.set(label, BACKGROUND);
}

/**
 * Make room for a level that was overlooked: `label` and all below move down by one.
 *
 * @throws CascadeError where the last of them has no level left to move to
 */
export function insertLevel(present: Iterable<number>, label: number): Map<number, number> {
  const labels = sortLabels(present);
  if (!labels.includes(label)) return new Map();
  const chain = levelChain({ hasT13: labels.includes(T13), hasL6: labels.includes(L6) });
  const next = chain[chain.indexOf(label) + 1];
  if (next === undefined) throw new CascadeError(`${nameOf(label)} has no level to move to`);
  return relabelCascade(labels, label, next, "below");
}

export type Rgb = readonly [number, number, number];

/** A label that the table does not know stands out in white. */
const UNKNOWN_COLOUR: Rgb = [255, 255, 255];

export function colourOf(label: number): Rgb {
  return BY_LABEL.get(label)?.rgb ?? UNKNOWN_COLOUR;
}

export function cssColourOf(label: number): string {
  return `rgb(${colourOf(label).join(" ")})`;
}

/** Levels that stand at the seams, named here so that rules need no bare numbers. */
export const SEAM = { T12, T13, L1, L5, L6, SACRUM } as const;
