import { describe, expect, it } from "vitest";
import type { VoxelBox } from "./changes";
import { isInView } from "./summary";

const box: VoxelBox = { low: [10, 10, 10], high: [20, 20, 20] };

describe("isInView", () => {
  it("needs a slice that cuts the box", () => {
    const everything = [
      [0, 0, 0],
      [99, 99, 99],
    ] as const;
    expect([9, 10, 20, 21].map((slice) => isInView(box, 0, slice, everything))).toEqual([false, true, true, false]);
  });

  it("needs the part of the slice where the box lies, whichever way the axes run", () => {
    expect(
      isInView(box, 0, 15, [
        [15, 0, 0],
        [15, 9, 99],
      ]),
    ).toBe(false);
    expect(
      isInView(box, 0, 15, [
        [15, 99, 99],
        [15, 21, 0],
      ]),
    ).toBe(false);
    expect(
      isInView(box, 0, 15, [
        [15, 99, 99],
        [15, 20, 0],
      ]),
    ).toBe(true);
    expect(
      isInView(box, 2, 15, [
        [0, 0, 15],
        [10, 10, 15],
      ]),
    ).toBe(true);
  });
});
