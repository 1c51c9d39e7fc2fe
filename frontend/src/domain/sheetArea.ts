/**
 * Areas of a straightened picture, and the voxels of the original grid that they stand for: those that the picture
 * shows there, and those between them, which no pixel of it happens to hit.
 */

import type { VoxelBox } from "./changes";
import type { Vec3, VolumeGeometry } from "./geometry";
import { connectedArea, polygonCrossings } from "./painting";
import { visitLines } from "./sheetLines";
import type { StraightSheet } from "./straighten";

/** Pixels of a sheet: 1 inside, column fastest. */
export interface SheetArea {
  readonly rows: number;
  readonly columns: number;
  readonly inside: Uint8Array;
}

/** The sheets that an edit goes through: so many on each side of the one shown, all of them `stepMm` apart. */
export interface SheetDepth {
  readonly lateralMm: number;
  readonly stepMm: number;
  readonly sheets: number | "all";
}

/** The pixels whose centres lie within an outline of points (column, row); even-odd rule. */
export function outlineArea(rows: number, columns: number, outline: readonly (readonly [number, number])[]): SheetArea {
  const inside = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const crossings = polygonCrossings(outline, row);
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      const [from, to] = [
        Math.max(0, Math.ceil(crossings[at] ?? 0)),
        Math.min(columns, Math.ceil(crossings[at + 1] ?? 0)),
      ];
      if (to > from) inside.fill(1, row * columns + from, row * columns + to);
    }
  }
  return { rows, columns, inside };
}

/** The pixels connected with one and of its label; null where that is background open to the picture's border. */
export function labelArea(
  rows: number,
  columns: number,
  labels: Uint8Array,
  seed: readonly [number, number],
): SheetArea | null {
  const cells = connectedArea([columns, rows], seed, (column, row) => labels[row * columns + column] ?? 0);
  if (!cells) return null;
  const inside = new Uint8Array(rows * columns);
  for (const [column, row] of cells) inside[row * columns + column] = 1;
  return { rows, columns, inside };
}

export function outsideOf({ rows, columns, inside }: SheetArea): SheetArea {
  return { rows, columns, inside: inside.map((value) => 1 - value) };
}

/** The voxels that the sheets show in an area, each pixel its nearest. */
function shownIn(
  sheet: StraightSheet,
  geometry: VolumeGeometry,
  { rows, columns, inside }: SheetArea,
  laterals: readonly number[],
): Set<number> {
  const found = new Set<number>();
  const [nx, ny, nz] = geometry.shape;
  for (const lateralMm of laterals) {
    visitLines({ rows, columns, rowLine: (row) => sheet.rowLine(row, lateralMm) }, geometry, (pixel, i, j, k) => {
      if (inside[pixel] !== 1) return;
      const [x, y, z] = [Math.round(i), Math.round(j), Math.round(k)];
      if (x >= 0 && y >= 0 && z >= 0 && x < nx && y < ny && z < nz) found.add(geometry.flatIndex(x, y, z));
    });
  }
  return found;
}

function boxAround(geometry: VolumeGeometry, indices: Iterable<number>): VoxelBox | null {
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-1, -1, -1];
  for (const index of indices) {
    const voxel = geometry.voxelOfFlatIndex(index);
    for (const axis of [0, 1, 2] as const) {
      low[axis] = Math.min(low[axis], voxel[axis]);
      high[axis] = Math.max(high[axis], voxel[axis]);
    }
  }
  return high[0] < 0 ? null : { low, high };
}

/** Go through the voxels of a box that are wanted, with the LPS mm of each. */
function visitBox(
  geometry: VolumeGeometry,
  { low, high }: VoxelBox,
  wanted: (index: number) => boolean,
  visit: (index: number, point: Vec3) => void,
): void {
  const [origin, alongI] = [geometry.voxelToLpsMm([0, 0, 0]), geometry.voxelToLpsMm([1, 0, 0])];
  const step = [alongI[0] - origin[0], alongI[1] - origin[1], alongI[2] - origin[2]] as const;
  for (let k = low[2]; k <= high[2]; k++) {
    for (let j = low[1]; j <= high[1]; j++) {
      const start = geometry.voxelToLpsMm([0, j, k]);
      const row = geometry.flatIndex(0, j, k);
      for (let i = low[0]; i <= high[0]; i++) {
        if (wanted(row + i)) visit(row + i, [start[0] + i * step[0], start[1] + i * step[1], start[2] + i * step[2]]);
      }
    }
  }
}

/**
 * The voxels of an area, through the sheets of a depth.
 *
 * @param wanted which voxels come into question at all: asked before a voxel's place is worked out
 * @param box where those lie, if that is known; needed for a depth of "all"
 */
export function voxelsOfArea(
  sheet: StraightSheet,
  geometry: VolumeGeometry,
  area: SheetArea,
  depth: SheetDepth,
  wanted: (index: number) => boolean,
  box: VoxelBox | null = null,
): Set<number> {
  const { lateralMm, stepMm } = depth;
  const sheets = depth.sheets === "all" ? 0 : depth.sheets;
  const laterals = Array.from({ length: 2 * sheets + 1 }, (_, at) => lateralMm + (at - sheets) * stepMm);
  const shown = shownIn(sheet, geometry, area, laterals);
  const reachMm = depth.sheets === "all" ? Infinity : (sheets + 0.5) * stepMm;
  const found = new Set([...shown].filter(wanted));
  const within = box ?? boxAround(geometry, shown);
  if (!within) return found;
  let nearby = sheet.rows / 2;
  visitBox(geometry, within, wanted, (index, point) => {
    const place = sheet.placeNear(point, nearby);
    nearby = place.row;
    const [row, column] = [Math.round(place.row), Math.round(place.column)];
    const isOnSheet = row >= 0 && column >= 0 && row < area.rows && column < area.columns;
    if (isOnSheet && Math.abs(place.lateralMm - lateralMm) <= reachMm && area.inside[row * area.columns + column] === 1)
      found.add(index);
  });
  return found;
}
