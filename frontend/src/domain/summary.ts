/** What a mask holds, level by level: voxel counts and centres, kept up to date edit by edit. */

import type { ChangeSet, VoxelBox } from "./changes";
import type { Shape, Vec3, VolumeGeometry } from "./geometry";
import type { LabelArray } from "./labelArray";
import { sortLabels } from "./labels";
import { runsOf } from "./runs";

export interface LabelSummary {
  readonly label: number;
  readonly voxels: number;
  /** Centre of mass of the whole vertebra, voxel indices. */
  readonly centre: Vec3;
}

interface Sums {
  count: number;
  i: number;
  j: number;
  k: number;
  /** Where voxels of the label were or are: never too small, too large after erasing. */
  low: [number, number, number];
  high: [number, number, number];
}

export class MaskSummary {
  private readonly sums = new Map<number, Sums>();

  constructor(
    mask: LabelArray,
    private readonly shape: Shape,
  ) {
    const [nx] = shape;
    for (const { label, start, end } of runsOf(mask, nx)) this.addRun(label, start, end - start, 1);
  }

  /** A run within one row of voxels. */
  private addRun(label: number, start: number, length: number, sign: 1 | -1): void {
    if (label === 0) return;
    const [nx, ny] = this.shape;
    const row = Math.floor(start / nx);
    const [i, j, k] = [start % nx, row % ny, Math.floor(row / ny)];
    const sums = this.sums.get(label) ?? { count: 0, i: 0, j: 0, k: 0, low: [i, j, k], high: [i, j, k] };
    this.sums.set(label, sums);
    sums.count += sign * length;
    sums.i += sign * (length * i + (length * (length - 1)) / 2);
    sums.j += sign * length * j;
    sums.k += sign * length * k;
    if (sign < 0) return;
    const { low, high } = sums;
    if (i < low[0]) low[0] = i;
    if (j < low[1]) low[1] = j;
    if (k < low[2]) low[2] = k;
    if (i + length - 1 > high[0]) high[0] = i + length - 1;
    if (j > high[1]) high[1] = j;
    if (k > high[2]) high[2] = k;
  }

  /** Take in a change that has been made, or with `direction` -1 one that has been taken back. */
  update(changes: ChangeSet, direction: 1 | -1): void {
    const [nx] = this.shape;
    for (let run = 0; run < changes.starts.length; run++) {
      const start = changes.starts[run] ?? 0;
      const end = start + (changes.lengths[run] ?? 0);
      const [before, after] = [changes.before[run] ?? 0, changes.after[run] ?? 0];
      const [gone, come] = direction === 1 ? [before, after] : [after, before];
      for (let at = start; at < end;) {
        const rowEnd = Math.min(end, at - (at % nx) + nx);
        this.addRun(gone, at, rowEnd - at, -1);
        this.addRun(come, at, rowEnd - at, 1);
        at = rowEnd;
      }
    }
  }

  /** A box that holds all voxels of the labels; null where there are none. */
  boxOf(labels: Iterable<number>): VoxelBox | null {
    let box: { low: [number, number, number]; high: [number, number, number] } | null = null;
    for (const label of labels) {
      const sums = this.sums.get(label);
      if (!sums || sums.count === 0) continue;
      box ??= { low: [...sums.low], high: [...sums.high] };
      for (const axis of [0, 1, 2] as const) {
        box.low[axis] = Math.min(box.low[axis], sums.low[axis]);
        box.high[axis] = Math.max(box.high[axis], sums.high[axis]);
      }
    }
    return box;
  }

  /** A box for each level that the mask holds. */
  boxes(): Map<number, VoxelBox> {
    return new Map(
      this.labels().flatMap((label) => {
        const box = this.boxOf([label]);
        return box ? [[label, box] as const] : [];
      }),
    );
  }

  get(label: number): LabelSummary | null {
    const sums = this.sums.get(label);
    if (!sums || sums.count === 0) return null;
    return {
      label,
      voxels: sums.count,
      centre: [sums.i / sums.count, sums.j / sums.count, sums.k / sums.count],
    };
  }

  /** Labels that have voxels, head to foot. */
  labels(): number[] {
    return sortLabels([...this.sums].filter(([, sums]) => sums.count > 0).map(([label]) => label));
  }
}

/** Whether a part of a slice shows a box: the slice cuts it, and the part and the box overlap within the slice. */
export function isInView(box: VoxelBox, axis: 0 | 1 | 2, slice: number, corners: readonly [Vec3, Vec3]): boolean {
  if (slice < box.low[axis] || slice > box.high[axis]) return false;
  return ([0, 1, 2] as const).every((other) => {
    if (other === axis) return true;
    const [a, b] = [corners[0][other], corners[1][other]];
    return Math.max(a, b) >= box.low[other] && Math.min(a, b) <= box.high[other];
  });
}

/** The level whose centre lies nearest to a slice along an axis: what a position read-out names. */
export function nearestLevel(
  summary: Pick<MaskSummary, "labels" | "get">,
  geometry: VolumeGeometry,
  voxel: Vec3,
): number | null {
  let best: { label: number; distance: number } | null = null;
  for (const label of summary.labels()) {
    const centre = summary.get(label)?.centre;
    if (!centre) continue;
    const distance = Math.hypot(
      ...centre.map((value, axis) => (value - (voxel[axis] ?? 0)) * (geometry.spacingMm[axis] ?? 1)),
    );
    if (!best || distance < best.distance) best = { label, distance };
  }
  return best?.label ?? null;
}
