/**
 * What an edit did to a mask, as runs of voxels with their labels before and after. Undo and redo replay
 * runs, so they give back exact voxels and cost only what the edit changed, whatever the volume's size.
 */

import type { Shape, Vec3 } from "./geometry";
import type { LabelArray } from "./labelArray";
import { RunScanner } from "./runs";
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

/** Labels that lose or get voxels by a change, background too. */
export function labelsOf({ before, after }: ChangeSet): Set<number> {
  return new Set([...before, ...after]);
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
    this.addRun(index, 1, before, after);
  }

  addRun(index: number, length: number, before: number, after: number): void {
    this.count += length;
    const last = this.starts.length - 1;
    const joins =
      last >= 0 &&
      (this.starts[last] ?? 0) + (this.lengths[last] ?? 0) === index &&
      this.before[last] === before &&
      this.after[last] === after;
    if (joins) {
      this.lengths[last] = (this.lengths[last] ?? 0) + length;
      return;
    }
    this.starts.push(index);
    this.lengths.push(length);
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

/**
 * Writes voxels and remembers what was there, for one edit made of many writes. Neighbours written one after
 * the other are one run, so that the end of a long stroke costs what its runs cost and not its voxels.
 */
export class ChangeRecorder {
  private readonly starts: number[] = [];
  private readonly lengths: number[] = [];
  private readonly originals: number[] = [];
  private reported = 0;

  constructor(private readonly mask: Uint8Array) {}

  set(index: number, label: number): void {
    const before = this.mask[index];
    if (before === undefined || before === label) return;
    this.mask[index] = label;
    const last = this.starts.length - 1;
    // What has been reported as touched is not made longer: it would be missed.
    if (
      last >= this.reported &&
      this.originals[last] === before &&
      (this.starts[last] ?? 0) + (this.lengths[last] ?? 0) === index
    ) {
      this.lengths[last] = (this.lengths[last] ?? 0) + 1;
      return;
    }
    this.starts.push(index);
    this.lengths.push(1);
    this.originals.push(before);
  }

  /** Axial slices written since the last call. */
  takeTouched(shape: Shape): number[] {
    const size = shape[0] * shape[1];
    const ks = new Set<number>();
    for (; this.reported < this.starts.length; this.reported++) {
      const start = this.starts[this.reported] ?? 0;
      const last = start + (this.lengths[this.reported] ?? 1) - 1;
      for (let k = Math.floor(start / size); k <= Math.floor(last / size); k++) ks.add(k);
    }
    return [...ks];
  }

  /** Put every voxel back. */
  cancel(): void {
    for (let run = this.starts.length - 1; run >= 0; run--) {
      const start = this.starts[run] ?? 0;
      this.mask.fill(this.originals[run] ?? 0, start, start + (this.lengths[run] ?? 0));
    }
    this.starts.length = 0;
    this.lengths.length = 0;
    this.originals.length = 0;
    this.reported = 0;
  }

  /** The edit as runs, or null where no voxel ended up different. */
  finish(): ChangeSet | null {
    // A voxel may have been written twice: its first original counts, and only if it differs in the end.
    const order = sortedByStart(this.starts);
    const runs = new RunBuilder();
    let next = 0;
    for (const run of order) {
      const start = this.starts[run] ?? 0;
      if (start < next) return this.finishOverlapping();
      next = start + (this.lengths[run] ?? 0);
      const before = this.originals[run] ?? 0;
      for (let index = start; index < next; index++) {
        const after = this.mask[index] ?? 0;
        if (after !== before) runs.add(index, before, after);
      }
    }
    return runs.build();
  }

  private finishOverlapping(): ChangeSet | null {
    const first = new Map<number, number>();
    this.starts.forEach((start, run) => {
      for (let index = start; index < start + (this.lengths[run] ?? 0); index++) {
        if (!first.has(index)) first.set(index, this.originals[run] ?? 0);
      }
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

/** Positions in an array of flat indices, by ascending index; of equal ones the earlier first. */
function sortedByStart(starts: readonly number[]): Uint32Array {
  const keys = Float64Array.from(starts, (start, run) => start * 2 ** 21 + Math.min(run, 2 ** 21 - 1));
  if (starts.length > 2 ** 21)
    return Uint32Array.from(starts.keys()).sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || a - b);
  return Uint32Array.from(keys.sort(), (key) => key % 2 ** 21);
}

/**
 * Changes made one after the other as one: each was made on the mask that those before it left.
 * Null where nothing differs in the end.
 */
export function composeChanges(list: readonly ChangeSet[]): ChangeSet | null {
  const [only] = list;
  if (list.length <= 1) return only ?? null;
  const starts = list.flatMap((changes) => [...changes.starts]);
  const from = list.flatMap((changes) => [...changes.starts.keys()].map((run) => [changes, run] as const));
  const runs = new RunBuilder();
  let next = 0;
  for (const position of sortedByStart(starts)) {
    const [changes, run] = from[position] ?? [null, 0];
    const start = starts[position] ?? 0;
    if (!changes) continue;
    if (start < next) return composeOverlapping(list);
    next = start + (changes.lengths[run] ?? 0);
    for (let index = start; index < next; index++) runs.add(index, changes.before[run] ?? 0, changes.after[run] ?? 0);
  }
  return runs.build();
}

function composeOverlapping(list: readonly ChangeSet[]): ChangeSet | null {
  const voxels = new Map<number, { before: number; after: number }>();
  for (const changes of list) {
    changes.starts.forEach((start, run) => {
      for (let index = start; index < start + (changes.lengths[run] ?? 0); index++) {
        const after = changes.after[run] ?? 0;
        const known = voxels.get(index);
        if (known) known.after = after;
        else voxels.set(index, { before: changes.before[run] ?? 0, after });
      }
    });
  }
  const runs = new RunBuilder();
  for (const index of Uint32Array.from(voxels.keys()).sort()) {
    const { before, after } = voxels.get(index) ?? { before: 0, after: 0 };
    if (before !== after) runs.add(index, before, after);
  }
  return runs.build();
}

/** Voxels that got a label, and voxels that lost theirs (to background or to another). */
export function tally(changes: ChangeSet): { readonly added: number; readonly removed: number } {
  let [added, removed] = [0, 0];
  changes.lengths.forEach((length, run) => {
    if ((changes.after[run] ?? 0) === 0) removed += length;
    else added += length;
  });
  return { added, removed };
}

/** What putting a delta's slices into the mask would change. Does not write. */
export function changesOfDelta(mask: LabelArray, delta: SliceDelta): ChangeSet | null {
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

/** Voxels from `low` to `high`, both included. */
export interface VoxelBox {
  readonly low: Vec3;
  readonly high: Vec3;
}

/**
 * What giving labels other numbers in one step would change. Swaps and chains are safe, since every voxel is read
 * once. Does not write.
 *
 * @param box where the labels lie, so that a large volume is not read as a whole
 */
export function relabelChanges(
  mask: LabelArray,
  shape: Shape,
  box: VoxelBox,
  moves: ReadonlyMap<number, number>,
): ChangeSet | null {
  const table = Uint8Array.from({ length: 256 }, (_, label) => (label === 0 ? 0 : (moves.get(label) ?? label)));
  const runs = new RunBuilder();
  const scanner = new RunScanner(mask);
  const [nx, ny] = shape;
  for (let k = box.low[2]; k <= box.high[2]; k++) {
    for (let j = box.low[1]; j <= box.high[1]; j++) {
      const row = nx * (j + ny * k);
      const limit = row + box.high[0] + 1;
      for (let start = row + box.low[0], end = start; start < limit; start = end) {
        end = scanner.end(start, limit);
        const before = mask[start] ?? 0;
        const after = table[before] ?? before;
        if (after === before) continue;
        runs.addRun(start, end - start, before, after);
      }
    }
  }
  return runs.build();
}
