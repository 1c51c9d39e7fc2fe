/**
 * The mask in work: its labels, what they add up to, the steps that made them and their digest, in one place.
 * It alone writes them. All others read, so that none of the four can be of another moment than the rest.
 */

import { applyChanges, ChangeRecorder, slicesOfChanges, type ChangeSet } from "./changes";
import { MaskDigest } from "./digest";
import type { Shape } from "./geometry";
import { EditHistory, NO_STEPS, type EditStep } from "./history";
import type { LabelArray } from "./labelArray";
import { MaskSummary } from "./summary";
import { packSlices } from "./vbd1";

export type NewStep = Omit<EditStep, "id">;

export class MaskStore {
  private readonly summed: MaskSummary;
  private readonly steps: EditHistory;
  private readonly digests: MaskDigest;

  /**
   * @param voxels labels, x fastest; the store takes the array over
   * @param kept steps that led to these labels, made before the store was
   * @throws Error where it does not fill the shape
   */
  constructor(
    private readonly voxels: Uint8Array,
    readonly shape: Shape,
    kept = NO_STEPS,
  ) {
    const count = shape[0] * shape[1] * shape[2];
    if (voxels.length !== count) throw new Error(`the mask has ${voxels.length} voxels, the volume ${count}`);
    this.summed = new MaskSummary(voxels, shape);
    this.digests = new MaskDigest(voxels, shape);
    this.steps = new EditHistory(undefined, kept);
  }

  /** The labels as they are now, also while a stroke goes on. */
  get labels(): LabelArray {
    return this.voxels;
  }

  /** The array itself, for the graphics card: it has to be lent one, and only reads it. */
  lend(): Uint8Array {
    return this.voxels;
  }

  get summary(): Omit<MaskSummary, "update"> {
    return this.summed;
  }

  get history(): Pick<EditHistory, "list" | "applied"> {
    return this.steps;
  }

  /** Write a step of many writes, seen as it grows: end it with `keep`, or with the recorder's `cancel`. */
  begin(): ChangeRecorder {
    return new ChangeRecorder(this.voxels);
  }

  /** A step that a recorder of this store has written. */
  keep(step: NewStep): void {
    this.steps.push(step);
    this.wrote(step.changes, 1);
  }

  /** A step that was worked out on these labels and is not written yet. */
  make(step: NewStep): void {
    applyChanges(this.voxels, step.changes);
    this.keep(step);
  }

  undo(): EditStep | null {
    const step = this.steps.undo(this.voxels);
    if (step) this.wrote(step.changes, -1);
    return step;
  }

  redo(): EditStep | null {
    const step = this.steps.redo(this.voxels);
    if (step) this.wrote(step.changes, 1);
    return step;
  }

  private wrote(changes: ChangeSet, direction: 1 | -1): void {
    this.summed.update(changes, direction);
    this.digests.touch(slicesOfChanges(changes, this.shape));
  }

  /** These axial slices as they are now, as a VBD1 body. */
  pack(ks: readonly number[]): Uint8Array<ArrayBuffer> {
    return packSlices(this.voxels, this.shape, ks);
  }

  /** The tree digest of the mask as it is when this is called. */
  digest(): Promise<string> {
    return this.digests.hex();
  }

  /** The same right after a step whose slices, packed, are these: read from them, off this thread's way. */
  digestAfter(packed: Uint8Array): Promise<string> {
    return this.digests.hexAfter(packed);
  }
}
