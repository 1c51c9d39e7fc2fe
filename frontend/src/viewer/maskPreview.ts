/** A change that is shown in the mask in two colours of its own, and taken out again before anything else happens. */

import { revertChanges, type ChangeSet } from "@/domain/changes";
import type { Proposal } from "./maskEditor";

/** Numbers that no level has: what would come, and what would go. They are in the mask only while it is shown. */
export const COMING = 254;
export const GOING = 255;

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

  constructor(private readonly mask: Uint8Array) {}

  get shown(): Proposal | null {
    return this.proposal;
  }

  show(proposal: Proposal): void {
    const { starts, lengths, after } = proposal.changes;
    starts.forEach((start, run) => this.mask.fill((after[run] ?? 0) === 0 ? GOING : COMING, start, start + (lengths[run] ?? 0)));
    this.proposal = proposal;
  }

  /** Put the mask back as it was, and say what was proposed. */
  hide(): Proposal | null {
    const { proposal } = this;
    this.proposal = null;
    if (proposal) revertChanges(this.mask, proposal.changes);
    return proposal;
  }

  /** What a voxel holds that now shows the proposal; null where it shows itself. */
  labelBefore(index: number): number | null {
    if (!this.proposal) return null;
    const { changes } = this.proposal;
    const run = runAt(changes, index);
    return run < 0 ? null : (changes.before[run] ?? 0);
  }
}
