import { expect, it } from "vitest";
import { labelOf, nameOf } from "@/domain/labels";
import { levelActs, reallyActs, type LevelAct, type Made } from "./levelActs";

const labels = (...names: string[]): number[] => names.map((name) => labelOf(name) ?? -1);

function told({ made }: { readonly made: Made }): string {
  return "problem" in made
    ? made.problem
    : [...made.moves].map(([from, to]) => `${nameOf(from)}>${to === 0 ? "" : nameOf(to)}`).join(" ");
}

function acts(names: readonly string[], of: string): Record<string, string> {
  return Object.fromEntries(levelActs(labels(...names), labelOf(of) ?? -1).map((act: LevelAct) => [act.id, told(act)]));
}

it("one act moves the names of the whole spine up or down, from whichever vertebra it is asked", () => {
  for (const of of ["T11", "L1", "L3"]) {
    const { "all-up": up, "all-down": down } = acts(["T11", "T12", "L1", "L2", "L3"], of);
    expect(up).toBe("T11>T10 T12>T11 L1>T12 L2>L1 L3>L2");
    expect(down).toBe("T11>T12 T12>L1 L1>L2 L2>L3 L3>L4");
  }
});

it("a vertebra is merged with its neighbours in the mask and with nothing beyond its ends", () => {
  expect(acts(["T11", "T12", "L2", "L4", "L5"], "L2")).toMatchObject({
    "merge-up": "L2>T12",
    "merge-down": "L2>L4",
    delete: "L2>",
  });
  expect(acts(["T12", "L2"], "T12")).not.toHaveProperty("merge-up");
  expect(acts(["T12", "L2"], "L2")).not.toHaveProperty("merge-down");
});

it("says in words why the names cannot move", () => {
  expect(acts(["L4", "L5", "S"], "L5")["all-down"]).toMatch(/^L5 has no level to move to: say that .*L6/);
  expect(acts(["C1", "C2"], "C2")["all-up"]).toMatch(/C1/);
  expect(acts(["C1", "C2"], "C1")).not.toHaveProperty("all-up");
});

it("offers nothing on a level that the mask does not have", () => {
  expect(levelActs(labels("L1"), labelOf("L2") ?? -1)).toEqual([]);
});

it("one choice gives a vertebra its right name however far off it was, and all others with it", () => {
  const really = new Map(
    reallyActs(labels("T12", "L1", "L2"), labelOf("T12") ?? -1).map((act) => [act.text, told(act)]),
  );
  expect(really.get("T9")).toBe("T12>T9 L1>T10 L2>T11");
  expect(really.get("L3")).toBe("T12>L3 L1>L4 L2>L5");
  for (const none of ["T12", "C7", "S"]) expect([...really.keys()], none).not.toContain(none);
  expect(reallyActs(labels("L1"), labelOf("L2") ?? -1)).toEqual([]);
});
