import { describe, expect, it } from "vitest";
import { norm, subtract, type Vec3 } from "./geometry";
import { StraightSheet } from "./straighten";

/** A kyphotic and scoliotic spine, head to foot, LPS mm. */
const CURVED: readonly Vec3[] = Array.from({ length: 8 }, (_, index) => {
  const t = index / 7;
  return [18 * Math.sin(Math.PI * t), 30 * Math.sin(2 * t), -30 * index];
});

function sheet(centres: readonly Vec3[] = CURVED): StraightSheet {
  const made = StraightSheet.through(centres, 0.8);
  if (!made) throw new Error("no sheet");
  return made;
}

describe("the straightened sheet", () => {
  it("needs two centres", () => {
    expect(StraightSheet.through([], 1)).toBeNull();
    expect(StraightSheet.through([[0, 0, 0]], 1)).toBeNull();
  });

  it("of a straight spine is the sagittal plane itself", () => {
    const straight = sheet([
      [5, 7, 100],
      [5, 7, 60],
      [5, 7, 20],
    ]);
    const [x, y, z] = straight.toLps({ row: 10, column: 12, lateralMm: 3 });
    expect(x).toBeCloseTo(8, 6);
    expect(y).toBeCloseTo(7 + 12 * 0.8 - 82.5, 6);
    expect(z).toBeCloseTo(145 - 8, 6);
  });

  it("passes through every centre, in one column and without lateral offset", () => {
    const curved = sheet();
    const places = CURVED.map((centre) => curved.fromLps(centre));
    for (const { column, lateralMm } of places) {
      expect(column * 0.8).toBeCloseTo(82.5, 0);
      expect(Math.abs(lateralMm)).toBeLessThan(0.5);
    }
    const rows = places.map(({ row }) => row);
    expect([...rows].sort((a, b) => a - b)).toEqual(rows);
  });

  it("rows are one pixel apart along the line", () => {
    const curved = sheet();
    for (let row = 1; row < curved.rows; row++) {
      const column = 82.5 / 0.8;
      const way = subtract(
        curved.toLps({ row, column, lateralMm: 0 }),
        curved.toLps({ row: row - 1, column, lateralMm: 0 }),
      );
      expect(norm(way)).toBeCloseTo(0.8, 1);
    }
  });

  it("maps places there and back", () => {
    const curved = sheet();
    for (const place of [
      { row: 120, column: 90, lateralMm: 4 },
      { row: 200.4, column: 120.5, lateralMm: -6 },
      { row: 40, column: 100, lateralMm: 0 },
    ]) {
      const back = curved.toLps(curved.fromLps(curved.toLps(place)));
      expect(norm(subtract(back, curved.toLps(place)))).toBeLessThan(1e-6);
      expect(Math.abs(curved.fromLps(curved.toLps(place)).row - place.row)).toBeLessThan(1);
    }
  });
});
