import { describe, expect, it } from "vitest";
import { isGradeOnly, undecidedLabels } from "./undecided";

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
});
