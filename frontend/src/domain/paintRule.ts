/**
 * Which voxels an edit may change. One table, asked for every voxel by every tool: a locked label never
 * changes, whatever the tool is.
 */

import { BACKGROUND } from "./labels";

/** What paint may cover: everything that is not locked, background only, or one named label only. */
export type PaintOver = "everything" | "background" | number;

/** "auto": locked unless it is the active label. The default for every label. */
export type LockState = "auto" | "locked" | "open";

export interface HuRange {
  readonly min: number;
  readonly max: number;
}

export interface PaintRule {
  /** The label written; 0 erases. */
  readonly target: number;
  /** 1 where a voxel that holds the label of this index may change. */
  readonly mayChange: Uint8Array;
  /** Voxels outside this range of densities stay as they are. */
  readonly gate: HuRange | null;
}

export class LabelLocks {
  private readonly states = new Map<number, LockState>();

  stateOf(label: number): LockState {
    return this.states.get(label) ?? "auto";
  }

  set(label: number, state: LockState): void {
    if (state === "auto") this.states.delete(label);
    else this.states.set(label, state);
  }

  isLocked(label: number, activeLabel: number): boolean {
    if (label === BACKGROUND) return false;
    const state = this.stateOf(label);
    return state === "locked" || (state === "auto" && label !== activeLabel);
  }

  /** Those of the labels that the reader has locked: nothing may change them, not even a new name. */
  lockedAmong(labels: Iterable<number>): number[] {
    return [...new Set(labels)].filter((label) => label !== BACKGROUND && this.stateOf(label) === "locked");
  }
}

/** What a tool works on: the vertebra in hand, or all that are not locked by hand. */
export type Scope = "one" | "all";

export interface RuleInput {
  readonly activeLabel: number;
  readonly erase: boolean;
  readonly paintOver: PaintOver;
  readonly gate: HuRange | null;
  readonly locks: LabelLocks;
  /** "all": erasing takes away every label that is not locked by hand. Painting has one label in any case. */
  readonly scope?: Scope;
}

/**
 * Painting covers background and what the rule names; erasing takes away the active label, and with
 * "everything" any other label that is not locked. A label that is named is open by being named, unless it
 * was locked by hand. Nothing is allowed while the active label is locked, except erasing all others.
 */
export function paintRule({ activeLabel, erase, paintOver, gate, locks, scope = "one" }: RuleInput): PaintRule {
  const mayChange = new Uint8Array(256);
  const target = erase ? BACKGROUND : activeLabel;
  const everything = erase && scope === "all";
  if (!everything && (activeLabel === BACKGROUND || locks.isLocked(activeLabel, activeLabel)))
    return { target, mayChange, gate };
  for (let label = 0; label < mayChange.length; label++) {
    const isNamed = label === paintOver;
    const covered =
      isNamed ||
      paintOver === "everything" ||
      (paintOver === "background" && (everything || label === (erase ? activeLabel : BACKGROUND)));
    const isLocked = everything || isNamed ? locks.stateOf(label) === "locked" : locks.isLocked(label, activeLabel);
    if (covered && !isLocked) mayChange[label] = 1;
  }
  mayChange[target] = 0;
  return { target, mayChange, gate };
}

/** Whether the rule lets anything change at all; if not, the reader is told why instead of a dead brush. */
export function allowsNothing(rule: PaintRule): boolean {
  return !rule.mayChange.includes(1);
}

/** Densities around the one clicked. */
export function adaptiveGate(clickedHu: number, toleranceHu: number): HuRange {
  return { min: clickedHu - toleranceHu, max: clickedHu + toleranceHu };
}
