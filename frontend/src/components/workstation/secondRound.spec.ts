import { describe, expect, it } from "vitest";
import type { AdjudicationItem, LookedLevel, SecondRound, SinceThen } from "@/api/assignments";
import { askedOf, nextUnticked, openRows, settledLabels, sinceText, withLooks, withReopened } from "./secondRound";

const row = (label: number, more: Partial<SinceThen> = {}): SinceThen => ({
  label,
  state: "returned",
  added: 0,
  removed: 0,
  gone: false,
  renamed_from: null,
  grade: null,
  ...more,
});
const answer = (grade: number | null, type: "" | "wedge" = "") => ({
  grade,
  fracture_type: type,
  foreign_material: "none",
  not_gradable_reason: "",
  deformity: "",
  osteoporotic: null,
  transitional: false,
});

describe("what has changed since", () => {
  it.each([
    [row(20), "nothing changed"],
    [row(20, { added: 1200, removed: 3 }), "1,200 voxels added, 3 removed"],
    [row(20, { removed: 3 }), "3 voxels removed"],
    [row(20, { removed: 1 }), "1 voxel removed"],
    [row(20, { added: 1 }), "1 voxel added"],
    [row(20, { gone: true, removed: 9 }), "no longer there"],
    [row(21, { renamed_from: 20, added: 9 }), "was L1"],
    [
      row(20, { grade: { before: answer(0), after: answer(2, "wedge") } }),
      "grade changed: no fracture, now grade 2 wedge",
    ],
    [row(20, { grade: { before: null, after: answer(1) } }), "graded now: grade 1"],
    [row(20, { grade: { before: answer(1), after: null } }), "no grade any more (it was: grade 1)"],
    [
      row(20, { added: 2, grade: { before: answer(1), after: { ...answer(1), transitional: true } } }),
      "2 voxels added; grade as before (grade 1), another answer beside it",
    ],
  ])("%#: in plain words", (given, text) => {
    expect(sinceText(given, [given])).toBe(text);
  });

  it("a vertebra that was renamed says so under both names", () => {
    const rows = [row(20, { gone: true, removed: 9 }), row(21, { renamed_from: 20, added: 9 })];
    expect(rows.map((one) => sinceText(one, rows))).toEqual(["is L2 now", "was L1"]);
  });
});

const note = (label: number | null, text: string) => ({
  by: "R",
  text,
  at: "2026-11-30T12:00:00Z",
  label,
  voxel: null,
  resolved: false,
});
const round: SecondRound = {
  asked: [note(null, "See notes"), note(20, "The arch")],
  everything: false,
  vertebrae: [row(19, { state: "settled" }), row(21, { renamed_from: 20 }), row(22, { state: "changed", added: 4 })],
};

it("lists what is open, with what was asked of it under its former name", () => {
  expect(openRows(round).map(({ label }) => label)).toEqual([21, 22]);
  expect(settledLabels(round)).toEqual([19]);
  expect(askedOf(round, row(21, { renamed_from: 20 })).map(({ text }) => text)).toEqual(["The arch"]);
  expect(askedOf(round, row(22))).toEqual([]);
});

it("a settled item is open again once its vertebra has changed, and not what was decided anew", () => {
  const decision = { choice: "fused", slot: null, reason: "" };
  const item = (label: number, carried: boolean): AdjudicationItem => ({
    label,
    reason: "dice",
    dice: null,
    hd95_mm: null,
    grades: [],
    names: {},
    decision: { ...decision, carried },
  });
  const [first, second, third] = withReopened([item(19, true), item(22, true), item(22, false)], round);
  expect(first?.decision).not.toBeNull();
  expect([second?.decision, second?.reason]).toEqual([null, "dice,changed"]);
  expect(third?.decision?.carried).toBe(false);
});

it("ticks that wait are shown, refused ones are not; the walk goes on below and round the end", () => {
  const rows: LookedLevel[] = [19, 20, 21].map((label) => ({
    label,
    looked: false,
    changed: label === 20,
    before: false,
  }));
  const act = (label: number) => ({ act: { kind: "level-looked", label, looked: true } }) as const;
  const shown = withLooks(rows, [act(20), { ...act(21), refusal: "no" }]);
  expect(shown.map(({ looked, changed }) => [looked, changed])).toEqual([
    [false, false],
    [true, false],
    [false, false],
  ]);
  expect(nextUnticked([19, 20, 21], [19, 21], 19)).toBe(21);
  expect(nextUnticked([19, 20, 21], [19], 21)).toBe(19);
  expect(nextUnticked([19, 20, 21], [], 21)).toBeNull();
});
