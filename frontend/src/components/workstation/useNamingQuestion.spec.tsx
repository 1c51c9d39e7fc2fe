// An answer on guessed names is shown as given, kept, and asked for again where names were changed since.
import "fake-indexeddb/auto";
import { act, renderHook, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AssignmentDetail, NamingQuestion } from "@/api/assignments";
import { openJournal, type Journal } from "@/state/outbox/journal";
import { Outbox, type Outcome } from "@/state/outbox/outbox";
import { useNamingQuestion } from "./useNamingQuestion";

const QUESTION: NamingQuestion = {
  statement: "The names are a guess.",
  asked: true,
  answer: null,
  note: "",
  outdated: false,
  others: [],
};
let outcome: Outcome;
let journal: Journal;
let outbox: Outbox;
let databases = 0;

beforeEach(() => {
  outcome = { kind: "away" };
  journal = openJournal(`naming-${++databases}`);
});
afterEach(() => outbox.dispose());

function opened(levels: readonly number[] = [20, 21]) {
  outbox = new Outbox({ assignmentId: "a", userId: "me", journal, carry: async () => outcome });
  outbox.start();
  const detail = { id: "a", naming_question: QUESTION } as AssignmentDetail;
  return renderHook((present: readonly number[]) => useNamingQuestion(detail, outbox, present, ""), {
    initialProps: levels,
  });
}

it("shows an answer that waits, after the tab was closed too, and the server's once it is taken", async () => {
  const first = opened();
  expect(first.result.current.isOpen).toBe(true);
  act(() => first.result.current.answer("confirmed"));
  expect(first.result.current).toMatchObject({ isOpen: false, question: { answer: "confirmed" } });
  await waitFor(async () => expect(await journal.of("a")).toHaveLength(1));
  outbox.dispose();
  first.unmount();

  const second = opened();
  act(() => void outbox.load([]));
  const kept = await journal.of("a");
  act(() => outbox.load(kept));
  expect(second.result.current).toMatchObject({ isOpen: false, question: { answer: "confirmed" } });
  outcome = { kind: "taken", at: new Date(0), answer: { ...QUESTION, answer: "confirmed", note: "as said" } };
  act(() => outbox.retryNow());
  await waitFor(() => expect(second.result.current.question?.note).toBe("as said"));
  expect(second.result.current.isOpen).toBe(false);
});

it.each(["waiting", "taken"])("asks again where a name was changed after the answer (%s)", async (state) => {
  if (state === "taken") outcome = { kind: "taken", at: new Date(0), answer: { ...QUESTION, answer: "confirmed" } };
  const { result, rerender } = opened();
  act(() => result.current.answer("confirmed"));
  await waitFor(() => expect(outbox.pending).toBe(state === "taken" ? 0 : 1));
  expect(result.current.isOpen).toBe(false);
  rerender([21, 22]);
  expect(result.current).toMatchObject({ isOpen: true, question: { outdated: true } });
  rerender([20, 21]);
  expect(result.current.isOpen).toBe(false);
});

it("takes back what the server refuses, and puts a new answer in its place", async () => {
  outcome = { kind: "refused", message: "No name was changed yet." };
  const { result } = opened();
  act(() => result.current.answer("renamed"));
  await waitFor(() => expect(result.current.isOpen).toBe(true));
  expect(outbox.getPending()).toMatchObject([{ refusal: "No name was changed yet." }]);
  outcome = { kind: "taken", at: new Date(0), answer: { ...QUESTION, answer: "confirmed" } };
  act(() => result.current.answer("confirmed"));
  await waitFor(() => expect(outbox.pending).toBe(0));
  await waitFor(() => expect(result.current.question?.answer).toBe("confirmed"));
  expect(await journal.of("a")).toEqual([]);
});
