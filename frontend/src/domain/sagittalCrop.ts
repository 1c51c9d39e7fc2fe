/**
 * A sagittal picture through one vertebra and its neighbours, in that vertebra's own axes: resampled from the
 * loaded volume. Columns grow to the back (the front of the body is on the left, as radiologists read a spine),
 * rows grow to the feet. All points are RAS mm.
 */

import { add, dot, scale, subtract, type Vec3, type VolumeGeometry } from "./geometry";
import type { LabelArray } from "./labelArray";

/** Unit vectors of a vertebra's own axes, and the centre of its body. */
export interface Axes {
  readonly centre: Vec3;
  readonly front: Vec3;
  readonly left: Vec3;
  readonly up: Vec3;
}

export interface CropSize {
  readonly widthMm: number;
  readonly heightMm: number;
  readonly stepMm: number;
}

export interface Crop {
  readonly columns: number;
  readonly rows: number;
  /** HU, row by row from the top. */
  readonly hu: Float32Array;
  /** Labels of the mask at the same places. */
  readonly labels: Uint8Array;
}

/** The vertebra, its two neighbours and the canal behind them. */
export const CROP: CropSize = { widthMm: 84, heightMm: 104, stepMm: 0.5 };
/** The body lies a little left of the middle: behind it there is the arch, before it hardly anything. */
const AHEAD = 0.42;
const OUTSIDE_HU = -1024;

/** Where a point lies on the picture, in picture points (fractions allowed); off the plane it is projected. */
export function toCrop(point: Vec3, axes: Axes, size: CropSize = CROP): { readonly x: number; readonly y: number } {
  const from = subtract(point, axes.centre);
  return {
    x: (AHEAD * size.widthMm - dot(from, axes.front)) / size.stepMm,
    y: (size.heightMm / 2 - dot(from, axes.up)) / size.stepMm,
  };
}

/** The reverse of `toCrop`, at a distance to the left of the plane through the centre. */
export function fromCrop(x: number, y: number, axes: Axes, leftMm = 0, size: CropSize = CROP): Vec3 {
  const ahead = AHEAD * size.widthMm - x * size.stepMm;
  const above = size.heightMm / 2 - y * size.stepMm;
  return add(add(add(axes.centre, scale(axes.front, ahead)), scale(axes.up, above)), scale(axes.left, leftMm));
}

/** How far a point lies to the left of the plane, mm. */
export function leftOf(point: Vec3, axes: Axes): number {
  return dot(subtract(point, axes.centre), axes.left);
}

/** Resample CT (trilinear) and mask (nearest) on the plane. Cost grows with the picture, not with the volume. */
export function sampleCrop(
  geometry: VolumeGeometry,
  hu: Int16Array,
  mask: LabelArray,
  axes: Axes,
  size: CropSize = CROP,
): Crop {
  const columns = Math.round(size.widthMm / size.stepMm);
  const rows = Math.round(size.heightMm / size.stepMm);
  const crop: Crop = { columns, rows, hu: new Float32Array(columns * rows), labels: new Uint8Array(columns * rows) };
  const start = geometry.rasMmToVoxel(fromCrop(0, 0, axes, 0, size));
  const across = subtract(geometry.rasMmToVoxel(fromCrop(1, 0, axes, 0, size)), start);
  const down = subtract(geometry.rasMmToVoxel(fromCrop(0, 1, axes, 0, size)), start);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const i = start[0] + across[0] * column + down[0] * row;
      const j = start[1] + across[1] * column + down[1] * row;
      const k = start[2] + across[2] * column + down[2] * row;
      const at = row * columns + column;
      crop.hu[at] = trilinear(geometry, hu, i, j, k);
      crop.labels[at] = nearest(geometry, mask, i, j, k);
    }
  }
  return crop;
}

function nearest({ shape: [nx, ny, nz] }: VolumeGeometry, mask: LabelArray, i: number, j: number, k: number): number {
  const [a, b, c] = [Math.round(i), Math.round(j), Math.round(k)];
  if (a < 0 || b < 0 || c < 0 || a >= nx || b >= ny || c >= nz) return 0;
  return mask[a + nx * (b + ny * c)] ?? 0;
}

function trilinear({ shape: [nx, ny, nz] }: VolumeGeometry, hu: Int16Array, i: number, j: number, k: number): number {
  if (i < 0 || j < 0 || k < 0 || i > nx - 1 || j > ny - 1 || k > nz - 1) return OUTSIDE_HU;
  const [a, b, c] = [
    Math.min(Math.floor(i), Math.max(nx - 2, 0)),
    Math.min(Math.floor(j), Math.max(ny - 2, 0)),
    Math.min(Math.floor(k), Math.max(nz - 2, 0)),
  ];
  const [x, y, z] = [i - a, j - b, k - c];
  const [dx, dy, dz] = [nx > 1 ? 1 : 0, ny > 1 ? nx : 0, nz > 1 ? nx * ny : 0];
  const at = a + nx * (b + ny * c);
  const value = (offset: number): number => hu[at + offset] ?? OUTSIDE_HU;
  const low = (value(0) * (1 - x) + value(dx) * x) * (1 - y) + (value(dy) * (1 - x) + value(dx + dy) * x) * y;
  const high =
    (value(dz) * (1 - x) + value(dx + dz) * x) * (1 - y) + (value(dy + dz) * (1 - x) + value(dx + dy + dz) * x) * y;
  return low * (1 - z) + high * z;
}

/** HU as greys of a window, RGBA. */
export function greys(crop: Crop, centre: number, width: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(crop.columns * crop.rows * 4);
  const low = centre - width / 2;
  for (let at = 0; at < crop.hu.length; at++) {
    const grey = (255 * ((crop.hu[at] ?? OUTSIDE_HU) - low)) / width;
    pixels[4 * at] = pixels[4 * at + 1] = pixels[4 * at + 2] = grey;
    pixels[4 * at + 3] = 255;
  }
  return pixels;
}

/** Short strokes between picture points of different labels: [x0, y0, x1, y1] by the label that they bound. */
export function outlines(crop: Crop): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  const stroke = (label: number, x0: number, y0: number, x1: number, y1: number): void => {
    if (label === 0) return;
    const strokes = found.get(label);
    if (strokes) strokes.push(x0, y0, x1, y1);
    else found.set(label, [x0, y0, x1, y1]);
  };
  const { columns, rows, labels } = crop;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const here = labels[y * columns + x] ?? 0;
      const right = x + 1 < columns ? (labels[y * columns + x + 1] ?? 0) : here;
      const below = y + 1 < rows ? (labels[(y + 1) * columns + x] ?? 0) : here;
      if (right !== here) for (const label of [here, right]) stroke(label, x + 1, y, x + 1, y + 1);
      if (below !== here) for (const label of [here, below]) stroke(label, x, y + 1, x + 1, y + 1);
    }
  }
  return found;
}
