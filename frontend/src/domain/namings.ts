/** What an engine's names may be instead, and what each of them would do to a mask. */

import { t } from "@/i18n";
import { levelChain, nameOf, sortLabels } from "./labels";

interface Naming {
  /** From the head down. */
  readonly labels: readonly number[];
  /** 0..1. */
  readonly probability: number;
}

export interface ToldNames {
  readonly levels: readonly number[];
  readonly probability: number;
  readonly alternatives: readonly Naming[];
}

export interface OtherNaming extends Naming {
  /** "One down", "With T13". */
  readonly way: string;
  /** Old label to new label, where they differ. */
  readonly moves: ReadonlyMap<number, number>;
}

export interface NamingsNow {
  /** The names as the mask has them. */
  readonly present: Naming;
  readonly others: readonly OtherNaming[];
}

const SACRUM = 26;
const COCCYX = 27;
const T12 = 19;
const T13 = 28;
const L6 = 25;
const COUNTS = ["", t("One"), t("Two"), t("Three"), t("Four"), t("Five"), t("Six")];

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((label, place) => label === b[place]);
}

/**
 * The names that a mask has now among those that the engine weighed, and the others.
 *
 * @param present labels in the mask
 * @returns null where the mask has other vertebrae than the engine named: then its count no longer fits
 */
export function namingsNow(told: ToldNames, present: Iterable<number>): NamingsNow | null {
  const here = sortLabels(present).filter((label) => label !== SACRUM && label !== COCCYX);
  const all = [{ labels: told.levels, probability: told.probability }, ...told.alternatives];
  const now = all.find(({ labels }) => isSame(labels, here));
  if (now === undefined) return null;
  const others = all
    .filter((naming) => naming !== now)
    .map((naming) => ({ ...naming, way: wayOf(now.labels, naming.labels), moves: movesOf(now.labels, naming.labels) }));
  return { present: now, others };
}

function movesOf(from: readonly number[], to: readonly number[]): ReadonlyMap<number, number> {
  const pairs = from.map((label, place) => [label, to[place] ?? label] as const);
  return new Map(pairs.filter(([old, next]) => old !== next));
}

function wayOf(from: readonly number[], to: readonly number[]): string {
  const chain = levelChain({ thoracic: 12, lumbar: 5 });
  const steps = new Set(from.map((label, place) => chain.indexOf(to[place] ?? -1) - chain.indexOf(label)));
  const [step] = steps;
  const known = [...from, ...to].every((label) => chain.includes(label));
  if (known && steps.size === 1 && step) {
    return `${COUNTS[Math.abs(step)] ?? String(Math.abs(step))} ${step < 0 ? t("up") : t("down")}`;
  }
  for (const label of [T13, L6, T12]) {
    if (to.includes(label) !== from.includes(label))
      return `${to.includes(label) ? t("With") : t("Without")} ${nameOf(label)}`;
  }
  return t("Counted otherwise");
}

/** "L1 to L3", or the one name. */
export function spanOf(labels: readonly number[]): string {
  const [first] = labels;
  const last = labels.at(-1);
  if (first === undefined || last === undefined) return "";
  return first === last ? nameOf(first) : t("{{first}} to {{last}}", { first: nameOf(first), last: nameOf(last) });
}
