// @vitest-environment node
import { describe, expect, it } from "vitest";
import { VolumeGeometry, type Vec3 } from "./geometry";
import { labelArea, outlineArea, outsideOf, voxelsOfArea, type SheetArea } from "./sheetArea";
import { visitLines } from "./sheetLines";
import { StraightSheet } from "./straighten";

/** Oblique and anisotropic: 0.9 x 1.2 x 2.6 mm, turned about two axes. */
const [C, S] = [Math.cos(0.2), Math.sin(0.2)];
const GEOMETRY = new VolumeGeometry(
  [90, 80, 60],
  [
    [0.9 * C, 1.2 * S, 0, -30],
    [-0.9 * S * C, 1.2 * C * C, -2.6 * S, 20],
    [-0.9 * S * S, 1.2 * C * S, 2.6 * C, -70],
    [0, 0, 0, 1],
  ],
);
const PIXEL_MM = 0.9;
const STEP_MM = 0.9;

/** A spine bent to the side and forward through the middle of the volume, head to foot. */
function bent(): StraightSheet {
  const [x, y, z] = GEOMETRY.voxelToLpsMm([45, 40, 30]);
  const centres = Array.from({ length: 5 }, (_, at): Vec3 => [
    x + 8 * Math.sin(at),
    y + 10 * Math.cos(0.8 * at),
    z + 50 - 25 * at,
  ]);
  const sheet = StraightSheet.through(centres, PIXEL_MM);
  if (!sheet) throw new Error("no sheet");
  return sheet;
}

const SHEET = bent();
const ALL = (): boolean => true;
const placeOf = (index: number) => SHEET.fromLps(GEOMETRY.voxelToLpsMm(GEOMETRY.voxelOfFlatIndex(index)));
const OUTLINE = [
  [80, 120],
  [110, 118],
  [104, 150],
  [84, 146],
] as const;

function labelsOn(mask: Uint8Array, lateralMm: number): Uint8Array {
  const labels = new Uint8Array(SHEET.rows * SHEET.columns);
  const [nx, ny, nz] = GEOMETRY.shape;
  visitLines(
    { rows: SHEET.rows, columns: SHEET.columns, rowLine: (row) => SHEET.rowLine(row, lateralMm) },
    GEOMETRY,
    (pixel, i, j, k) => {
      const [x, y, z] = [Math.round(i), Math.round(j), Math.round(k)];
      if (x >= 0 && y >= 0 && z >= 0 && x < nx && y < ny && z < nz)
        labels[pixel] = mask[GEOMETRY.flatIndex(x, y, z)] ?? 0;
    },
  );
  return labels;
}

function painted(indices: Iterable<number>): Uint8Array {
  const mask = new Uint8Array(90 * 80 * 60);
  for (const index of indices) mask[index] = 20;
  return mask;
}

/** The area with so many pixels more at its border, or fewer. */
function widened({ rows, columns, inside }: SheetArea, by: number): SheetArea {
  const reach = Math.abs(by);
  const keeps = by > 0 ? 1 : 0;
  const result = inside.map((_, pixel) => {
    const [row, column] = [Math.floor(pixel / columns), pixel % columns];
    for (let r = Math.max(0, row - reach); r <= Math.min(rows - 1, row + reach); r++) {
      for (let c = Math.max(0, column - reach); c <= Math.min(columns - 1, column + reach); c++)
        if (inside[r * columns + c] === keeps) return keeps;
    }
    return 1 - keeps;
  });
  return { rows, columns, inside: result };
}

const has = (area: SheetArea, row: number, column: number): boolean =>
  area.inside[Math.round(row) * area.columns + Math.round(column)] === 1;

describe("an area of the straightened picture", () => {
  const area = outlineArea(SHEET.rows, SHEET.columns, OUTLINE);

  it("finds a place from one nearby as it finds it from anywhere", () => {
    for (let index = 0; index < 90 * 80 * 60; index += 997) {
      const place = placeOf(index);
      const near = SHEET.placeNear(GEOMETRY.voxelToLpsMm(GEOMETRY.voxelOfFlatIndex(index)), 0);
      if (place.row < 0 || place.row > SHEET.rows - 1) continue;
      expect(Math.abs(near.row - place.row)).toBeLessThan(1.01);
      expect(Math.abs(near.column - place.column)).toBeLessThan(1);
    }
  });

  it("covers every pixel that it was drawn over, and no place away from it", () => {
    const found = voxelsOfArea(SHEET, GEOMETRY, area, { lateralMm: 1.8, stepMm: STEP_MM, sheets: 0 }, ALL);
    const labels = labelsOn(painted(found), 1.8);
    area.inside.forEach((value, pixel) => value === 1 && expect(labels[pixel]).toBe(20));
    // A voxel is up to three pixels long here: its neighbours' pixels may show it.
    const around = widened(area, 3);
    labels.forEach((label, pixel) => label === 20 && expect(around.inside[pixel]).toBe(1));
    for (const index of found) expect(Math.abs(placeOf(index).lateralMm - 1.8)).toBeLessThan(1.6);
  });

  it("goes through neighbouring sheets without leaving a voxel between them", () => {
    const found = voxelsOfArea(SHEET, GEOMETRY, area, { lateralMm: 0, stepMm: STEP_MM, sheets: 4 }, ALL);
    const [core, around] = [widened(area, -2), widened(area, 3)];
    const voxels = [...found].map((index) => GEOMETRY.voxelOfFlatIndex(index));
    const [low, high] = [Math.min, Math.max].map((end, side) =>
      [0, 1, 2].map(
        (axis) =>
          voxels.reduce((most, voxel) => end(most, voxel[axis] ?? 0), voxels[0]?.[axis] ?? 0) +
          2 * (side === 0 ? -1 : 1),
      ),
    );
    let within = 0;
    const wrong: Vec3[] = [];
    for (let index = 0; index < 90 * 80 * 60; index++) {
      const voxel = GEOMETRY.voxelOfFlatIndex(index);
      if (!voxel.every((at, axis) => at >= (low?.[axis] ?? 0) && at <= (high?.[axis] ?? 0))) continue;
      const { row, column, lateralMm } = placeOf(index);
      const isWithin = has(core, row, column) && Math.abs(lateralMm) <= 4.5 * STEP_MM - 0.01;
      if (isWithin) within += 1;
      const isRight = found.has(index) ? has(around, row, column) && Math.abs(lateralMm) < 6 : !isWithin;
      if (!isRight) wrong.push(voxel);
    }
    expect(wrong).toEqual([]);
    expect(within).toBeGreaterThan(500);
  });

  it("and what is outside of it are all voxels of a box, each once", () => {
    const box = { low: [20, 20, 20], high: [60, 60, 40] } as const;
    const depth = { lateralMm: 0, stepMm: STEP_MM, sheets: "all" } as const;
    const within = (index: number): boolean =>
      GEOMETRY.voxelOfFlatIndex(index).every((at, axis) => at >= (box.low[axis] ?? 0) && at <= (box.high[axis] ?? 0));
    const inside = voxelsOfArea(SHEET, GEOMETRY, area, depth, within, box);
    const outside = voxelsOfArea(SHEET, GEOMETRY, outsideOf(area), depth, within, box);
    expect(inside.size).toBeGreaterThan(1000);
    expect(new Set([...inside, ...outside]).size).toBe(41 * 41 * 21);
  });

  it("of one label ends at its border, and is none where background is open", () => {
    const disc = painted(voxelsOfArea(SHEET, GEOMETRY, area, { lateralMm: 0, stepMm: STEP_MM, sheets: 2 }, ALL));
    const labels = labelsOn(disc, 0);
    const found = labelArea(SHEET.rows, SHEET.columns, labels, [95, 135]);
    expect(found?.inside).toEqual(labels.map((label) => (label === 20 ? 1 : 0)));
    expect(labelArea(SHEET.rows, SHEET.columns, labels, [3, 3])).toBeNull();
  });
});
