import { expect, it } from "vitest";
import type { Simulation } from "@/api/types";
import { basisText, unknownText, weeksText } from "./simulationText";

const weeks = (early: number | null, median: number | null, late: number | null) =>
  weeksText({ weeks_early: early, weeks_median: median, weeks_late: late } as Simulation);

it("says where minutes come from, and where there are none", () => {
  expect(basisText({ basis: "observed", hand_ins: 3 })).toBe("3 submitted tasks");
  expect(basisText({ basis: "same_kind", hand_ins: 1 })).toContain("other stages");
  expect(basisText({ basis: "none", hand_ins: 0 })).toContain("no minutes");
  const stages = [{}, {}] as Simulation["stages"];
  expect(unknownText({ unknown: [], stages })).toBeNull();
  expect(unknownText({ unknown: ["Review"], stages })).toContain("Review");
  expect(unknownText({ unknown: ["Rating", "Review"], stages })).toContain("Nobody has submitted");
});

it("gives a range only where there is one", () => {
  expect(weeks(null, null, null)).toContain("Not known");
  expect(weeks(2, 2.04, 2)).toBe("2.0 weeks");
  expect(weeks(1.5, 2, 3)).toContain("1.5 to 3.0");
});
