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
}

export interface RuleInput {
  readonly activeLabel: number;
  readonly erase: boolean;
  readonly paintOver: PaintOver;
  readonly gate: HuRange | null;
  readonly locks: LabelLocks;
}

/**
 * Painting covers background and what the rule names; erasing takes away the active label, and with
 * "everything" any other label that is not locked. Nothing is allowed while the active label is locked.
 */
export function paintRule({ activeLabel, erase, paintOver, gate, locks }: RuleInput): PaintRule {
  const mayChange = new Uint8Array(256);
  const target = erase ? BACKGROUND : activeLabel;
  if (activeLabel === BACKGROUND || locks.isLocked(activeLabel, activeLabel)) return { target, mayChange, gate };
  for (let label = 0; label < mayChange.length; label++) {
    const named =
      paintOver === "everything" ||
      (paintOver === "background" ? label === (erase ? activeLabel : BACKGROUND) : label === paintOver);
    if (named && !locks.isLocked(label, activeLabel)) mayChange[label] = 1;
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
