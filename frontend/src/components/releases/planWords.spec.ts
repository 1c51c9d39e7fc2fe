import { describe, expect, it } from "vitest";
import { decidedBy, offBy } from "./planWords";

describe("a plan in words", () => {
  it("says who decided where a patient stands", () => {
    const place = { subject: "sub-0001", split: "test", version: "1.0", series: 1 } as const;
    expect(decidedBy({ ...place, decided_by: "earlier" })).toBe("as in 1.0");
    expect(decidedBy({ ...place, decided_by: "hand" })).toBe("by hand");
    expect(decidedBy({ ...place, decided_by: "seed", version: "" })).toBe("by the seed");
  });

  it("finds the part that is furthest from its share", () => {
    const wanted = { training: 5, validation: 2.5, test: 2.5 };
    const trait = { kind: "Sex", name: "women", total: 10 };
    expect(offBy({ ...trait, splits: { training: 5, validation: 1, test: 4 }, wanted })).toBe(1.5);
    expect(offBy({ ...trait, splits: wanted, wanted })).toBe(0);
  });
});
