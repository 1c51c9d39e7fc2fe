/**
 * An operation on the box around one vertebra: small enough to be sent to a worker, whatever the size of the
 * volume, and with the same result there as on the whole mask.
 */

import { t } from "@/i18n";
import { ChangeRecorder, type ChangeSet, type VoxelBox } from "./changes";
import { PLANE_AXIS, type Shape, type Vec3 } from "./geometry";
import { operate, paddingMm, type Operation } from "./operations";
import type { PaintGrid } from "./painting";
import type { PaintRule } from "./paintRule";

export interface OperationTask {
  readonly operation: Operation;
  readonly rule: PaintRule;
  readonly spacingMm: Vec3;
  /** The whole volume's, and the box's place in it. */
  readonly shape: Shape;
  readonly box: VoxelBox;
  /** Labels and HU in the box, x fastest; copies that the task owns. */
  readonly mask: Uint8Array<ArrayBuffer>;
  readonly hu: Int16Array<ArrayBuffer> | null;
}

/** Runs tasks, in a worker or here. `cancel` makes the ones under way fail with `OperationCancelled`. */
export interface OperationRunner {
  run(task: OperationTask): Promise<ChangeSet | null>;
  cancel(): void;
}

export class OperationCancelled extends Error {
  constructor() {
    super(t("the operation was cancelled"));
  }
}

function sizeOf({ low, high }: VoxelBox): Shape {
  return [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1];
}

function copyBox<T extends Uint8Array<ArrayBuffer> | Int16Array<ArrayBuffer>>(
  from: ArrayLike<number> & { subarray(start: number, end: number): ArrayLike<number> },
  into: T,
  shape: Shape,
  box: VoxelBox,
): T {
  const [sx] = sizeOf(box);
  let at = 0;
  for (let k = box.low[2]; k <= box.high[2]; k++) {
    for (let j = box.low[1]; j <= box.high[1]; j++) {
      const start = box.low[0] + shape[0] * (j + shape[1] * k);
      into.set(from.subarray(start, start + sx), at);
      at += sx;
    }
  }
  return into;
}

function needsHu(operation: Operation, rule: PaintRule): boolean {
  return operation.kind === "exclude-above" || operation.kind === "grow-from" || rule.gate !== null;
}

/** The box that an operation reads and writes: around the vertebra, or around the place that was clicked. */
function boxFor(operation: Operation, grid: PaintGrid, label: VoxelBox | null): VoxelBox | null {
  const middle =
    operation.kind === "grow-from"
      ? { low: operation.seed.map(Math.round), high: operation.seed.map(Math.round) }
      : label;
  if (!middle) return null;
  const padMm = operation.kind === "grow-from" ? operation.reachMm : paddingMm(operation, grid.spacingMm);
  const low: [number, number, number] = [0, 0, 0];
  const high: [number, number, number] = [0, 0, 0];
  for (const axis of [0, 1, 2] as const) {
    const pad = Math.ceil(padMm / grid.spacingMm[axis]) + 1;
    low[axis] = Math.max(0, (middle.low[axis] ?? 0) - pad);
    high[axis] = Math.min(grid.shape[axis] - 1, (middle.high[axis] ?? 0) + pad);
  }
  return { low, high };
}

/** Places in the operation counted from the box's first voxel. */
function localised(operation: Operation, { low }: VoxelBox): Operation {
  if (operation.kind === "grow-from") {
    const { seed } = operation;
    return { ...operation, seed: [seed[0] - low[0], seed[1] - low[1], seed[2] - low[2]] };
  }
  if (operation.kind === "copy-slice") {
    const first = low[PLANE_AXIS[operation.plane]];
    return { ...operation, from: operation.from - first, to: operation.to - first };
  }
  if (operation.kind === "split") {
    const [a, b] = operation.axes;
    const moved = (point: readonly [number, number]) => [point[0] - low[a], point[1] - low[b]] as const;
    return { ...operation, from: moved(operation.from), to: moved(operation.to) };
  }
  return operation;
}

/**
 * Cut out what an operation needs.
 *
 * @param before changes that count as made, though the mask does not hold them yet
 * @returns null where the vertebra has no voxels
 */
export function makeTask(
  grid: PaintGrid,
  rule: PaintRule,
  label: VoxelBox | null,
  operation: Operation,
  before: readonly ChangeSet[] = [],
): OperationTask | null {
  const box = boxFor(operation, grid, label);
  if (!box) return null;
  const [sx, sy, sz] = sizeOf(box);
  const mask = copyBox(grid.mask, new Uint8Array(sx * sy * sz), grid.shape, box);
  for (const changes of before) patch(mask, grid.shape, box, changes);
  const hu =
    grid.hu && needsHu(operation, rule) ? copyBox(grid.hu, new Int16Array(sx * sy * sz), grid.shape, box) : null;
  return { operation: localised(operation, box), rule, spacingMm: grid.spacingMm, shape: grid.shape, box, mask, hu };
}

function patch(mask: Uint8Array, shape: Shape, box: VoxelBox, changes: ChangeSet): void {
  const [sx, sy] = sizeOf(box);
  changes.starts.forEach((start, run) => {
    for (let index = start; index < start + (changes.lengths[run] ?? 0); index++) {
      const [i, j, k] = [
        index % shape[0],
        Math.floor(index / shape[0]) % shape[1],
        Math.floor(index / (shape[0] * shape[1])),
      ];
      const isInside =
        i >= box.low[0] &&
        i <= box.high[0] &&
        j >= box.low[1] &&
        j <= box.high[1] &&
        k >= box.low[2] &&
        k <= box.high[2];
      if (isInside) mask[i - box.low[0] + sx * (j - box.low[1] + sy * (k - box.low[2]))] = changes.after[run] ?? 0;
    }
  });
}

/** Run a task; what it changes is given in indices of the whole volume. */
export function runTask({ operation, rule, spacingMm, shape, box, mask, hu }: OperationTask): ChangeSet | null {
  const recorder = new ChangeRecorder(mask);
  operate({ shape: sizeOf(box), spacingMm, mask, hu }, rule, recorder, operation);
  const changes = recorder.finish();
  return changes && globalised(changes, shape, box);
}

/** Runs of the box as runs of the volume: a row of the box is no neighbour of the next one there. */
function globalised(changes: ChangeSet, shape: Shape, box: VoxelBox): ChangeSet {
  const [sx, sy] = sizeOf(box);
  const starts: number[] = [];
  const lengths: number[] = [];
  const before: number[] = [];
  const after: number[] = [];
  changes.starts.forEach((start, run) => {
    const end = start + (changes.lengths[run] ?? 0);
    for (let at = start; at < end;) {
      const rowEnd = Math.min(end, at - (at % sx) + sx);
      const row = Math.floor(at / sx);
      starts.push(
        box.low[0] + (at % sx) + shape[0] * (box.low[1] + (row % sy) + shape[1] * (box.low[2] + Math.floor(row / sy))),
      );
      lengths.push(rowEnd - at);
      before.push(changes.before[run] ?? 0);
      after.push(changes.after[run] ?? 0);
      at = rowEnd;
    }
  });
  return {
    starts: Uint32Array.from(starts),
    lengths: Uint32Array.from(lengths),
    before: Uint8Array.from(before),
    after: Uint8Array.from(after),
    count: changes.count,
  };
}

/** Runs tasks where it is called. For tests, and for browsers without workers. */
export const directRunner: OperationRunner = {
  run: (task) => Promise.resolve(runTask(task)),
  cancel: () => undefined,
};
