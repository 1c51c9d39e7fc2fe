import { describe, expect, it } from "vitest";
import { isChanged, levelsOf, problemOf } from "./numbering";

const row = (number: number, level: number | null) => ({ number, level, voxels: 10, volume_ml: 1, reason: "" });
const reading = {
  key: "totalsegmentator",
  name: "TotalSegmentator 2",
  why: "",
  names_levels: true,
  rows: [row(26, 26), row(27, 24), row(90, null)],
};

describe("the table of a mask's numbers", () => {
  it("starts as a reading proposes it", () => {
    const levels = levelsOf(reading);
    expect([...levels]).toEqual([
      [26, 26],
      [27, 24],
      [90, null],
    ]);
    expect(problemOf(levels)).toBeNull();
    expect(isChanged(levels, reading)).toBe(false);
  });

  it("knows when it was changed by hand", () => {
    expect(isChanged(new Map([...levelsOf(reading), [27, 23]]), reading)).toBe(true);
    expect(isChanged(new Map([...levelsOf(reading), [27, null]]), reading)).toBe(true);
  });

  it("names a level that is given twice, and asks for one at least", () => {
    expect(
      problemOf(
        new Map([
          [26, 24],
          [27, 24],
          [90, null],
        ]),
      ),
    ).toContain("L5");
    expect(
      problemOf(
        new Map([
          [26, null],
          [90, null],
        ]),
      ),
    ).toContain("Name at least one level");
  });
});
