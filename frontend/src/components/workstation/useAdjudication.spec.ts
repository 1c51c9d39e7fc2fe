// @vitest-environment jsdom
import { expect, it } from "vitest";
import type { AdjudicationItem, NamingDispute } from "@/api/assignments";
import { decidedWith } from "./useAdjudication";

const item = (label: number, reason = "dice"): AdjudicationItem => ({
  label,
  reason,
  dice: 0.8,
  hd95_mm: 3,
  grades: [],
  names: {},
  decision: null,
});
const naming: NamingDispute = {
  instances: [
    { label: 20, names: {} },
    { label: 21, names: {} },
  ],
  candidates: [],
  chosen: null,
  reason: "",
};

it("shows what was decided before the server has it, and not what the server refused", () => {
  const start = { items: [item(20), item(21, "naming"), item(22)], naming };
  const { items, naming: named } = decidedWith(start, [
    { act: { kind: "choice", label: 20, choice: "rater", slot: "A", reason: "edge" } },
    { act: { kind: "choice", label: 22, choice: "fused", slot: null, reason: "" }, refusal: "no" },
    { act: { kind: "names", labels: [21, 22], reason: "ribs" } },
    { act: { kind: "note", text: "x", label: null, voxel: null, parent: null } },
  ]);
  expect(items.map(({ label, decision }) => [label, decision?.choice ?? null])).toEqual([
    [21, "rater"],
    [22, "named"],
    [22, null],
  ]);
  expect(named).toMatchObject({ chosen: [21, 22], reason: "ribs", instances: [{ label: 21 }, { label: 22 }] });
});
