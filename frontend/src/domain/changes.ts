/**
 * What an edit did to a mask, as runs of voxels with their labels before and after. Undo and redo replay
 * runs, so they give back exact voxels and cost only what the edit changed, whatever the volume's size.
 */

import type { Shape } from "./geometry";
import type { SliceDelta } from "./vbd1";

export interface ChangeSet {
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** Voxels changed. */
  readonly count: number;
}

const BYTES_PER_RUN = 10;

export function changeBytes(changes: ChangeSet): number {
  return changes.starts.length * BYTES_PER_RUN;
}

function replay(mask: Uint8Array, changes: ChangeSet, labels: Uint8Array): void {
  for (let run = 0; run < changes.starts.length; run++) {
    const start = changes.starts[run] ?? 0;
    mask.fill(labels[run] ?? 0, start, start + (changes.lengths[run] ?? 0));
  }
}

export function applyChanges(mask: Uint8Array, changes: ChangeSet): void {
  replay(mask, changes, changes.after);
}

export function revertChanges(mask: Uint8Array, changes: ChangeSet): void {
  replay(mask, changes, changes.before);
}

/** The axial slices that a change touches, ascending. */
export function slicesOfChanges(changes: ChangeSet, shape: Shape): number[] {
  const size = shape[0] * shape[1];
  const ks = new Set<number>();
  for (let run = 0; run < changes.starts.length; run++) {
    const start = changes.starts[run] ?? 0;
    const last = start + (changes.lengths[run] ?? 1) - 1;
    for (let k = Math.floor(start / size); k <= Math.floor(last / size); k++) ks.add(k);
  }
  return [...ks].sort((a, b) => a - b);
}


class RunBuilder {
  private readonly starts: number[] = [];
  private readonly lengths: number[] = [];
  private readonly before: number[] = [];
  private readonly after: number[] = [];
  private count = 0;

  add(index: number, before: number, after: number): void {
    this.count++;
    const last = this.starts.length - 1;
    const joins =
      last >= 0 &&
      (this.starts[last] ?? 0) + (this.lengths[last] ?? 0) === index &&
      this.before[last] === before &&
      this.after[last] === after;
    if (joins) {
      this.lengths[last] = (this.lengths[last] ?? 0) + 1;
      return;
    }
    this.starts.push(index);
    this.lengths.push(1);
    this.before.push(before);
    this.after.push(after);
  }

  build(): ChangeSet | null {
    if (this.count === 0) return null;
    return {
      starts: Uint32Array.from(this.starts),
      lengths: Uint32Array.from(this.lengths),
      before: Uint8Array.from(this.before),
      after: Uint8Array.from(this.after),
      count: this.count,
    };
  }
}

/** Writes voxels and remembers what was there, for one edit made of many writes. */
export class ChangeRecorder {
  private readonly indices: number[] = [];
  private readonly originals: number[] = [];
  private reported = 0;

  constructor(readonly mask: Uint8Array) {}

  set(index: number, label: number): void {
    const before = this.mask[index];
    if (before === undefined || before === label) return;
    this.indices.push(index);
    this.originals.push(before);
    this.mask[index] = label;
  }

  /** Axial slices written since the last call. */
  takeTouched(shape: Shape): number[] {
    const size = shape[0] * shape[1];
    const ks = new Set<number>();
    for (; this.reported < this.indices.length; this.reported++) {
      ks.add(Math.floor((this.indices[this.reported] ?? 0) / size));
    }
    return [...ks];
  }

  /** Put every voxel back. */
  cancel(): void {
    for (let write = this.indices.length - 1; write >= 0; write--) {
      this.mask[this.indices[write] ?? 0] = this.originals[write] ?? 0;
    }
    this.indices.length = 0;
    this.originals.length = 0;
    this.reported = 0;
  }

  /** The edit as runs, or null where no voxel ended up different. */
  finish(): ChangeSet | null {
    // A voxel may have been written twice: its first original counts, and only if it differs in the end.
    const first = new Map<number, number>();
    this.indices.forEach((index, write) => {
      if (!first.has(index)) first.set(index, this.originals[write] ?? 0);
    });
    const runs = new RunBuilder();
    for (const index of Uint32Array.from(first.keys()).sort()) {
      const before = first.get(index) ?? 0;
      const after = this.mask[index] ?? 0;
      if (before !== after) runs.add(index, before, after);
    }
    return runs.build();
  }
}

/** What putting a delta's slices into the mask would change. Does not write. */
export function changesOfDelta(mask: Uint8Array, delta: SliceDelta): ChangeSet | null {
  const runs = new RunBuilder();
  for (const { k, voxels } of [...delta.slices].sort((a, b) => a.k - b.k)) {
    const start = k * delta.shape[0] * delta.shape[1];
    voxels.forEach((label, offset) => {
      const before = mask[start + offset] ?? 0;
      if (before !== label) runs.add(start + offset, before, label);
    });
  }
  return runs.build();
}

/**
 * Give labels other numbers, over the whole mask and in one step. Swaps and chains are safe, since every
 * voxel is read once. Writes the mask and returns what it did.
 */
export function relabelMask(mask: Uint8Array, moves: ReadonlyMap<number, number>): ChangeSet | null {
  const table = Uint8Array.from({ length: 256 }, (_, label) => (label === 0 ? 0 : (moves.get(label) ?? label)));
  const runs = new RunBuilder();
  for (let index = 0; index < mask.length; index++) {
    const before = mask[index] ?? 0;
    const after = table[before] ?? before;
    if (after === before) continue;
    runs.add(index, before, after);
    mask[index] = after;
  }
  return runs.build();
}
