import { expect, it } from "vitest";
import { stuckLines } from "./stuck";

it("names what is stuck, what people told first, and nothing else", () => {
  const stuck = { quarantined: 0, waiting_for_engine: 1, concerns: 2, questions: 1, overdue: 0, idle: 1 };
  expect(stuckLines(stuck).map(({ text, path }) => [text, path])).toEqual([
    ["2 tasks that somebody told you about", "cases"],
    ["1 question without an answer", "guidelines"],
    ["1 task not touched for two weeks", "progress"],
    ["1 case waiting for the engine for more than a day", "jobs"],
  ]);
  expect(stuckLines({ quarantined: 0, waiting_for_engine: 0, concerns: 0, questions: 0, overdue: 0, idle: 0 })).toEqual(
    [],
  );
});
