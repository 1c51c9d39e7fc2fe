import { expect, it } from "vitest";
import { paceText, unseenText, whyFast } from "./paceText";

const pace = { seconds: 3, seconds_per_vertebra: 1.5, vertebrae: 2, floor: 2, median: null, of: 0 } as const;

it("says how fast, and against what", () => {
  expect(paceText(pace)).toBe("1.5 s a vertebra, 3 s for 2");
  expect(whyFast({ ...pace, why: "floor" })).toBe("below 2 s a vertebra nobody has looked");
  expect(whyFast({ ...pace, why: "median", median: 40.04, of: 12 })).toBe("the median of 12 submissions is 40.0 s");
  expect(whyFast({ ...pace, why: "" })).toBe("");
});

it("names levels that nobody looked at", () => {
  expect(unseenText([19, 20])).toBe("T12, L1");
  expect(unseenText(null)).toBe("");
});
