import { describe, expect, it } from "vitest";
import { trainingGap } from "./trainingCases";

const KEYS = [{ purpose: "training" }, { purpose: "gold" }] as const;

describe("trainingGap", () => {
  it("says when fewer cases are chosen than the protocol asks for", () => {
    expect(trainingGap(1, [])).toBe(
      "The protocol asks for 1 training case, but none is chosen: open an accepted case and use it for training.",
    );
    expect(trainingGap(3, KEYS)).toContain("3 training cases, but only 1 is chosen");
  });

  it("says nothing where enough are", () => {
    expect(trainingGap(1, KEYS)).toBeNull();
    expect(trainingGap(0, [])).toBeNull();
  });
});
