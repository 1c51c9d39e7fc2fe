import { expect, it } from "vitest";
import { differingAt, levelsAt } from "./spotFocus";

const own = Uint8Array.from([0, 22, 22, 0]);
const sources = {
  A: Uint8Array.from([0, 22, 22, 0]),
  B: Uint8Array.from([0, 22, 0, 0]),
  C: Uint8Array.from([0, 23, 22, 0]),
};

it("those who have something else at the spot are drawn; everybody where nobody has", () => {
  expect(differingAt(own, sources, 2)).toEqual(["B"]);
  expect(differingAt(own, sources, 1)).toEqual(["C"]);
  expect(differingAt(own, sources, 0)).toEqual(["A", "B", "C"]);
});

it("on the spot's vertebra alone, and on what they call it", () => {
  expect([...levelsAt(sources.B, 2, 22)]).toEqual([22]);
  expect([...levelsAt(sources.C, 1, 22)]).toEqual([22, 23]);
});
