/** Edits of a whole vertebra at one press: what the tools of the panel do to the mask, voxel by voxel. */

import type { ChangeRecorder } from "./changes";
import { PLANE_AXIS, type Plane, type Vec3 } from "./geometry";
import { axesInPlane, writeIfAllowed, type PaintGrid } from "./painting";
import type { HuRange, PaintRule } from "./paintRule";
import {
  fillHoles,
  growMm,
  interpolateGaps,
  keepLargest,
  median,
  regionOf,
  removeSmall,
  shrinkMm,
  smooth,
  type Region,
} from "./regions";

export type Operation =
  | { readonly kind: "fill-holes" }
  | { readonly kind: "keep-largest" }
  | { readonly kind: "remove-small"; readonly minimumMm3: number }
  | { readonly kind: "grow"; readonly mm: number }
  | { readonly kind: "shrink"; readonly mm: number }
  | { readonly kind: "smooth"; readonly sigmaMm: number }
  /** What most voxels within `mm` are. */
  | { readonly kind: "median"; readonly mm: number }
  | { readonly kind: "interpolate"; readonly axis: 0 | 1 | 2 }
  /** Take out metal and cement. */
  | { readonly kind: "exclude-above"; readonly hu: number }
  /** What is connected with the seed within the range, no farther than `reachMm`; with `axis` in its slice only. */
  | {
      readonly kind: "grow-from";
      readonly seed: Vec3;
      readonly range: HuRange;
      readonly reachMm: number;
      readonly axis: 0 | 1 | 2 | null;
    }
  /** The shape that the vertebra has in one slice becomes its shape in another. */
  | { readonly kind: "copy-slice"; readonly plane: Plane; readonly from: number; readonly to: number }
  | SplitOperation;

/**
 * A plane through a line that was drawn in a slice, perpendicular to that slice. The voxels of the vertebra on
 * one side of it become another level.
 */
export interface SplitOperation {
  readonly kind: "split";
  /** The two axes of the slice, and the line's ends along them in voxels. */
  readonly axes: readonly [0 | 1 | 2, 0 | 1 | 2];
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly side: 1 | -1;
  readonly target: number;
}

/** On which side of a split's plane a voxel lies: its sign; 0 on the plane. In mm², along the slice's axes. */
export function sideOf(
  { axes, from, to }: Pick<SplitOperation, "axes" | "from" | "to">,
  voxel: Vec3,
  spacingMm: Vec3,
): number {
  const [a, b] = axes;
  const [sa, sb] = [spacingMm[a], spacingMm[b]];
  return (to[0] - from[0]) * sa * (voxel[b] - from[1]) * sb - (to[1] - from[1]) * sb * (voxel[a] - from[0]) * sa;
}

function shaped(region: Region, operation: Operation, spacingMm: Vec3): Region {
  switch (operation.kind) {
    case "fill-holes":
      return fillHoles(region);
    case "keep-largest":
      return keepLargest(region);
    case "remove-small":
      return removeSmall(region, spacingMm, operation.minimumMm3);
    case "grow":
      return growMm(region, spacingMm, operation.mm);
    case "shrink":
      return shrinkMm(region, spacingMm, operation.mm);
    case "smooth":
      return smooth(region, spacingMm, operation.sigmaMm);
    case "median":
      return median(region, spacingMm, operation.mm);
    case "interpolate":
      return interpolateGaps(region, spacingMm, operation.axis);
    case "exclude-above":
    case "grow-from":
    case "copy-slice":
    case "split":
      return region;
  }
}

/** How far beyond the vertebra an operation reads or writes. */
export function paddingMm(operation: Operation, spacingMm: Vec3): number {
  const voxel = Math.max(...spacingMm);
  switch (operation.kind) {
    case "grow":
    case "median":
      return operation.mm + voxel;
    case "smooth":
      return 3 * operation.sigmaMm;
    default:
      // One voxel of outside around the region, to tell an enclosed hole from a bay, and for shrinking.
      return voxel;
  }
}

function write(grid: PaintGrid, rule: PaintRule, recorder: ChangeRecorder, before: Region, after: Region): void {
  const [sx, sy] = before.size;
  const [nx, ny] = grid.shape;
  after.inside.forEach((inside, at) => {
    if (inside === before.inside[at]) return;
    const row = Math.floor(at / sx);
    const [i, j, k] = [before.low[0] + (at % sx), before.low[1] + (row % sy), before.low[2] + Math.floor(row / sy)];
    const index = i + nx * (j + ny * k);
    if (inside === 1) writeIfAllowed(grid, rule, recorder, index);
    else recorder.set(index, 0);
  });
}

function excludeAbove(grid: PaintGrid, label: number, recorder: ChangeRecorder, hu: number): void {
  for (let at = grid.mask.indexOf(label); at >= 0; at = grid.mask.indexOf(label, at + 1)) {
    if ((grid.hu?.[at] ?? 0) > hu) recorder.set(at, 0);
  }
}

/** Flood through 6-neighbours; it goes through the label's own voxels and those that it may take. */
function growFrom(
  grid: PaintGrid,
  rule: PaintRule,
  recorder: ChangeRecorder,
  { seed, range, reachMm, axis }: Extract<Operation, { kind: "grow-from" }>,
): void {
  const [nx, ny, nz] = grid.shape;
  const [ci, cj, ck] = seed.map(Math.round) as [number, number, number];
  const [sx, sy, sz] = grid.spacingMm;
  const seen = new Uint8Array(grid.mask.length);
  const queue: number[] = [];
  const visit = (i: number, j: number, k: number): void => {
    if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) return;
    const index = i + nx * (j + ny * k);
    if (seen[index] === 1) return;
    seen[index] = 1;
    const far = ((i - ci) * sx) ** 2 + ((j - cj) * sy) ** 2 + ((k - ck) * sz) ** 2 > reachMm ** 2;
    const hu = grid.hu?.[index] ?? 0;
    if (far || hu < range.min || hu > range.max) return;
    const here = grid.mask[index] ?? 0;
    if (here !== rule.target && rule.mayChange[here] !== 1) return;
    writeIfAllowed(grid, rule, recorder, index);
    queue.push(index);
  };
  visit(ci, cj, ck);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [i, j, k] = [next % nx, Math.floor(next / nx) % ny, Math.floor(next / (nx * ny))];
    if (axis !== 0) {
      visit(i - 1, j, k);
      visit(i + 1, j, k);
    }
    if (axis !== 1) {
      visit(i, j - 1, k);
      visit(i, j + 1, k);
    }
    if (axis !== 2) {
      visit(i, j, k - 1);
      visit(i, j, k + 1);
    }
  }
}

function split(grid: PaintGrid, label: number, recorder: ChangeRecorder, operation: SplitOperation): void {
  const [nx, ny] = grid.shape;
  for (let at = grid.mask.indexOf(label); at >= 0; at = grid.mask.indexOf(label, at + 1)) {
    const voxel: Vec3 = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
    if (sideOf(operation, voxel, grid.spacingMm) * operation.side > 0) recorder.set(at, operation.target);
  }
}

function copySlice(
  grid: PaintGrid,
  rule: PaintRule,
  recorder: ChangeRecorder,
  { plane, from, to }: Extract<Operation, { kind: "copy-slice" }>,
): void {
  const axis = PLANE_AXIS[plane];
  const [a, b] = axesInPlane(plane);
  const step = [1, grid.shape[0], grid.shape[0] * grid.shape[1]] as const;
  const inSlice = (slice: number): number => slice * step[axis];
  if ([from, to].some((slice) => slice < 0 || slice >= grid.shape[axis])) return;
  const cells: number[] = [];
  for (let y = 0; y < grid.shape[b]; y++) for (let x = 0; x < grid.shape[a]; x++) cells.push(x * step[a] + y * step[b]);
  // An empty slice is nothing to copy: it would erase the other one.
  if (!cells.some((cell) => grid.mask[cell + inSlice(from)] === rule.target)) return;
  for (const cell of cells) {
    const index = cell + inSlice(to);
    if (grid.mask[cell + inSlice(from)] === rule.target) writeIfAllowed(grid, rule, recorder, index);
    else if (grid.mask[index] === rule.target) recorder.set(index, 0);
  }
}

/**
 * Do it to the label of the rule. What is added obeys the rule (paint-over, locks, density gate); what is
 * taken away was the label's own.
 *
 * @param rule the rule for painting with the label; while the label is locked, do not call this
 */
export function operate(grid: PaintGrid, rule: PaintRule, recorder: ChangeRecorder, operation: Operation): void {
  const label = rule.target;
  if (operation.kind === "exclude-above") {
    excludeAbove(grid, label, recorder, operation.hu);
    return;
  }
  if (operation.kind === "grow-from") {
    growFrom(grid, rule, recorder, operation);
    return;
  }
  if (operation.kind === "copy-slice") {
    copySlice(grid, rule, recorder, operation);
    return;
  }
  if (operation.kind === "split") {
    split(grid, label, recorder, operation);
    return;
  }
  const region = regionOf(grid.mask, grid.shape, label, grid.spacingMm, paddingMm(operation, grid.spacingMm));
  if (region) write(grid, rule, recorder, region, shaped(region, operation, grid.spacingMm));
}
