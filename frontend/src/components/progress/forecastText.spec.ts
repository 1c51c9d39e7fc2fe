import { expect, it } from "vitest";
import type { Course } from "@/api/types";
import { forecastText } from "./forecastText";

const READY: Course["forecast"] = {
  state: "ready",
  remaining: 2431,
  weeks: 12,
  accepted: 60,
  early: "2026-05-01T12:00:00Z",
  median: "2026-06-01T12:00:00Z",
  late: "2026-07-01T12:00:00Z",
  least_weeks: 4,
  least_accepted: 10,
};

it.each([
  [{}, /^2,431 cases left\. Done about 1 Jun.* 2026, between 1 May 2026 and 1 Jul.* 2026/],
  [{}, /60 cases accepted in 12 complete weeks\)\.$/],
  [{ late: null }, /and more than ten years from now/],
  [{ early: null, median: null, late: null }, /takes more than ten years/],
  [{ state: "done" as const }, /^Every case is accepted\.$/],
  [
    { state: "too_little" as const, weeks: 1, accepted: 1 },
    /1 case accepted in 1 complete week, of at least 10 in 4\.$/,
  ],
  [{ state: "stalled" as const, accepted: 0 }, /Nothing was accepted in the last 12 complete weeks/],
])("says of %o what is known", (more, text) => {
  expect(forecastText({ ...READY, ...more })).toMatch(text);
});
