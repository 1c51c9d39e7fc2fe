import { describe, expect, it } from "vitest";
import { basisText, pairsText } from "./pairs";

describe("pairs of raters in words", () => {
  it("says when no two masks are there to compare", () => {
    expect(basisText(0)).toContain("only grades are compared");
    expect(basisText(1234)).toBe("1,234 comparisons of two raters on a vertebra");
  });

  it("counts the pairs behind a curve", () => {
    expect(pairsText([])).toBe("no pairs of raters");
    expect(pairsText([3, 3])).toBe("n = 3 pairs of raters each");
    expect(pairsText([4, 1, 3])).toBe("n = 1 to 4 pairs of raters each");
  });
});
