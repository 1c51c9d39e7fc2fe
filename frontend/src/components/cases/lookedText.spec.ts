import { describe, expect, it } from "vitest";
import { placeText, untickedText } from "./lookedText";

const level = (label: number, looked: boolean) => ({ label, looked, changed: false, before: false });

describe("ticks of submitted work", () => {
  it("names the vertebrae that were left out", () => {
    expect(untickedText([level(19, true), level(20, false), level(21, false)])).toEqual({
      text: "Not ticked as looked at: L1, L2",
      all: false,
    });
  });

  it("says it once where all or none were ticked", () => {
    expect(untickedText([level(19, true)])).toEqual({ text: "All vertebrae ticked as looked at", all: true });
    expect(untickedText([level(19, false)]).text).toBe("No vertebra ticked as looked at");
  });

  it("names a place by what it is and where", () => {
    expect(placeText({ kind: "leak", label: 14, voxel: [1, 2, 3] })).toBe("possible leak, T7");
    expect(placeText({ kind: "doubt", label: null, voxel: [1, 2, 3] })).toBe("the engine's doubt");
  });
});
