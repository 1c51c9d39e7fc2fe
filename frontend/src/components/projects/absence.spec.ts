import { expect, it } from "vitest";
import { absenceOf } from "./absence";

it("knows an absence until its last day, and none after it", () => {
  const entered = { away_from: "2026-03-02", away_until: "2026-03-04", work_waits: true };
  expect(absenceOf(entered, new Date(2026, 1, 20))).toEqual(entered);
  expect(absenceOf(entered, new Date(2026, 2, 4, 23))).toEqual(entered);
  expect(absenceOf(entered, new Date(2026, 2, 5))).toEqual({ away_from: null, away_until: null, work_waits: false });
  expect(absenceOf({ ...entered, away_until: null }).away_until).toBeNull();
});
