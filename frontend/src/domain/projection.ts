/**
 * The spine from the side and from the front: maximum-intensity projections of a coarse volume, and where voxels
 * lie in them. Stored volumes are in closest canonical order (i to the right, j to the front, k to the head);
 * pictures are as radiologists look at them: head up, front on the left, the patient's right on the left.
 */

import type { Shape, Vec3 } from "./geometry";

export const VIEWS = ["sagittal", "coronal"] as const;
export type View = (typeof VIEWS)[number];

/** The array axis that is looked along, and the one that runs across the picture. */
const ALONG: Readonly<Record<View, 0 | 1>> = { sagittal: 0, coronal: 1 };
const ACROSS: Readonly<Record<View, 0 | 1>> = { sagittal: 1, coronal: 0 };

export interface Picture {
  readonly columns: number;
  readonly rows: number;
  /** HU, row by row from the head. */
  readonly hu: Int16Array;
}

/** Voxels of the looked-along axis that a slab round the spine takes: those of the centres and `marginMm` beyond. */
export function slabRound(
  view: View,
  centres: readonly Vec3[],
  shape: Shape,
  spacingMm: Vec3,
  marginMm: number,
): readonly [number, number] {
  const axis = ALONG[view];
  const places = centres.map((centre) => centre[axis]);
  if (places.length === 0) return [0, shape[axis] - 1];
  const margin = marginMm / spacingMm[axis];
  return [
    Math.max(0, Math.floor(Math.min(...places) - margin)),
    Math.min(shape[axis] - 1, Math.ceil(Math.max(...places) + margin)),
  ];
}

/** The brightest voxel along each line of sight between two voxels (inclusive) of a volume that lies x fastest. */
export function project(
  volume: Int16Array,
  [nx, ny, nz]: Shape,
  view: View,
  [first, last]: readonly [number, number],
): Picture {
  const columns = view === "sagittal" ? ny : nx;
  const hu = new Int16Array(columns * nz).fill(-1024);
  const [stepAcross, stepAlong] = view === "sagittal" ? [nx, 1] : [1, nx];
  for (let k = 0; k < nz; k++) {
    const row = (nz - 1 - k) * columns;
    for (let across = 0; across < columns; across++) {
      let best = -1024;
      let at = nx * ny * k + stepAcross * across + stepAlong * first;
      for (let along = first; along <= last; along++, at += stepAlong) best = Math.max(best, volume[at] ?? best);
      hu[row + columns - 1 - across] = best;
    }
  }
  return { columns, rows: nz, hu };
}

/** Width and height of a view in millimetres. */
export function sizeMm(view: View, shape: Shape, spacingMm: Vec3): readonly [number, number] {
  const across = ACROSS[view];
  return [shape[across] * spacingMm[across], shape[2] * spacingMm[2]];
}

/** Where a voxel's middle lies in a view, in millimetres from its upper left corner. */
export function toView(view: View, voxel: Vec3, shape: Shape, spacingMm: Vec3): readonly [number, number] {
  const across = ACROSS[view];
  return [(shape[across] - 0.5 - voxel[across]) * spacingMm[across], (shape[2] - 0.5 - voxel[2]) * spacingMm[2]];
}

/** The voxel moved to a place in a view; what cannot be seen there stays. Kept inside the volume. */
export function fromView(
  view: View,
  [x, y]: readonly [number, number],
  voxel: Vec3,
  shape: Shape,
  spacingMm: Vec3,
): Vec3 {
  const across = ACROSS[view];
  const inside = (value: number, axis: 0 | 1 | 2): number =>
    Math.round(Math.min(shape[axis] - 1, Math.max(0, value)) * 10) / 10;
  const moved: [number, number, number] = [voxel[0], voxel[1], voxel[2]];
  moved[across] = inside(shape[across] - 0.5 - x / spacingMm[across], across);
  moved[2] = inside(shape[2] - 0.5 - y / spacingMm[2], 2);
  return moved;
}
