/** Edits of a whole vertebra at one press: what the tools of the panel do to the mask, voxel by voxel. */

import type { ChangeRecorder } from "./changes";
import type { Vec3 } from "./geometry";
import { writeIfAllowed, type PaintGrid } from "./painting";
import type { HuRange, PaintRule } from "./paintRule";
import { fillHoles, growMm, interpolateGaps, keepLargest, regionOf, removeSmall, shrinkMm, smooth, type Region } from "./regions";

export type Operation =
  | { readonly kind: "fill-holes" }
  | { readonly kind: "keep-largest" }
  | { readonly kind: "remove-small"; readonly minimumMm3: number }
  | { readonly kind: "grow"; readonly mm: number }
  | { readonly kind: "shrink"; readonly mm: number }
  | { readonly kind: "smooth"; readonly sigmaMm: number }
  | { readonly kind: "interpolate"; readonly axis: 0 | 1 | 2 }
  /** Take out metal and cement. */
  | { readonly kind: "exclude-above"; readonly hu: number }
  /** Bone connected with the seed within the range, no farther from it than `reachMm`. */
  | { readonly kind: "grow-from"; readonly seed: Vec3; readonly range: HuRange; readonly reachMm: number };

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
    case "interpolate":
      return interpolateGaps(region, spacingMm, operation.axis);
    case "exclude-above":
    case "grow-from":
      return region;
  }
}

function paddingMm(operation: Operation, spacingMm: Vec3): number {
  const voxel = Math.max(...spacingMm);
  switch (operation.kind) {
    case "grow":
      return operation.mm;
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
function growFrom(grid: PaintGrid, rule: PaintRule, recorder: ChangeRecorder, { seed, range, reachMm }: Extract<Operation, { kind: "grow-from" }>): void {
  const [nx, ny, nz] = grid.shape;
  const [ci, cj, ck] = seed.map(Math.round) as [number, number, number];
  const [sx, sy, sz] = grid.spacingMm;
  const seen = new Set<number>();
  const queue: (readonly [number, number, number])[] = [];
  const visit = (i: number, j: number, k: number): void => {
    if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) return;
    const index = i + nx * (j + ny * k);
    if (seen.has(index)) return;
    seen.add(index);
    const far = ((i - ci) * sx) ** 2 + ((j - cj) * sy) ** 2 + ((k - ck) * sz) ** 2 > reachMm ** 2;
    const hu = grid.hu?.[index] ?? 0;
    if (far || hu < range.min || hu > range.max) return;
    const here = grid.mask[index] ?? 0;
    if (here !== rule.target && rule.mayChange[here] !== 1) return;
    writeIfAllowed(grid, rule, recorder, index);
    queue.push([i, j, k]);
  };
  visit(ci, cj, ck);
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [i, j, k] = next;
    visit(i - 1, j, k);
    visit(i + 1, j, k);
    visit(i, j - 1, k);
    visit(i, j + 1, k);
    visit(i, j, k - 1);
    visit(i, j, k + 1);
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
  const region = regionOf(grid.mask, grid.shape, label, grid.spacingMm, paddingMm(operation, grid.spacingMm));
  if (region) write(grid, rule, recorder, region, shaped(region, operation, grid.spacingMm));
}
