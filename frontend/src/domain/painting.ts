/**
 * Paint on the voxel grid. Distances are in mm along the grid's own axes, so a brush is round on an
 * anisotropic grid, and in the plane that the reader sees on an oblique one.
 */

import type { ChangeRecorder } from "./changes";
import { PLANE_AXIS, type Plane, type Shape, type Vec3 } from "./geometry";
import type { LabelArray } from "./labelArray";
import type { PaintRule } from "./paintRule";

export interface PaintGrid {
  readonly shape: Shape;
  readonly spacingMm: Vec3;
  readonly mask: LabelArray;
  /** HU on the same grid; needed by gated rules only. */
  readonly hu: Int16Array | null;
}

export type BrushShape = { readonly kind: "circle"; readonly plane: Plane } | { readonly kind: "sphere" };

interface Bounds {
  readonly low: Vec3;
  readonly high: Vec3;
}

/** Write the rule's target into a voxel, where the rule lets it. */
export function writeIfAllowed(grid: PaintGrid, rule: PaintRule, recorder: ChangeRecorder, index: number): void {
  if (rule.mayChange[grid.mask[index] ?? 0] !== 1) return;
  if (rule.gate && grid.hu) {
    const hu = grid.hu[index] ?? 0;
    if (hu < rule.gate.min || hu > rule.gate.max) return;
  }
  recorder.set(index, rule.target);
}

function capsuleBounds(grid: PaintGrid, from: Vec3, to: Vec3, radiusMm: number, flatAxis: number | null): Bounds {
  const edge = (axis: 0 | 1 | 2, side: -1 | 1): number => {
    if (axis === flatAxis) return Math.round(from[axis]);
    const reach = radiusMm / grid.spacingMm[axis];
    return side < 0
      ? Math.max(0, Math.ceil(Math.min(from[axis], to[axis]) - reach))
      : Math.min(grid.shape[axis] - 1, Math.floor(Math.max(from[axis], to[axis]) + reach));
  };
  return { low: [edge(0, -1), edge(1, -1), edge(2, -1)], high: [edge(0, 1), edge(1, 1), edge(2, 1)] };
}

/**
 * Paint everything within `radiusMm` of the way from one voxel position to the next: a stroke without
 * gaps, however fast the hand was. A circle stays in the slice of its plane; a sphere goes through slices.
 * The voxel under the cursor is always reached, also by a brush smaller than a voxel.
 */
export function paintCapsule(
  grid: PaintGrid,
  rule: PaintRule,
  recorder: ChangeRecorder,
  brush: BrushShape,
  from: Vec3,
  to: Vec3,
  radiusMm: number,
): void {
  const flatAxis = brush.kind === "circle" ? PLANE_AXIS[brush.plane] : null;
  if (flatAxis !== null && !isInside(Math.round(from[flatAxis]), grid.shape[flatAxis])) return;
  const { low, high } = capsuleBounds(grid, from, to, radiusMm, flatAxis);
  const [sx, sy, sz] = grid.spacingMm;
  const mm = (v: Vec3): Vec3 => [v[0] * sx, v[1] * sy, flatAxis === 2 ? 0 : v[2] * sz];
  const flat = (v: Vec3): Vec3 => [flatAxis === 0 ? 0 : v[0], flatAxis === 1 ? 0 : v[1], flatAxis === 2 ? 0 : v[2]];
  const start = mm(flat(from));
  const end = mm(flat(to));
  const way: Vec3 = [end[0] - start[0], end[1] - start[1], end[2] - start[2]];
  const waySquared = way[0] ** 2 + way[1] ** 2 + way[2] ** 2;
  const limit = radiusMm ** 2;
  const [nx, ny] = grid.shape;
  for (let k = low[2]; k <= high[2]; k++) {
    const z = (flatAxis === 2 ? 0 : k * sz) - start[2];
    for (let j = low[1]; j <= high[1]; j++) {
      const y = (flatAxis === 1 ? 0 : j * sy) - start[1];
      const row = nx * (j + ny * k);
      for (let i = low[0]; i <= high[0]; i++) {
        const x = (flatAxis === 0 ? 0 : i * sx) - start[0];
        const along = waySquared === 0 ? 0 : (x * way[0] + y * way[1] + z * way[2]) / waySquared;
        const t = along < 0 ? 0 : along > 1 ? 1 : along;
        const squared = (x - t * way[0]) ** 2 + (y - t * way[1]) ** 2 + (z - t * way[2]) ** 2;
        if (squared <= limit) writeIfAllowed(grid, rule, recorder, row + i);
      }
    }
  }
  paintVoxel(grid, rule, recorder, to);
}

function isInside(index: number, size: number): boolean {
  return index >= 0 && index < size;
}

function paintVoxel(grid: PaintGrid, rule: PaintRule, recorder: ChangeRecorder, at: Vec3): void {
  const [i, j, k] = [Math.round(at[0]), Math.round(at[1]), Math.round(at[2])];
  const [nx, ny, nz] = grid.shape;
  if (!isInside(i, nx) || !isInside(j, ny) || !isInside(k, nz)) return;
  writeIfAllowed(grid, rule, recorder, i + nx * (j + ny * k));
}

/** The two array axes that lie in a plane. */
export function axesInPlane(plane: Plane): readonly [0 | 1 | 2, 0 | 1 | 2] {
  switch (plane) {
    case "sagittal":
      return [1, 2];
    case "coronal":
      return [0, 2];
    case "axial":
      return [0, 1];
  }
}

function strides(shape: Shape): Vec3 {
  return [1, shape[0], shape[0] * shape[1]];
}

export interface SliceRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Cut with scissors: every voxel whose centre lies inside the polygon (or outside it), in the given slices
 * of the plane. The polygon's points are voxel positions along `axesInPlane(plane)`; even-odd rule.
 */
export function paintPolygon(
  grid: PaintGrid,
  rule: PaintRule,
  recorder: ChangeRecorder,
  plane: Plane,
  slices: SliceRange,
  polygon: readonly (readonly [number, number])[],
  side: "inside" | "outside" = "inside",
): void {
  const through = PLANE_AXIS[plane];
  const [a, b] = axesInPlane(plane);
  const step = strides(grid.shape);
  const first = Math.max(0, slices.first);
  const last = Math.min(grid.shape[through] - 1, slices.last);
  for (let row = 0; row < grid.shape[b]; row++) {
    const crossings = polygonCrossings(polygon, row);
    for (let column = 0; column < grid.shape[a]; column++) {
      const inside = crossings.filter((x) => x <= column).length % 2 === 1;
      if (inside !== (side === "inside")) continue;
      for (let slice = first; slice <= last; slice++) {
        writeIfAllowed(grid, rule, recorder, column * step[a] + row * step[b] + slice * step[through]);
      }
    }
  }
}

/** Where the polygon's edges cross a row, ascending. */
export function polygonCrossings(polygon: readonly (readonly [number, number])[], row: number): number[] {
  const crossings: number[] = [];
  polygon.forEach(([x1, y1], index) => {
    const next = polygon[(index + 1) % polygon.length];
    if (!next) return;
    const [x2, y2] = next;
    // Half open, so that a corner lying exactly on the row counts once.
    if (y1 <= row !== y2 <= row) crossings.push(x1 + ((row - y1) / (y2 - y1)) * (x2 - x1));
  });
  return crossings.sort((p, q) => p - q);
}

/**
 * Fill the connected area (4-neighbours) of equal label around a voxel, in one slice of the plane.
 *
 * @returns false, with nothing changed, where the area is background that reaches the slice's border: that
 *   is the outside of the body and never what a reader means
 */
export function fillArea(grid: PaintGrid, rule: PaintRule, recorder: ChangeRecorder, plane: Plane, at: Vec3): boolean {
  const [a, b] = axesInPlane(plane);
  const step = strides(grid.shape);
  const through = PLANE_AXIS[plane];
  const slice = Math.round(at[through]) * step[through];
  const seed = [Math.round(at[a]), Math.round(at[b])] as const;
  const indexOf = (x: number, y: number): number => slice + x * step[a] + y * step[b];
  const area = connectedArea([grid.shape[a], grid.shape[b]], seed, (x, y) => grid.mask[indexOf(x, y)] ?? 0);
  if (!area) return false;
  for (const [x, y] of area) writeIfAllowed(grid, rule, recorder, indexOf(x, y));
  return true;
}

/** The cells of a picture that are connected with a seed (4-neighbours) and have its label; null where that is open background. */
export function connectedArea(
  [na, nb]: readonly [number, number],
  seed: readonly [number, number],
  labelAt: (x: number, y: number) => number,
): (readonly [number, number])[] | null {
  if (!isInside(seed[0], na) || !isInside(seed[1], nb)) return null;
  const label = labelAt(seed[0], seed[1]);
  const seen = new Uint8Array(na * nb);
  const area: (readonly [number, number])[] = [];
  const queue: number[] = [seed[0] + na * seed[1]];
  seen[queue[0] ?? 0] = 1;
  while (queue.length > 0) {
    const cell = queue.pop() ?? 0;
    const [x, y] = [cell % na, Math.floor(cell / na)];
    if (label === 0 && (x === 0 || y === 0 || x === na - 1 || y === nb - 1)) return null;
    area.push([x, y]);
    for (const [nextX, nextY] of [
      [x - 1, y],
      [x + 1, y],
      [x, y - 1],
      [x, y + 1],
    ] as const) {
      if (!isInside(nextX, na) || !isInside(nextY, nb)) continue;
      const next = nextX + na * nextY;
      if (seen[next] || labelAt(nextX, nextY) !== label) continue;
      seen[next] = 1;
      queue.push(next);
    }
  }
  return area;
}
