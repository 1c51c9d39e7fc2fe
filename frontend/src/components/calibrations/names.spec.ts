import { describe, expect, it } from "vitest";
import { exclusionName, lineText } from "./names";

describe("lineText", () => {
  it("writes the sign of the intercept once", () => {
    expect(lineText({ kind: "density", slope: 0.8, intercept: -5 })).toBe("mg/cm³ = 0.8 × HU − 5");
    expect(lineText({ kind: "contrast", slope: 0.9, intercept: 10 })).toBe("HU without contrast = 0.9 × HU + 10");
  });
});

describe("exclusionName", () => {
  it("shows a reason without words as it is", () => {
    expect([exclusionName("too_small"), exclusionName("other")]).toEqual(["region too small", "other"]);
  });
});
