/** What a mask holds, level by level: voxel counts and centres, kept up to date edit by edit. */

import type { ChangeSet } from "./changes";
import type { Shape, Vec3, VolumeGeometry } from "./geometry";
import { sortLabels } from "./labels";

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
}

export class MaskSummary {
  private readonly sums = new Map<number, Sums>();

  constructor(
    mask: Uint8Array,
    private readonly shape: Shape,
  ) {
    const [nx, ny, nz] = shape;
    let index = 0;
    for (let k = 0; k < nz; k++) {
      for (let j = 0; j < ny; j++) {
        for (let i = 0; i < nx; i++, index++) {
          const label = mask[index] ?? 0;
          if (label !== 0) this.add(label, i, j, k, 1);
        }
      }
    }
  }

  private add(label: number, i: number, j: number, k: number, count: number): void {
    const sums = this.sums.get(label) ?? { count: 0, i: 0, j: 0, k: 0 };
    this.sums.set(label, sums);
    sums.count += count;
    sums.i += count * i;
    sums.j += count * j;
    sums.k += count * k;
  }

  /** Take in a change that has been made, or with `direction` -1 one that has been taken back. */
  update(changes: ChangeSet, direction: 1 | -1): void {
    const [nx, ny] = this.shape;
    for (let run = 0; run < changes.starts.length; run++) {
      const start = changes.starts[run] ?? 0;
      const [before, after] = [changes.before[run] ?? 0, changes.after[run] ?? 0];
      for (let index = start; index < start + (changes.lengths[run] ?? 0); index++) {
        const row = Math.floor(index / nx);
        const [i, j, k] = [index % nx, row % ny, Math.floor(row / ny)];
        if (before !== 0) this.add(before, i, j, k, -direction);
        if (after !== 0) this.add(after, i, j, k, direction);
      }
    }
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

/** The level whose centre lies nearest to a slice along an axis: what a position read-out names. */
export function nearestLevel(summary: MaskSummary, geometry: VolumeGeometry, voxel: Vec3): number | null {
  let best: { label: number; distance: number } | null = null;
  for (const label of summary.labels()) {
    const centre = summary.get(label)?.centre;
    if (!centre) continue;
    const distance = Math.hypot(...centre.map((value, axis) => (value - (voxel[axis] ?? 0)) * (geometry.spacingMm[axis] ?? 1)));
    if (!best || distance < best.distance) best = { label, distance };
  }
  return best?.label ?? null;
}

