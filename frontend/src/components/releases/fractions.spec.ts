import { describe, expect, it } from "vitest";
import { fractionProblem, nextVersion, toFractions } from "./fractions";

describe("release form", () => {
  it("takes shares that make the whole, and says what others make", () => {
    expect(fractionProblem({ training: 50, validation: 25, test: 25 })).toBeNull();
    expect(fractionProblem({ training: 60, validation: 25, test: 25 })).toMatch("110 %");
    expect(fractionProblem({ training: 130, validation: -10, test: -20 })).toMatch("negative");
  });

  it("sends fractions", () => {
    expect(toFractions({ training: 50, validation: 25, test: 25 })).toEqual({
      training: 0.5,
      validation: 0.25,
      test: 0.25,
    });
  });

  it("counts versions by number, not by letter", () => {
    expect(nextVersion(["1.9", "1.10", "1.2"])).toBe("1.11");
    expect(nextVersion(["v2.0"])).toBe("2.1");
    expect(nextVersion([])).toBe("1.0");
    expect(nextVersion(["spring"])).toBe("1.0");
  });
});
