import { describe, expect, it } from "vitest";
import { columnTitle, formatP, groupRows, testTitle, typeRows } from "./rows";

describe("rows of the statistics", () => {
  it("keep the order in which the server counted", () => {
    expect(groupRows({ T12: 3, L1: 2 })).toEqual([
      { group: "T12", count: 3 },
      { group: "L1", count: 2 },
    ]);
    expect(typeRows({ wedge: { "1": 2, "2": 0, "3": 1 } })).toEqual([{ group: "Wedge", "1": 2, "2": 0, "3": 1 }]);
  });

  it("have names for people", () => {
    expect([testTitle("bmd"), testTitle("sex"), columnTitle("training")]).toEqual(["Bone density", "Sex", "Training"]);
  });

  it.each([
    [null, "–"],
    [0.0004, "< 0.001"],
    [0.0388, "0.039"],
    [0.9502, "0.95"],
    [1, "1.00"],
  ])("show p %s as %s", (p, shown) => {
    expect(formatP(p)).toBe(shown);
  });
});
