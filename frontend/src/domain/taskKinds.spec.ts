import { expect, it } from "vitest";
import { inHandText, queueText, waitingText } from "./taskKinds";

it("says how many tasks are in hand, of which kind, and how many came back", () => {
  expect(inHandText([])).toBe("");
  expect(inHandText([{ kind: "correct", state: "open" }])).toBe("1 task: 1 to correct.");
  expect(
    inHandText([
      { kind: "review", state: "open" },
      { kind: "correct", state: "returned" },
      { kind: "correct", state: "open" },
      { kind: "adjudicate", state: "open" },
    ]),
  ).toBe("4 tasks: 2 to correct, 1 to adjudicate and 1 to review. 1 came back to you.");
});

it("says what waits in a project by kind", () => {
  expect(waitingText(undefined)).toBe("Nothing new waits for you.");
  expect(waitingText({ training: false, kinds: [] })).toBe("Nothing new waits for you.");
  expect(waitingText({ training: false, kinds: ["review", "adjudicate"] })).toBe(
    "Adjudications and reviews wait for you.",
  );
  expect(waitingText({ training: true, kinds: [] })).toBe("The training comes first: a case waits for you.");
});

it("the queues of an expert", () => {
  expect(queueText({ to_adjudicate: 2, to_review: 1 })).toBe("To adjudicate: 2. To review: 1.");
  expect(queueText({ to_adjudicate: 0, to_review: 3 })).toBe("To review: 3.");
  expect(queueText(undefined)).toBe("");
});
