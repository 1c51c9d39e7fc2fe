import { expect, it } from "vitest";
import { choiceOfKey, firstSpotOf, middleOf, onwards, placeInAny, spotPlace } from "./deciding";

const item = (label: number, reason: string, decided = false) => ({
  label,
  reason,
  decision: decided ? { choice: "fused", slot: null, reason: "" } : null,
});

it("looks first at the spot of a vertebra that is still open", () => {
  const spots = [{ label: 20 }, { label: 22 }, { label: 21 }];
  expect(firstSpotOf(spots, [item(20, "dice", true), item(21, "hd95"), item(22, "grade")])).toBe(2);
  expect(firstSpotOf(spots, [item(20, "dice", true)])).toBe(0);
  expect(firstSpotOf([], [item(20, "dice")])).toBe(-1);
});

it("finds a vertebra that the mask in work does not have where the others drew it", () => {
  const spots = [
    { label: 20, voxel: [1, 2, 3] as const },
    { label: 21, voxel: [4, 5, 6] as const },
  ];
  expect(spotPlace(spots, 21)).toEqual([4, 5, 6]);
  expect(spotPlace(spots, 22)).toBeNull();
});

it("has a key for each decision, and none for who is not there", () => {
  const sources = ["fused", "A", "B"];
  expect(choiceOfKey("A", sources)).toEqual({ choice: "rater", slot: "A" });
  expect(choiceOfKey("F", sources)).toEqual({ choice: "fused", slot: null });
  expect(choiceOfKey("P", sources)).toEqual({ choice: "painted", slot: null });
  for (const key of ["a", "C", "f", "fused", "Enter"]) expect(choiceOfKey(key, sources)).toBeNull();
  expect(choiceOfKey("F", ["fused", "A", "B", "C", "D", "E", "F"])).toEqual({ choice: "rater", slot: "F" });
  expect(choiceOfKey("F", ["A"])).toBeNull();
});

it("finds a vertebra without a spot in the mask of whoever drew it", () => {
  const mask = new Uint8Array(3 * 4 * 5);
  for (const k of [1, 2, 3]) mask[2 + 3 * (1 + 4 * k)] = 21;
  expect(middleOf(mask, [3, 4, 5], 21)).toEqual([2, 1, 2]);
  expect(middleOf(mask, [3, 4, 5], 22)).toBeNull();
  expect(placeInAny([new Uint8Array(60), mask], [3, 4, 5], 21)).toEqual([2, 1, 2]);
  expect(placeInAny([mask], [3, 4, 5], 22)).toBeNull();
});

it("ticks a vertebra that is decided, and goes on to what is undecided, then to what has no tick", () => {
  const labels = [19, 20, 21, 22];
  expect(onwards(labels, [20, 22], [19, 20, 21, 22], 21)).toEqual({ ticks: true, next: 22 });
  expect(onwards(labels, [22], [19, 20, 21, 22], 19)).toEqual({ ticks: true, next: 22 });
  expect(onwards(labels, [20], [20, 22], 22)).toEqual({ ticks: true, next: 20 });
  expect(onwards(labels, [20, 21], [20, 21], 20)).toEqual({ ticks: false, next: 21 });
  expect(onwards(labels, [], [19, 21], 20)).toEqual({ ticks: false, next: 21 });
  expect(onwards(labels, [], [21], 21)).toEqual({ ticks: true, next: null });
  expect(onwards(labels, [21], [21], 21), "it is the last").toEqual({ ticks: false, next: 21 });
});
