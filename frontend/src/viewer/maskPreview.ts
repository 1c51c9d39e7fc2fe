/** A change that is shown over the mask in two colours of its own. The mask itself does not know of it. */

import type { ChangeSet } from "@/domain/changes";
import type { Rgb } from "@/domain/labels";

/** A change as it will stand in the list of steps. */
export interface Proposal {
  readonly changes: ChangeSet;
  readonly kind: string;
  readonly name: string;
  readonly label: number | null;
  readonly canTurn?: boolean;
  /** What undo does while this is shown; without it, the proposal goes as a whole. */
  readonly back?: { readonly name: string; readonly run: () => void };
}

/** What a voxel shows while a change is proposed: nothing of it, voxels that would come, voxels that would go. */
export const UNTOUCHED = 0;
export const COMING = 1;
export const GOING = 2;

const COLOURS: readonly Rgb[] = [
  [0, 0, 0],
  [60, 255, 150],
  [255, 70, 70],
];

export function previewColour(value: number): Rgb {
  return COLOURS[value] ?? [0, 0, 0];
}

/** The run of a change that holds a voxel; -1 where none does. Runs ascend. */
function runAt({ starts, lengths }: ChangeSet, index: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const start = starts[middle] ?? 0;
    if (index < start) high = middle - 1;
    else if (index >= start + (lengths[middle] ?? 0)) low = middle + 1;
    else return middle;
  }
  return -1;
}

export class MaskPreview {
  private proposal: Proposal | null = null;

  get shown(): Proposal | null {
    return this.proposal;
  }

  show(proposal: Proposal): void {
    this.proposal = proposal;
  }

  /** Show it no more, and say what was proposed. */
  hide(): Proposal | null {
    const { proposal } = this;
    this.proposal = null;
    return proposal;
  }

  /** What a voxel (by its flat index) shows: `UNTOUCHED`, `COMING` or `GOING`. */
  at(index: number): number {
    if (!this.proposal) return UNTOUCHED;
    const { changes } = this.proposal;
    const run = runAt(changes, index);
    if (run < 0) return UNTOUCHED;
    return (changes.after[run] ?? 0) === 0 ? GOING : COMING;
  }
}
