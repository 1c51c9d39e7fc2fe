// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { Place } from "@/api/assignments";
import type { Act } from "@/state/outbox/acts";
import { boxAround, nextPlace, placeIn, withTicks } from "./places";

const place = (n: number, looked = false): Place => ({
  kind: "leak",
  label: 20,
  other: null,
  message: "",
  voxel: [n, 5, 5],
  low: [n - 1, 5, 5],
  high: [n + 2, 5, 40],
  volume_mm3: 100,
  looked,
});

const ticked = (n: number, looked: boolean): { act: Act } => {
  const { kind, label, voxel } = place(n);
  return { act: { kind: "looked", place: { kind, label, voxel }, looked } };
};

describe("places to look at", () => {
  it("are walked to those that are not ticked, round the end, until none is left", () => {
    const list = [place(0, true), place(1), place(2, true), place(3)];
    expect([-1, 0, 1, 3].map((at) => nextPlace(list, at, 1))).toEqual([1, 1, 3, 1]);
    expect(nextPlace([place(0, true)], 0, 1)).toBeNull();
    expect(nextPlace([], -1, 1)).toBeNull();
  });

  it("are walked back one by one, ticked or not", () => {
    const list = [place(0, true), place(1), place(2)];
    expect([2, 1, 0, -1].map((at) => nextPlace(list, at, -1))).toEqual([1, 0, 0, 0]);
  });

  it("show ticks that the server does not have yet, the last one of each place", () => {
    const shown = withTicks([place(0), place(1, true), place(2)], [ticked(0, true), ticked(1, false), ticked(0, false), ticked(2, true)]); // prettier-ignore
    expect(shown.map(({ looked }) => looked)).toEqual([false, false, true]);
  });

  it("stay in hand when the list is made anew, though an edit has moved them a little", () => {
    const list = [place(40), place(3), { ...place(1), label: 21 }, place(8)];
    expect(placeIn(list, place(1), [1, 1, 1])).toBe(1);
    expect(placeIn(list, place(20), [1, 1, 1])).toBe(-1);
    expect(placeIn(list, place(20), [0.5, 1, 1]), "in mm").toBe(3);
  });

  it("are shown whole, with their surroundings in mm", () => {
    expect(boxAround(place(60), [0.5, 1, 2.5])).toEqual({ low: [10, -20, -5], high: [110, 30, 40] });
  });
});
