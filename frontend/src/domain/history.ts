/** Undo and redo over every kind of edit, in a list that says what each step was. */

import { applyChanges, changeBytes, revertChanges, type ChangeSet } from "./changes";

export interface EditStep {
  readonly id: number;
  /** What the reader sees: "Brush L1", "Renumber T12 to L1 and below". */
  readonly name: string;
  /** A machine word for the server's record: brush, erase, relabel, adjudicate. */
  readonly kind: string;
  readonly label: number | null;
  readonly changes: ChangeSet;
}

/** Steps made before, oldest first, and how many of them are applied to the mask as it is. */
export interface KeptSteps {
  readonly steps: readonly Omit<EditStep, "id">[];
  readonly applied: number;
}

export const NO_STEPS: KeptSteps = { steps: [], applied: 0 };

/** Steps that are always kept, and the memory beyond which older ones than these are let go. */
export const MINIMUM_STEPS = 200;
const MEMORY_BYTES = 128 * 1024 * 1024;

export class EditHistory {
  private steps: EditStep[] = [];
  /** Number of steps that are applied: the next undo takes back step `position - 1`. */
  private position = 0;
  private bytes = 0;
  private nextId = 1;

  constructor(
    private readonly memoryBytes = MEMORY_BYTES,
    kept: KeptSteps = NO_STEPS,
  ) {
    for (const step of kept.steps) this.push(step);
    this.position = Math.max(0, this.steps.length - (kept.steps.length - kept.applied));
  }

  get list(): readonly EditStep[] {
    return this.steps;
  }

  get applied(): number {
    return this.position;
  }

  get canUndo(): boolean {
    return this.position > 0;
  }

  get canRedo(): boolean {
    return this.position < this.steps.length;
  }

  /** Keep an edit that has been made; what could be redone is gone. */
  push(step: Omit<EditStep, "id">): EditStep {
    for (const dropped of this.steps.splice(this.position)) this.bytes -= changeBytes(dropped.changes);
    const kept = { ...step, id: this.nextId++ };
    this.steps.push(kept);
    this.position = this.steps.length;
    this.bytes += changeBytes(step.changes);
    while (this.steps.length > MINIMUM_STEPS && this.bytes > this.memoryBytes) {
      const oldest = this.steps.shift();
      if (oldest) this.bytes -= changeBytes(oldest.changes);
      this.position--;
    }
    return kept;
  }

  undo(mask: Uint8Array): EditStep | null {
    const step = this.steps[this.position - 1];
    if (!step) return null;
    revertChanges(mask, step.changes);
    this.position--;
    return step;
  }

  redo(mask: Uint8Array): EditStep | null {
    const step = this.steps[this.position];
    if (!step) return null;
    applyChanges(mask, step.changes);
    this.position++;
    return step;
  }
}
