import { expect, it } from "vitest";
import type { Series } from "@/api/types";
import { levelsText, nextStep } from "./nextStep";

const READY = { held: false, same_scans: [], run: null, case_id: "c1" };
const run = (state: string) => ({ state }) as unknown as Series["run"];
const twin = (answer: string) => [{ answer }] as unknown as Series["same_scans"];

it("names what holds a series up, the first thing first", () => {
  expect(nextStep({ ...READY, held: true, same_scans: twin("") }, true)).toMatch(/^Confirm the numbers/);
  expect(nextStep({ ...READY, held: true, same_scans: twin("") }, false)).toMatch(/same scan/);
  expect(nextStep({ ...READY, held: true, same_scans: twin("keep_out") }, false)).toMatch(/kept out/);
  expect(nextStep({ ...READY, run: run("failed") }, false)).toMatch(/Start it again/);
});

it("says that nothing is to do while the first mask is made, and when the case is ready", () => {
  expect(nextStep({ ...READY, case_id: null, run: run("running") }, false)).toMatch(/^Nothing to do/);
  expect(nextStep({ ...READY, case_id: null }, false)).toMatch(/^Nothing to do/);
  expect(nextStep({ ...READY, run: run("succeeded") }, false)).toMatch(/^Ready/);
});

it("tells the levels from the top down, T13 between T12 and L1", () => {
  expect(levelsText([20, 28, 19])).toBe("T12 to L1 (3 levels)");
  expect(levelsText([21, 20])).toBe("L1, L2");
  expect(levelsText([])).toBe("");
});
