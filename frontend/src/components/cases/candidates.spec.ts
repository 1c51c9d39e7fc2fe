import { describe, expect, it } from "vitest";
import type { CaseTask, Member } from "@/api/types";
import { candidatesFor } from "./candidates";

function member(id: string, role: Member["role"], active = true): Pick<Member, "user" | "role" | "active"> {
  return { user: { id, name: id.toUpperCase(), email: `${id}@x.test` }, role, active };
}

function task(
  kind: CaseTask["kind"],
  ...raters: [id: string, state: string][]
): Pick<CaseTask, "id" | "kind" | "assignments"> {
  const assignments = raters.map(([id, state]) => ({ rater: { id, name: id }, state }));
  return { id: kind, kind, assignments: assignments as unknown as CaseTask["assignments"] };
}

const MEMBERS = [
  member("ada", "rater"),
  member("rana", "radiologist"),
  member("ravi", "radiologist"),
  member("rosa", "radiologist", false),
];
const READ = task("grade", ["rana", "submitted"], ["ravi", "cancelled"]);
const RADIOLOGISTS = { roles: ["radiologist" as const] };
const idsOf = (rows: readonly { value: string }[]) => rows.map(({ value }) => value);

describe("candidatesFor", () => {
  it("offers members with the stage's role who are here and do not have the task", () => {
    expect(idsOf(candidatesFor(READ, [READ], RADIOLOGISTS, MEMBERS))).toEqual(["ravi"]);
    expect(idsOf(candidatesFor(task("correct"), [], { roles: ["rater"] }, MEMBERS))).toEqual(["ada"]);
  });

  it("offers no judgement to who has worked on the case", () => {
    const review = task("review");
    expect(idsOf(candidatesFor(review, [READ, review], RADIOLOGISTS, MEMBERS))).toEqual(["ravi"]);
    const both = [READ, task("adjudicate", ["ravi", "submitted"]), review];
    expect(candidatesFor(review, both, RADIOLOGISTS, MEMBERS)).toEqual([]);
  });

  it("lets who reviewed a former round review again", () => {
    const former = task("review", ["ravi", "submitted"]);
    expect(idsOf(candidatesFor(task("review"), [READ, former], RADIOLOGISTS, MEMBERS))).toEqual(["ravi"]);
  });
});
