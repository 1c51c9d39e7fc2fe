/** What a level's menu offers on its name: each with what would become of every level, or why it cannot be. */

import { t } from "@/i18n";
import {
  ANATOMICAL_ORDER,
  CascadeError,
  compareLabels,
  deleteLevel,
  nameOf,
  neighbourLevel,
  planOf,
  relabelCascade,
} from "@/domain/labels";

export interface RenamePlan {
  readonly moves: ReadonlyMap<number, number>;
  /** As it will stand in the list of steps. */
  readonly name: string;
}

export type Made = RenamePlan | { readonly problem: string };

/** The plan, or in words why there is none. */
export function attempt(name: string, moves: () => ReadonlyMap<number, number>): Made {
  try {
    return { moves: moves(), name };
  } catch (error) {
    if (error instanceof CascadeError) return { problem: `${error.message}.` };
    throw error;
  }
}

export interface LevelAct {
  readonly id: "all-up" | "all-down" | "merge-up" | "merge-down" | "delete";
  readonly text: string;
  readonly made: Made;
}

function allWithIt(present: readonly number[], label: number, to: number): Made {
  const name = t("Renumber {{label}} to {{to}}, all with it", { label: nameOf(label), to: nameOf(to) });
  return attempt(name, () => relabelCascade(present, label, to, "all"));
}

function shift(present: readonly number[], label: number, step: 1 | -1): LevelAct[] {
  const to = neighbourLevel(label, step, planOf(present));
  if (to === null) return [];
  const [id, way] = step < 0 ? (["all-up", "up"] as const) : (["all-down", "down"] as const);
  const text = t("It is really {{to}}: all names move {{way}} by one", { to: nameOf(to), way });
  return [{ id, text, made: allWithIt(present, label, to) }];
}

const COCCYX = 27;

/** Nobody is further off when counting levels. */
const FARTHEST = 6;

/** The levels that a vertebra may really be, head to foot, and what becomes of all names then. */
export function reallyActs(
  present: readonly number[],
  label: number,
): { readonly to: number; readonly text: string; readonly made: Made }[] {
  if (!present.includes(label)) return [];
  const at = ANATOMICAL_ORDER.findIndex((level) => level.label === label);
  return ANATOMICAL_ORDER.filter(
    (level, place) => level.label !== label && level.label !== COCCYX && Math.abs(place - at) <= FARTHEST,
  )
    .map((level) => ({ to: level.label, text: level.name, made: allWithIt(present, label, level.label) }))
    .filter(({ made }) => "moves" in made);
}

function merge(present: readonly number[], label: number, step: 1 | -1): LevelAct[] {
  const others = present.filter((other) => Math.sign(compareLabels(other, label)) === step);
  const other = step < 0 ? others.at(-1) : others[0];
  if (other === undefined) return [];
  const name = t("Merge {{label}} into {{other}}", { label: nameOf(label), other: nameOf(other) });
  const text = t("Merge into {{other}}", { other: nameOf(other) });
  return [{ id: step < 0 ? "merge-up" : "merge-down", text, made: { name, moves: new Map([[label, other]]) } }];
}

/**
 * The acts on a level's name that need no further question.
 *
 * @param present levels in the mask, head to foot; a level that is not among them has none
 */
export function levelActs(present: readonly number[], label: number): LevelAct[] {
  if (!present.includes(label)) return [];
  const name = t("Delete {{label}}", { label: nameOf(label) });
  return [
    ...shift(present, label, -1),
    ...shift(present, label, 1),
    ...merge(present, label, -1),
    ...merge(present, label, 1),
    { id: "delete", text: t("Delete"), made: attempt(name, () => deleteLevel(present, label, false)) },
  ];
}
