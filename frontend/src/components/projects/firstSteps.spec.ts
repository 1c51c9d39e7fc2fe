import { describe, expect, it } from "vitest";
import type { Board, Project } from "@/api/types";
import { firstSteps } from "./firstSteps";

const STAGES = [{ kind: "correct", overlap: 1, roles: ["rater"] }] as unknown as Project["protocol"]["stages"];
const RATER = { user: { id: "u1" }, role: "rater", active: true } as const;

function known({
  series = 0,
  accepted = 0,
  guidelines = "",
  members = [] as (typeof RATER)[],
  submitted = 0,
  returned = 0,
}) {
  return {
    project: {
      counts: { series, accepted, cases: series, quarantined: 0 },
      guidelines,
      protocol: { stages: STAGES } as Project["protocol"],
    },
    members,
    board: { raters: [{ submitted, returned }] as unknown as Board["raters"] },
  };
}

const doneOf = (facts: Parameters<typeof known>[0]) =>
  firstSteps(known(facts)).map(({ key, done }) => `${key}:${done}`);

describe("the first steps of a project", () => {
  it("tick one by one", () => {
    expect(doneOf({})).toEqual(["upload:false", "people:false", "guidelines:false", "try:false"]);
    expect(doneOf({ series: 1 })[0]).toBe("upload:true");
    expect(doneOf({ members: [RATER] })[1]).toBe("people:true");
    expect(doneOf({ guidelines: " \n" })[2]).toBe("guidelines:false");
    expect(doneOf({ guidelines: "# Rules" })[2]).toBe("guidelines:true");
    expect(doneOf({ submitted: 1 })[3]).toBe("try:true");
    expect(doneOf({ returned: 1 })[3], "it was tried, and sent back").toBe("try:true");
  });

  it("leave once all are done", () => {
    const all = { series: 1, guidelines: "x", members: [RATER], submitted: 1 };
    expect(doneOf(all)).toEqual([]);
    expect(doneOf({ ...all, submitted: 0 })).toHaveLength(4);
  });

  it("do not come back to a project that runs", () => {
    expect(doneOf({ accepted: 1 })).toEqual([]);
  });
});
