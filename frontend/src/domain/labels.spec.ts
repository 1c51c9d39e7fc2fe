import { describe, expect, it } from "vitest";
import {
  changeGrading,
  emptyGrading,
  gradableOf,
  gradeOfHeightLoss,
  gradingKey,
  missingGradings,
  missingIn,
  type Grading,
  type GradingSchema,
} from "./grading";
import {
  CascadeError,
  deleteLevel,
  insertLevel,
  isThoracolumbar,
  labelOf,
  nameOf,
  neighbourLevel,
  planOf,
  relabelCascade,
  sortLabels,
} from "./labels";

const labels = (names: string): number[] => names.split(" ").map((name) => labelOf(name) ?? -1);
const named = (moves: Map<number, number>): string =>
  [...moves].map(([from, to]) => `${nameOf(from)}>${nameOf(to)}`).join(" ");

describe("labels", () => {
  it("are in anatomical order, T13 between T12 and L1", () => {
    expect(sortLabels([26, 20, 28, 19, 1, 25]).map(nameOf)).toEqual(["C1", "T12", "T13", "L1", "L6", "S"]);
    expect(sortLabels([99, 20])).toEqual([20, 99]);
    expect(nameOf(99)).toBe("label 99");
  });

  it("know which are graded", () => {
    expect(labels("T1 T13 L6").every(isThoracolumbar)).toBe(true);
    expect(labels("C7 S Cocc").some(isThoracolumbar)).toBe(false);
  });
});

describe("relabel cascade", () => {
  it("moves the whole spine by one level", () => {
    expect(named(relabelCascade(labels("T11 T12 L1 L2"), 19, 20, "all"))).toBe("T11>T12 T12>L1 L1>L2 L2>L3");
  });

  it("moves one side only and refuses to merge two levels", () => {
    expect(named(relabelCascade(labels("T11 T12 L2 L3"), 21, 20, "below"))).toBe("L2>L1 L3>L2");
    expect(() => relabelCascade(labels("T11 T12 L1"), 19, 20, "one")).toThrow(CascadeError);
    expect(() => relabelCascade(labels("T12 L1 L2"), 19, 20, "above")).toThrow(/both be L1/);
  });

  it("walks over T13 and L6 only where the spine has them", () => {
    expect(named(relabelCascade(labels("T12 L1 L2"), 20, 28, "one"))).toBe("L1>T13");
    expect(named(relabelCascade(labels("T12 L1 L2 L3"), 20, 28, "below"))).toBe("L1>T13 L2>L1 L3>L2");
    expect(named(relabelCascade(labels("L4 L5"), 24, 25, "one"))).toBe("L5>L6");
  });

  it("skips T12 for an eleven-rib spine, and leaves the sacrum alone", () => {
    expect(named(relabelCascade(labels("T11 T12 L1 S"), 19, 20, "below"))).toBe("T12>L1 L1>L2");
  });

  it("knows a spine of eleven ribs: T11 is followed by L1", () => {
    expect(planOf(labels("T10 T11 L1 L2"))).toEqual({ thoracic: 11, lumbar: 5 });
    expect(
      named(relabelCascade(labels("T10 T11 T12 L1 L2 L3 L4 L5 S"), 19, 20, "below", { thoracic: 11, lumbar: 6 })),
    ).toBe("T12>L1 L1>L2 L2>L3 L3>L4 L4>L5 L5>L6");
    expect(named(relabelCascade(labels("T10 T11 L1 L2"), 18, 19, "above", { thoracic: 12, lumbar: 5 }))).toBe(
      "T10>T11 T11>T12",
    );
    // Twelve ribs after all: what was L1 is T12, and the levels above keep their names.
    expect(named(relabelCascade(labels("T11 L1 L2"), 21, 20, "all", { thoracic: 12, lumbar: 5 }))).toBe("L1>T12 L2>L1");
  });

  it("knows a sacralised L5: L4 meets the sacrum, and nothing moves into it", () => {
    expect(planOf(labels("L3 L4 S"))).toEqual({ thoracic: 12, lumbar: 4 });
    expect(() => relabelCascade(labels("L2 L3 L4 S"), 21, 22, "below", { thoracic: 12, lumbar: 4 })).toThrow(
      /L4 has no level/,
    );
    expect(named(relabelCascade(labels("L2 L3 L4 S"), 21, 22, "below", { thoracic: 12, lumbar: 5 }))).toBe(
      "L2>L3 L3>L4 L4>L5",
    );
    expect(named(relabelCascade(labels("L4 L5"), 24, 26, "one"))).toBe("L5>S");
  });

  it("adds a thirteenth pair of ribs or a sixth lumbar vertebra where the spine is said to have it", () => {
    expect(named(relabelCascade(labels("T12 L1 L2"), 20, 28, "below", { thoracic: 13, lumbar: 5 }))).toBe(
      "L1>T13 L2>L1",
    );
    expect(named(insertLevel(labels("L3 L4 L5 S"), 24, { thoracic: 12, lumbar: 6 }))).toBe("L5>L6");
    expect(neighbourLevel(19, 1, { thoracic: 13, lumbar: 5 })).toBe(28);
    expect(neighbourLevel(18, 1, { thoracic: 11, lumbar: 5 })).toBe(20);
    expect(neighbourLevel(23, 1, { thoracic: 12, lumbar: 4 })).toBe(26);
    expect(neighbourLevel(1, -1, { thoracic: 12, lumbar: 5 })).toBeNull();
  });

  it("refuses to run off the spine", () => {
    expect(() => relabelCascade(labels("C1 C2"), 2, 1, "all")).toThrow(/no level/);
    expect(() => relabelCascade(labels("L4 L5 S"), 23, 24, "all")).toThrow(/L5 has no level/);
  });
});

describe("grading", () => {
  it("cuts at 20, 25 and 40 per cent", () => {
    expect([19.99, 20, 24.99, 25, 39.99, 40].map(gradeOfHeightLoss)).toEqual([0, 1, 1, 2, 2, 3]);
  });

  it("keeps a grading sound", () => {
    const graded = changeGrading(emptyGrading(20), { grade: 2, fracture_type: "wedge" });
    expect(graded).toMatchObject({ grade: 2, fracture_type: "wedge" });
    expect(changeGrading(graded, { grade: 0 })).toMatchObject({ grade: 0, fracture_type: "" });
    expect(changeGrading(graded, { not_gradable_reason: "cut_off" })).toMatchObject({ grade: null, fracture_type: "" });
    expect(changeGrading(emptyGrading(20), { fracture_type: "crush" })).toEqual(emptyGrading(20));
    const reason = changeGrading(emptyGrading(20), { not_gradable_reason: "fused" });
    expect(changeGrading(reason, { grade: 1 })).toMatchObject({ grade: 1, not_gradable_reason: "" });
  });

  it("says what is missing, head to foot, on the trunk only", () => {
    const gradings = new Map<number, Grading>([
      [20, { ...emptyGrading(20), grade: 2 }],
      [21, { ...emptyGrading(21), not_gradable_reason: "cut_off" }],
    ]);
    expect(missingGradings([21, 20, 28, 7, 26], gradings)).toEqual([
      { label: 28, missing: ["grade"] },
      { label: 20, missing: ["fracture type"] },
    ]);
    expect(missingIn({ ...emptyGrading(20), grade: 0 })).toEqual([]);
    const schema: GradingSchema = {
      title: "Ours",
      fields: [
        { name: "fracture_type", asked: true, needed: "fracture", options: [] },
        { name: "osteoporotic", asked: true, needed: "always", options: [] },
        { name: "comment", asked: false, needed: "never", options: [] },
      ],
    };
    expect(missingIn({ ...emptyGrading(20), grade: 2 }, schema)).toEqual(["fracture type", "osteoporotic"]);
    expect(missingIn({ ...emptyGrading(20), grade: 0, osteoporotic: false }, schema)).toEqual([]);
    expect(missingIn({ ...emptyGrading(20), not_gradable_reason: "motion" }, schema)).toEqual([]);
  });

  it("reads the keys 0-3 and w, b, c", () => {
    expect(gradingKey("2")).toEqual({ kind: "grade", grade: 2 });
    expect(gradingKey("W")).toEqual({ kind: "type", type: "wedge" });
    expect(gradingKey("4")).toBeNull();
    expect(gradingKey("wedge")).toBeNull();
  });
});

describe("taking a level out and putting one in", () => {
  const [T11, T12, L1, L2, L5, L6, S] = [18, 19, 20, 21, 24, 25, 26] as const;

  it("erases it, and closes the gap where that is wanted", () => {
    expect(deleteLevel([T11, T12, L1], T12, false)).toEqual(new Map([[T12, 0]]));
    expect(deleteLevel([T11, T12, L1, L2, S], T12, true)).toEqual(
      new Map([
        [T12, 0],
        [L1, T12],
        [L2, L1],
      ]),
    );
  });

  it("leaves a sacrum that is all there is below", () => {
    expect(deleteLevel([L5, S], L5, true)).toEqual(new Map([[L5, 0]]));
  });

  it("moves a level and all below down by one", () => {
    expect(insertLevel([T11, T12, L1], T12)).toEqual(
      new Map([
        [T12, L1],
        [L1, L2],
      ]),
    );
    expect(() => insertLevel([L5, S], L5)).toThrow(CascadeError);
    expect(() => insertLevel([L5, L6, S], L5)).toThrow(CascadeError);
  });
});

it("grades no cervical vertebra and no sacrum", () => {
  expect(gradableOf(labels("S L5 C7 T1 C1 T13 L6"))).toEqual(labels("T1 T13 L5 L6"));
});
