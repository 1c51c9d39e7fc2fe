import { expect, it } from "vitest";
import { previewTitle, reasonsOf } from "./bulkPreview";

const outcome = (alias: string, message: string, done = false) => ({ case_id: alias, alias, done, message, back: [] });

it("counts what will change, and tells the commonest reason why not first, with a few cases", () => {
  const outcomes = [
    outcome("a", "Given", true),
    outcome("b", "Full."),
    ...["c", "d", "e", "f"].map((alias) => outcome(alias, "It has no open task.")),
  ];
  expect(previewTitle(outcomes)).toBe("1 of 6 cases will change");
  expect(reasonsOf(outcomes)).toEqual([
    { message: "It has no open task.", count: 4, aliases: "c, d, e, …" },
    { message: "Full.", count: 1, aliases: "b" },
  ]);
  expect(previewTitle(outcomes.slice(0, 1))).toBe("The case will change");
});
