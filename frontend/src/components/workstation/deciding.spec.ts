import { expect, it } from "vitest";
import { choiceOfKey, firstSpotOf, spotPlace } from "./deciding";

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
