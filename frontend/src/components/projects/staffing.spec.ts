import { describe, expect, it } from "vitest";
import { duty, needText, peopleNeeded, staffingGaps } from "./staffing";

const VERSE = [
  { kind: "correct", overlap: 1, roles: ["rater"] },
  { kind: "correct", overlap: 1, roles: ["radiologist"] },
  { kind: "grade", overlap: 2, roles: ["radiologist"] },
  { kind: "fuse", overlap: 1, roles: [] },
  { kind: "adjudicate", overlap: 1, roles: ["radiologist"] },
  { kind: "review", overlap: 1, roles: ["radiologist"] },
] as const;
const STAGES = VERSE.map((stage) => ({ ...stage, roles: [...stage.roles] }));

function member(id: string, role: "rater" | "radiologist", active = true) {
  return { user: { id }, role, active };
}

describe("peopleNeeded", () => {
  it("counts readers and judges of one role as different people", () => {
    expect(peopleNeeded(STAGES).map(needText)).toEqual(["1 rater", "4 radiologists"]);
  });

  it("counts the widest of several stages of work, not their sum", () => {
    const stages = [
      { kind: "correct" as const, overlap: 3, roles: ["rater" as const] },
      { kind: "grade" as const, overlap: 2, roles: ["rater" as const] },
      { kind: "review" as const, overlap: 1, roles: ["radiologist" as const] },
    ];
    expect(peopleNeeded(stages).map(needText)).toEqual(["3 raters", "1 radiologist"]);
  });
});

describe("staffingGaps", () => {
  it("says what is missing, and nothing once it is there", () => {
    const two = [member("a", "rater"), member("b", "radiologist"), member("c", "radiologist")];
    expect(staffingGaps(STAGES, two)).toEqual(["The protocol needs 4 radiologists; there are 2."]);
    expect(staffingGaps(STAGES, [...two, member("d", "radiologist"), member("e", "radiologist")])).toEqual([]);
  });

  it("counts those of the group that a stage is for, once it is known who they are", () => {
    const stages = [{ kind: "correct" as const, overlap: 2, roles: ["rater" as const], group: "g" }];
    const people = [member("a", "rater"), member("b", "rater")];
    const students = { id: "g", name: "Students", user_ids: ["a"] };
    expect(staffingGaps(stages, people, [students])).toEqual([
      "The protocol needs 2 raters of the group Students; there is 1.",
    ]);
    expect(staffingGaps(stages, people, [{ ...students, user_ids: ["a", "b"] }])).toEqual([]);
    expect(staffingGaps(stages, people)).toEqual([]);
  });

  it("counts nobody who has left, and nobody twice", () => {
    const rows = [
      member("a", "rater"),
      ...["b", "c", "d", "d"].map((id) => member(id, "radiologist")),
      member("e", "radiologist", false),
    ];
    expect(staffingGaps(STAGES, rows)).toEqual(["The protocol needs 4 radiologists; there are 3."]);
    expect(staffingGaps(STAGES, [])[0]).toBe("The protocol needs 1 rater; there are 0.");
  });
});

describe("duty", () => {
  it("names people and what comes of their work", () => {
    expect(duty({ kind: "correct", overlap: 3, roles: ["rater"], grade: true, method: "majority" })).toBe(
      "3 raters, blinded; mask and grades",
    );
    expect(duty({ kind: "correct", overlap: 1, roles: ["rater"], grade: false, method: "majority" })).toBe("rater");
  });

  it("promises no mask of those who only grade", () => {
    expect(duty({ kind: "grade", overlap: 2, roles: ["radiologist"], grade: true, method: "majority" })).toBe(
      "2 radiologists, blinded; grades",
    );
  });
});
