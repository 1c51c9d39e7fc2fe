/**
 * One vertebra as a solid, in the box around it: holes, islands, growing, smoothing, gaps between slices.
 * Each function takes a region and gives a new one; nothing here writes a mask. Distances are in mm between
 * voxel centres, so that thick slices count for what they are.
 */

import { distanceSquared, type Box3 } from "./distance";
import type { Shape, Vec3 } from "./geometry";
import type { LabelArray } from "./labelArray";

/** Spacings such as 0.9 mm are no exact numbers: a voxel at the very distance that was asked for counts. */
const SLACK_MM2 = 1e-6;

export interface Region {
  /** The box's first voxel in the mask, and its size in voxels. */
  readonly low: Vec3;
  readonly size: Shape;
  /** 1 inside, x fastest. */
  readonly inside: Uint8Array;
}

/** The label's voxels in their bounding box with `padMm` around it, clipped at the volume; null without voxels. */
export function regionOf(mask: LabelArray, shape: Shape, label: number, spacingMm: Vec3, padMm = 0): Region | null {
  const [nx, ny, nz] = shape;
  const low = [nx, ny, nz] as [number, number, number];
  const high: [number, number, number] = [-1, -1, -1];
  for (let at = mask.indexOf(label); at >= 0; at = mask.indexOf(label, at + 1)) {
    const row = Math.floor(at / nx);
    const voxel = [at % nx, row % ny, Math.floor(row / ny)] as const;
    for (const axis of [0, 1, 2] as const) {
      if (voxel[axis] < low[axis]) low[axis] = voxel[axis];
      if (voxel[axis] > high[axis]) high[axis] = voxel[axis];
    }
  }
  if (high[0] < 0) return null;
  for (const axis of [0, 1, 2] as const) {
    const pad = Math.ceil(padMm / spacingMm[axis]);
    low[axis] = Math.max(0, low[axis] - pad);
    high[axis] = Math.min(shape[axis] - 1, high[axis] + pad);
  }
  const size: Shape = [high[0] - low[0] + 1, high[1] - low[1] + 1, high[2] - low[2] + 1];
  const inside = new Uint8Array(size[0] * size[1] * size[2]);
  let at = 0;
  for (let k = low[2]; k <= high[2]; k++) {
    for (let j = low[1]; j <= high[1]; j++) {
      const row = nx * (j + ny * k);
      for (let i = low[0]; i <= high[0]; i++) inside[at++] = mask[row + i] === label ? 1 : 0;
    }
  }
  return { low, size, inside };
}

function like(region: Region, inside: Uint8Array): Region {
  return { low: region.low, size: region.size, inside };
}

/** The 6-connected pieces of voxels that hold `value`: a number from 1 for each voxel, and each piece's size. */
function pieces({ size, inside }: Box3, value: 0 | 1): { numbers: Int32Array; sizes: number[] } {
  const [nx, ny, nz] = size;
  const layer = nx * ny;
  const numbers = new Int32Array(inside.length);
  const sizes = [0];
  const queue = new Int32Array(inside.length);
  for (let seed = 0; seed < inside.length; seed++) {
    if (inside[seed] !== value || numbers[seed] !== 0) continue;
    const piece = sizes.length;
    let end = 0;
    const visit = (index: number): void => {
      if (inside[index] !== value || numbers[index] !== 0) return;
      numbers[index] = piece;
      queue[end++] = index;
    };
    visit(seed);
    for (let start = 0; start < end; start++) {
      const index = queue[start] ?? 0;
      const i = index % nx;
      const j = Math.floor(index / nx) % ny;
      const k = Math.floor(index / layer);
      if (i > 0) visit(index - 1);
      if (i < nx - 1) visit(index + 1);
      if (j > 0) visit(index - nx);
      if (j < ny - 1) visit(index + nx);
      if (k > 0) visit(index - layer);
      if (k < nz - 1) visit(index + layer);
    }
    sizes.push(end);
  }
  return { numbers, sizes };
}

/** Fill what is enclosed on all sides. The spinal canal is open above and below, so it stays. */
export function fillHoles(region: Region): Region {
  const [nx, ny, nz] = region.size;
  const { numbers, sizes } = pieces(region, 0);
  const open = new Uint8Array(sizes.length);
  for (let index = 0; index < numbers.length; index++) {
    const i = index % nx;
    const j = Math.floor(index / nx) % ny;
    const k = Math.floor(index / (nx * ny));
    if (i === 0 || j === 0 || k === 0 || i === nx - 1 || j === ny - 1 || k === nz - 1) open[numbers[index] ?? 0] = 1;
  }
  return like(
    region,
    region.inside.map((value, index) => (value === 1 || open[numbers[index] ?? 0] === 0 ? 1 : 0)),
  );
}

/** The largest 6-connected piece alone; of equal ones, the first. */
export function keepLargest(region: Region): Region {
  const { numbers, sizes } = pieces(region, 1);
  const largest = sizes.indexOf(Math.max(...sizes.slice(1)), 1);
  return like(
    region,
    region.inside.map((_, index) => (numbers[index] === largest ? 1 : 0)),
  );
}

/** Without pieces smaller than `minimumMm3`. */
export function removeSmall(region: Region, spacingMm: Vec3, minimumMm3: number): Region {
  const { numbers, sizes } = pieces(region, 1);
  const voxelMm3 = spacingMm[0] * spacingMm[1] * spacingMm[2];
  return like(
    region,
    region.inside.map((value, index) =>
      value === 1 && (sizes[numbers[index] ?? 0] ?? 0) * voxelMm3 >= minimumMm3 ? 1 : 0,
    ),
  );
}

/** Every voxel within `mm` of the region, in its box: ask `regionOf` for that much padding. */
export function growMm(region: Region, spacingMm: Vec3, mm: number): Region {
  const squared = distanceSquared(region, spacingMm, 1);
  return like(
    region,
    Uint8Array.from(squared, (value) => (value <= mm * mm + SLACK_MM2 ? 1 : 0)),
  );
}

/** Voxels farther than `mm` from everything outside. What lies beyond the volume's border counts as inside. */
export function shrinkMm(region: Region, spacingMm: Vec3, mm: number): Region {
  const squared = distanceSquared(region, spacingMm, 0);
  return like(
    region,
    Uint8Array.from(squared, (value) => (value > mm * mm + SLACK_MM2 ? 1 : 0)),
  );
}

function gaussianKernel(sigmaVoxels: number): Float32Array {
  const reach = Math.max(1, Math.ceil(3 * sigmaVoxels));
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, at) =>
    Math.exp(-((at - reach) ** 2) / (2 * sigmaVoxels ** 2)),
  );
  const sum = kernel.reduce((total, value) => total + value, 0);
  return kernel.map((value) => value / sum);
}

/** Convolve along one axis; beyond the box its border value goes on. */
function blurAxis(data: Float32Array, size: Shape, axis: 0 | 1 | 2, kernel: Float32Array): Float32Array {
  const stride = axis === 0 ? 1 : axis === 1 ? size[0] : size[0] * size[1];
  const length = size[axis];
  const reach = (kernel.length - 1) / 2;
  const result = new Float32Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const position = Math.floor(index / stride) % length;
    let sum = 0;
    for (let tap = -reach; tap <= reach; tap++) {
      const other = Math.min(length - 1, Math.max(0, position + tap));
      sum += (kernel[tap + reach] ?? 0) * (data[index + (other - position) * stride] ?? 0);
    }
    result[index] = sum;
  }
  return result;
}

/** Blur with a Gaussian of `sigmaMm` and keep where at least half is inside: the border loses its steps. */
export function smooth(region: Region, spacingMm: Vec3, sigmaMm: number): Region {
  let data = Float32Array.from(region.inside);
  for (const axis of [0, 1, 2] as const)
    data = blurAxis(data, region.size, axis, gaussianKernel(sigmaMm / spacingMm[axis])) as Float32Array<ArrayBuffer>;
  return like(
    region,
    Uint8Array.from(data, (value) => (value >= 0.5 ? 1 : 0)),
  );
}

/**
 * The median within a ball of `mm`: inside where more than half of the ball is inside. Takes off single voxels and
 * ridges thinner than the ball and leaves flat borders where they are. Of a ball that leaves the box, what is in it counts.
 */
export function median(region: Region, spacingMm: Vec3, mm: number): Region {
  const [nx, ny, nz] = region.size;
  const rows = ballRows(spacingMm, mm);
  // Sums along each row make a row of the ball one subtraction.
  const sums = new Int32Array((nx + 1) * ny * nz);
  for (let row = 0; row < ny * nz; row++) {
    for (let i = 0; i < nx; i++)
      sums[(nx + 1) * row + i + 1] = (sums[(nx + 1) * row + i] ?? 0) + (region.inside[nx * row + i] ?? 0);
  }
  const inside = new Uint8Array(region.inside.length);
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++) {
        let [count, all] = [0, 0];
        for (const { dj, dk, reach } of rows) {
          const [y, z] = [j + dj, k + dk];
          if (y < 0 || z < 0 || y >= ny || z >= nz) continue;
          const start = (nx + 1) * (y + ny * z);
          const [first, end] = [Math.max(0, i - reach), Math.min(nx, i + reach + 1)];
          count += (sums[start + end] ?? 0) - (sums[start + first] ?? 0);
          all += end - first;
        }
        if (2 * count > all) inside[i + nx * (j + ny * k)] = 1;
      }
    }
  }
  return like(region, inside);
}

/** The ball as rows along x: offsets in y and z, and how many voxels to each side. */
function ballRows([sx, sy, sz]: Vec3, mm: number): { dj: number; dk: number; reach: number }[] {
  const rows: { dj: number; dk: number; reach: number }[] = [];
  const [ry, rz] = [Math.floor(mm / sy), Math.floor(mm / sz)];
  for (let dk = -rz; dk <= rz; dk++) {
    for (let dj = -ry; dj <= ry; dj++) {
      const rest = mm * mm - (dj * sy) ** 2 - (dk * sz) ** 2 + SLACK_MM2;
      if (rest >= 0) rows.push({ dj, dk, reach: Math.floor(Math.sqrt(rest) / sx) });
    }
  }
  return rows;
}

/** Positive outside, negative inside, mm to the nearest voxel of the other kind, within one slice. */
function signedDistance(slice: Box3, spacingMm: Vec3): Float32Array {
  const outside = distanceSquared(slice, spacingMm, 1);
  const within = distanceSquared(slice, spacingMm, 0);
  return Float32Array.from(outside, (value, index) => Math.sqrt(value) - Math.sqrt(within[index] ?? 0));
}

function sliceAlong({ size, inside }: Region, axis: 0 | 1 | 2, at: number): { box: Box3; indices: Int32Array } {
  const [nx, ny] = size;
  const flat: Shape = [axis === 0 ? 1 : size[0], axis === 1 ? 1 : size[1], axis === 2 ? 1 : size[2]];
  const indices = new Int32Array(flat[0] * flat[1] * flat[2]);
  for (let index = 0; index < indices.length; index++) {
    const i = (index % flat[0]) + (axis === 0 ? at : 0);
    const j = (Math.floor(index / flat[0]) % flat[1]) + (axis === 1 ? at : 0);
    const k = Math.floor(index / (flat[0] * flat[1])) + (axis === 2 ? at : 0);
    indices[index] = i + nx * (j + ny * k);
  }
  return { box: { size: flat, inside: Uint8Array.from(indices, (index) => inside[index] ?? 0) }, indices };
}

/**
 * Fill the gaps between painted slices along an axis with the shape between them: linear interpolation of
 * the signed distance maps of the slices on both sides (Raya and Udupa, IEEE TMI 1990, 9:32-42). Painted
 * slices stay as they are.
 */
export function interpolateGaps(region: Region, spacingMm: Vec3, axis: 0 | 1 | 2): Region {
  const inside = region.inside.slice();
  const slices = Array.from({ length: region.size[axis] }, (_, at) => sliceAlong(region, axis, at));
  const painted = slices.flatMap(({ box }, at) => (box.inside.includes(1) ? [at] : []));
  painted.forEach((first, order) => {
    const last = painted[order + 1] ?? first;
    const [from, to] = [slices[first], slices[last]];
    if (last - first < 2 || !from || !to) return;
    const [a, b] = [signedDistance(from.box, spacingMm), signedDistance(to.box, spacingMm)];
    for (let at = first + 1; at < last; at++) {
      const share = (at - first) / (last - first);
      slices[at]?.indices.forEach((index, pixel) => {
        if ((1 - share) * (a[pixel] ?? 0) + share * (b[pixel] ?? 0) < 0) inside[index] = 1;
      });
    }
  });
  return like(region, inside);
}
