import { describe, expect, it } from "vitest";
import { emptyParts, emptyPartsText } from "./emptyParts";

type Given = Parameters<typeof emptyParts>[0];
type Counts = Given["counts"];
const NONE = { series: 0, vertebrae: 0, fractures: 0 };

function release(patients: Record<string, number | null>, fractions: Given["fractions"]): Given {
  const splits = Object.fromEntries(
    Object.entries(patients).map(([split, count]) => [split, { ...NONE, patients: count }]),
  );
  return { fractions, counts: { patients: 3, series: 3, vertebrae: 0, fractures: 0, splits } as Counts };
}

const THIRDS = { training: 0.34, validation: 0.33, test: 0.33 };

describe("parts that nobody is in", () => {
  it("names those that a share was asked for", () => {
    const given = release({ training: 1, validation: 2, test: 0 }, THIRDS);
    expect(emptyParts(given)).toEqual(["test"]);
    expect(emptyPartsText(given)).toContain("Nobody is in: Test (may be secret).");
  });

  it("says nothing of parts that nobody asked for, and of a sealed one that does not tell", () => {
    expect(
      emptyParts(release({ training: 3, validation: 0, test: 0 }, { training: 1, validation: 0, test: 0 })),
    ).toEqual([]);
    expect(emptyPartsText(release({ training: 2, validation: 1, test: null }, THIRDS))).toBe("");
  });
});
