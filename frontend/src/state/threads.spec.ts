import { expect, it } from "vitest";
import type { CaseComment } from "@/api/assignments";
import { openByLevel, threadsOf } from "./threads";

function comment(id: string, rest: Partial<CaseComment> = {}): CaseComment {
  return {
    id,
    author: "Reviewer",
    mine: false,
    label: null,
    voxel: null,
    parent: null,
    text: id,
    resolved: false,
    created_at: "2026-01-01T00:00:00Z",
    ...rest,
  };
}

it("answers stand under what they answer", () => {
  const threads = threadsOf([comment("a"), comment("b"), comment("c", { parent: "a" })]);
  expect(threads.map(({ first, replies }) => [first.id, replies.map(({ id }) => id)])).toEqual([
    ["a", ["c"]],
    ["b", []],
  ]);
});

it("an answer to what the reader may not see is not lost", () => {
  expect(threadsOf([comment("c", { parent: "hidden" })])).toHaveLength(1);
});

it("open threads are counted by level", () => {
  const threads = threadsOf([
    comment("a", { label: 20 }),
    comment("b", { label: 20, resolved: true }),
    comment("c", { label: 20 }),
    comment("d"),
  ]);
  expect([...openByLevel(threads)]).toEqual([
    [20, 2],
    [null, 1],
  ]);
});
