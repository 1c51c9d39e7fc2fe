import { expect, it } from "vitest";
import { TOUR_OVER, tourSteps, wantsTour } from "./tour";

it("is shown until it is over, and again where it is asked for", () => {
  expect(wantsTour({})).toBe(true);
  expect(wantsTour(null)).toBe(true);
  expect(wantsTour({ tour: null })).toBe(true);
  expect(wantsTour({ tour: TOUR_OVER })).toBe(false);
});

it("has five steps for every kind of task, and speaks of painting only where there is some", () => {
  for (const kind of ["correct", "grade", "adjudicate", "review"] as const) {
    expect(tourSteps(kind, false)).toHaveLength(5);
    expect(tourSteps(kind, false)[2]?.text).not.toContain("brushes");
  }
  expect(tourSteps("correct", true)[2]?.text).toContain("brushes");
  expect(tourSteps("review", false)[4]?.text).toContain("Accept the case");
});
