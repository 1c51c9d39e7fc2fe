import { expect, it } from "vitest";
import type { BulkOutcome } from "@/api/types";
import { undoOf } from "./bulkUndo";

const outcome = (id: string, back: BulkOutcome["back"], done = true): BulkOutcome => ({
  case_id: id,
  alias: id,
  done,
  message: "",
  back,
});

it("asks once for all cases that go back the same way", () => {
  const outcomes = [
    outcome("a", [{ action: "prioritise", priority: 0 }]),
    outcome("b", [{ action: "prioritise", priority: 2 }]),
    outcome("c", [{ action: "prioritise", priority: 0 }]),
    outcome("d", [], true),
    outcome("e", [{ action: "prioritise", priority: 0 }], false),
  ];
  expect(undoOf(outcomes)).toEqual([
    { action: "prioritise", priority: 0, case_ids: ["a", "c"], preview: false },
    { action: "prioritise", priority: 2, case_ids: ["b"], preview: false },
  ]);
});

it("takes back from each person whom a case was given to", () => {
  const take = (user: string) => ({ action: "take_back" as const, user_id: user, untouched: true });
  expect(undoOf([outcome("a", [take("x"), take("y")]), outcome("b", [take("x")])])).toEqual([
    { ...take("x"), case_ids: ["a", "b"], preview: false },
    { ...take("y"), case_ids: ["a"], preview: false },
  ]);
});
