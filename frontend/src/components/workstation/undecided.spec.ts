import { describe, expect, it } from "vitest";
import { isGradeOnly, isNameOnly, neverInView, undecidedLabels } from "./undecided";

const decision = { choice: "fused", slot: null, reason: "" } as const;

describe("undecidedLabels", () => {
  it("asks for no mask where the grades alone differ", () => {
    const items = [
      { label: 20, reason: "grade", decision: null },
      { label: 21, reason: "dice,grade", decision: null },
      { label: 22, reason: "hd95", decision },
      { label: 23, reason: "naming", decision: null },
    ];
    expect(undecidedLabels(items)).toEqual([21, 23]);
  });

  it("asks for a mask where no reason is told", () => {
    expect(isGradeOnly({ reason: "" })).toBe(false);
    expect(isGradeOnly({ reason: "grade" })).toBe(true);
  });

  it("asks for no mask where the name alone is not certain", () => {
    const items = [
      { label: 20, reason: "unconfirmed", decision: null },
      { label: 21, reason: "unconfirmed,grade", decision: null },
      { label: 22, reason: "dice,unconfirmed", decision: null },
    ];
    expect(undecidedLabels(items)).toEqual([22]);
    expect(items.map(isNameOnly)).toEqual([true, false, false]);
    expect(isNameOnly({ reason: "naming,unconfirmed" })).toBe(true);
  });
});

describe("neverInView", () => {
  it("counts levels of the mask alone", () => {
    expect(neverInView([19, 20, 21], [20, 24])).toEqual([19, 21]);
  });
});
