import { expect, it } from "vitest";
import type { MyLoad } from "@/api/types";
import { loadText } from "./loadText";

const load: MyLoad = {
  open: 2,
  week_seconds: 5400,
  max_open: 2,
  max_weekly_hours: 1,
  away_until: "2026-12-24",
  reason: "",
};

it("says why nothing new is handed out", () => {
  expect(loadText(load)).toBeNull();
  expect(loadText({ ...load, reason: "open" })).toContain("2 of 2 tasks");
  expect(loadText({ ...load, reason: "hours" })).toContain("1.5 of 1 hours");
  expect(loadText({ ...load, reason: "away" })).toContain("24 Dec 2026");
});
