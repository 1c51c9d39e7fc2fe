/**
 * Levels of the spine. Order comes from the table, never from the number: T13 is 28 and lies between
 * T12 (19) and L1 (20).
 */

import { t } from "@/i18n";
import { LEVELS, type Level } from "./labels.generated";

export type { Level } from "./labels.generated";

export const BACKGROUND = 0;
/** All levels from C1 to the coccyx. */
export const ANATOMICAL_ORDER: readonly Level[] = [...LEVELS].sort((a, b) => a.order - b.order);

const BY_LABEL = new Map<number, Level>(ANATOMICAL_ORDER.map((level) => [level.label, level]));
const BY_NAME = new Map<string, Level>(ANATOMICAL_ORDER.map((level) => [level.name.toUpperCase(), level]));

function levelOf(label: number): Level | undefined {
  return BY_LABEL.get(label);
}

/** "L1"; a label outside the table keeps its number, so nothing is hidden. */
export function nameOf(label: number): string {
  return BY_LABEL.get(label)?.name ?? t("label {{label}}", { label });
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

const C1 = 1;
const T11 = 18;
const T12 = 19;
const T13 = 28;
const L1 = 20;
const L4 = 23;
const L5 = 24;
const L6 = 25;
const SACRUM = 26;
const COCCYX = 27;

/** All but the atlas, which is a ring. */
export function hasBody(label: number): boolean {
  return label !== C1;
}

/** How many vertebrae with ribs, and how many below them down to the sacrum, this spine has. */
export interface SpinePlan {
  /** 11: no T12; 13: with T13. */
  readonly thoracic: 11 | 12 | 13;
  /** 4: L5 is part of the sacrum; 6: with L6. */
  readonly lumbar: 4 | 5 | 6;
}

/** The plan that the labels of a mask imply: a seam without its level between two neighbours counts as missing. */
export function planOf(present: Iterable<number>): SpinePlan {
  const has = new Set(present);
  const noT12 = has.has(T11) && has.has(L1) && !has.has(T12) && !has.has(T13);
  const noL5 = has.has(L4) && has.has(SACRUM) && !has.has(L5) && !has.has(L6);
  return { thoracic: has.has(T13) ? 13 : noT12 ? 11 : 12, lumbar: has.has(L6) ? 6 : noL5 ? 4 : 5 };
}

/** The levels of such a spine, C1 to the sacrum. */
export function levelChain({ thoracic, lumbar }: SpinePlan): number[] {
  const missing = new Set<number>();
  if (thoracic < 13) missing.add(T13);
  if (thoracic < 12) missing.add(T12);
  if (lumbar < 6) missing.add(L6);
  if (lumbar < 5) missing.add(L5);
  return ANATOMICAL_ORDER.map((level) => level.label).filter((label) => !missing.has(label) && label !== COCCYX);
}

export class CascadeError extends Error {}

export type Extent = "all" | "above" | "below" | "one";

/** The plan widened so that `label` is a level of it: naming a T13 says that there is one. */
function including(plan: SpinePlan, label: number): SpinePlan {
  const thoracic = label === T13 ? 13 : label === T12 && plan.thoracic === 11 ? 12 : plan.thoracic;
  const lumbar = label === L6 ? 6 : label === L5 && plan.lumbar === 4 ? 5 : plan.lumbar;
  return { thoracic, lumbar };
}

/**
 * "This is `to`, not `from`": new labels for every level present, on one side of it or for the whole spine.
 * Levels keep their distance from `from`, counted on the spine as it is named now, on the spine it really is.
 *
 * @param present labels in the mask
 * @param extent which levels move along with it: all, those above, or those below
 * @param plan how many levels the spine really has; by default as many as the names in the mask and `to` imply
 * @returns old label to new label, in anatomical order, with entries that change only
 * @throws CascadeError where a level would run off the spine or two levels would share a name
 */
export function relabelCascade(
  present: Iterable<number>,
  from: number,
  to: number,
  extent: Extent,
  plan?: SpinePlan,
): Map<number, number> {
  const labels = sortLabels(present);
  const named = levelChain(including(planOf(labels), from));
  const real = levelChain(including(plan ?? planAfter(labels, from, to, extent), to));
  const [start, target] = [named.indexOf(from), real.indexOf(to)];
  if (start < 0 || target < 0) throw new CascadeError(t("That is not a level of the spine"));
  const result = new Map<number, number>();
  for (const label of labels) {
    const side = compareLabels(label, from);
    const moves =
      side === 0 || extent === "all" || (extent === "above" && side < 0) || (extent === "below" && side > 0);
    // The sacrum is the fixed end: it is renamed only by hand, alone.
    if (!moves || label === COCCYX || levelOf(label) === undefined || (label === SACRUM && side !== 0)) continue;
    const next = real[target + named.indexOf(label) - start];
    if (next === undefined) throw new CascadeError(`${nameOf(label)} has no level to move to`);
    if (next === SACRUM && labels.includes(SACRUM) && label !== SACRUM) {
      throw new CascadeError(
        `${nameOf(label)} has no level to move to: say that the spine has L6, or merge it with the sacrum`,
      );
    }
    if (next !== label) result.set(label, next);
  }
  assertNoMerge(labels, result);
  return result;
}

/** What stays counts for the real plan; what moves is counted anew: "L1 is T13" leaves room for L1 to L5. */
function planAfter(labels: readonly number[], from: number, to: number, extent: Extent): SpinePlan {
  if (extent === "all") return planOf(labels.filter((label) => label === T13 || label === L6));
  const stays = labels.filter((label) => {
    const side = compareLabels(label, from);
    return side !== 0 && !(extent === "above" && side < 0) && !(extent === "below" && side > 0);
  });
  return planOf([...stays, to, ...labels.filter((label) => label === T13 || label === L6)]);
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
export function deleteLevel(
  present: Iterable<number>,
  label: number,
  closeGap: boolean,
  plan?: SpinePlan,
): Map<number, number> {
  const rest = sortLabels(present).filter((other) => other !== label);
  const below = rest.find((other) => compareLabels(other, label) > 0);
  const moves =
    closeGap && below !== undefined && compareLabels(below, SACRUM) < 0
      ? relabelCascade(rest, below, label, "below", plan)
      : new Map<number, number>();
  return moves.set(label, BACKGROUND);
}

/**
 * Make room for a level that was overlooked: `label` and all below move down by one.
 *
 * @throws CascadeError where the last of them has no level left to move to
 */
export function insertLevel(
  present: Iterable<number>,
  label: number,
  plan: SpinePlan = planOf(present),
): Map<number, number> {
  const labels = sortLabels(present);
  if (!labels.includes(label)) return new Map();
  const next = neighbourLevel(label, 1, plan);
  if (next === null) throw new CascadeError(`${nameOf(label)} has no level to move to`);
  return relabelCascade(labels, label, next, "below", plan);
}

/** The level below (1) or above (-1) on such a spine; null at its ends. */
export function neighbourLevel(label: number, step: 1 | -1, plan: SpinePlan): number | null {
  const chain = levelChain(including(plan, label));
  return chain[chain.indexOf(label) + step] ?? null;
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
