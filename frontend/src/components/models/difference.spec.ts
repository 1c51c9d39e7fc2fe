import { describe, expect, it } from "vitest";
import { describeDifference } from "./difference";

describe("describeDifference", () => {
  it("tells the difference with its interval and counts", () => {
    const summary = {
      vertebrae: 10,
      patients: 3,
      difference: 0.0213,
      interval_95: [-0.01, 0.052],
      better: 6,
      worse: 1,
    };
    expect(describeDifference(summary)).toBe(
      "Dice +0.021 (95 % interval −0.010 to +0.052): 6 vertebrae better, 1 worse, 3 the same.",
    );
  });

  it("claims no interval for one patient", () => {
    const summary = { vertebrae: 2, patients: 1, difference: -0.1, interval_95: null, better: 0, worse: 2 };
    expect(describeDifference(summary)).toBe(
      "Dice −0.100 (one patient: no interval): 0 vertebrae better, 2 worse, 0 the same.",
    );
  });

  it("says so where nothing was compared", () => {
    expect(describeDifference({ vertebrae: 0, patients: 0 })).toBe("Nothing could be compared.");
  });
});
