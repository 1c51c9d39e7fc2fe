import { describe, expect, it } from "vitest";
import { commonScale, roundTicks } from "./scales";

describe("a scale for all raters", () => {
  it("has round ends beyond the values", () => {
    expect(commonScale([0.913, 0.947, 0.988], 0.001)).toEqual([0.9, 1]);
    expect(commonScale([3.2, 11.7], 0.1)).toEqual([0, 15]);
  });

  it("is written at round numbers", () => {
    expect(roundTicks([0.931, 0.972, 0.978], 0.001)).toEqual([0.92, 0.94, 0.96, 0.98]);
    expect(roundTicks([3.2, 11.7], 0.1)).toEqual([0, 5, 10, 15]);
    expect(roundTicks([0.5], 0.001).length).toBeGreaterThan(1);
  });

  it("begins and ends where it must", () => {
    expect(commonScale([0.913, 0.947], 0.001, { to: 1 })).toEqual([0.9, 1]);
    expect(commonScale([3.2, 11.7], 0.1, { from: 0 })).toEqual([0, 15]);
    expect(commonScale([0.4], 0.01, { from: 0, to: 1 })).toEqual([0, 1]);
  });

  it("has a span where all values are alike", () => {
    const [low, high] = commonScale([0.95, 0.95], 0.001);
    expect(low).toBeLessThanOrEqual(0.95);
    expect(high).toBeGreaterThan(low);
    expect(commonScale([1], 0.001, { to: 1 })[0]).toBeLessThan(1);
    expect(commonScale([0], 0.1, { from: 0 })[1]).toBeGreaterThan(0);
  });
});
