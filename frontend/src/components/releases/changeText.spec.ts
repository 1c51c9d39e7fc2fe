import { expect, it } from "vitest";
import { changeText } from "./changeText";

const row = {
  subject: "sub-0001",
  series: 1,
  kind: "changed",
  voxels: 12,
  names_added: ["L3"],
  names_removed: ["L2"],
  grades: [{ level: "L1", before: null, after: "2" }],
  split_before: "training",
  split: "validation",
} as const;

it("says all that differs in a case, and nothing else", () => {
  const all = {
    ...row,
    names_added: [...row.names_added],
    names_removed: [...row.names_removed],
    grades: [...row.grades],
  };
  expect(changeText(all)).toBe(
    "12 voxels; now with L3; no longer with L2; grade of L1: none to 2; from training to validation",
  );
  const less = { ...all, voxels: 0, names_added: [], names_removed: [], grades: [], split: "training" as const };
  expect(changeText(less)).toBe("");
  expect(changeText({ ...less, voxels: null })).toBe("voxels not counted yet");
  expect(changeText({ ...less, kind: "added", split_before: null })).toBe("into training");
  expect(changeText({ ...less, kind: "removed" })).toBe("out of training");
});
