// What is given is shown as given, whether the server has it or not.
import "fake-indexeddb/auto";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { emptyGrading, type Grading } from "@/domain/grading";
import { intoCache } from "@/state/outbox/answers";
import { openJournal, type Journal } from "@/state/outbox/journal";
import { Outbox, type Outcome } from "@/state/outbox/outbox";
import { useGradings } from "./useGradings";

const graded = (label: number, grade: 0 | 1 | 2 | 3): Grading => ({ ...emptyGrading(label), grade });
let outcome: (answer: unknown) => Outcome;
let journal: Journal;
let outbox: Outbox;
let databases = 0;

const taken = (answer: unknown): Outcome => ({ kind: "taken", at: new Date(0), answer });
const away = (): Outcome => ({ kind: "away" });

beforeEach(() => {
  outcome = away;
  journal = openJournal(`gradings-${++databases}`);
  vi.stubGlobal("fetch", async () => Response.json([graded(19, 2)]));
});
afterEach(() => {
  outbox.dispose();
  localStorage.clear();
  vi.unstubAllGlobals();
});

function opened() {
  const client = new QueryClient();
  outbox = new Outbox({
    assignmentId: "a",
    userId: "me",
    journal,
    carry: async ({ act: done }) => outcome(done.kind === "grade" ? done.answer : null),
  });
  outbox.onTaken(intoCache(client));
  outbox.start();
  return renderHook(() => useGradings(outbox, true), {
    wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
  });
}

it("shows a grade that waits, after the tab was closed too, and goes on showing it once it is taken", async () => {
  const first = opened();
  await waitFor(() => expect(first.result.current.byLabel.get(19)?.grade).toBe(2));
  act(() => {
    first.result.current.change(20, { grade: 1 });
    first.result.current.change(20, { fracture_type: "wedge" });
  });
  expect(first.result.current.byLabel.get(20)).toMatchObject({ grade: 1, fracture_type: "wedge" });
  expect(first.result.current.unsaved).toEqual(new Set([20]));
  await waitFor(async () => expect(await journal.of("a")).toHaveLength(2));
  outbox.dispose();
  first.unmount();

  const second = opened();
  outbox.load(await journal.of("a"));
  await waitFor(() =>
    expect(second.result.current.byLabel.get(20)).toMatchObject({ grade: 1, fracture_type: "wedge" }),
  );
  await waitFor(() => expect(second.result.current.byLabel.get(19)?.grade).toBe(2));
  outcome = taken;
  act(() => second.result.current.retry());
  await waitFor(() => expect(second.result.current.unsaved.size).toBe(0));
  expect(second.result.current.byLabel.get(20)).toMatchObject({ grade: 1, fracture_type: "wedge" });
  expect(second.result.current.answered).toEqual(new Set([19, 20]));
});

it("calls all others normal without touching those answered", async () => {
  const { result } = opened();
  await waitFor(() => expect(result.current.byLabel.get(19)?.grade).toBe(2));
  act(() => result.current.normalRest([19, 20, 21]));
  expect([19, 20, 21].map((label) => result.current.byLabel.get(label)?.grade)).toEqual([2, 0, 0]);
  expect(result.current.unsaved).toEqual(new Set([20, 21]));
});

it("keeps a comment that waits for its grade out of the outbox, and sends both together", async () => {
  const { result } = opened();
  await waitFor(() => expect(result.current.loading).toBe(false));
  act(() => result.current.change(20, { comment: "see L2" }));
  expect(outbox.pending).toBe(0);
  expect(result.current.unsaved).toEqual(new Set([20]));
  act(() => result.current.change(20, { grade: 0 }));
  expect(outbox.getPending().map(({ act: done }) => done)).toMatchObject([
    { kind: "grade", answer: { grade: 0, comment: "see L2" } },
  ]);
});

it("has a comment without its grade again after the tab was closed, and nothing of what is no answer begun", async () => {
  const first = opened();
  act(() => first.result.current.change(20, { comment: "see L2" }));
  outbox.dispose();
  first.unmount();
  const kept = JSON.parse(localStorage.getItem("vertebase-grades-a") ?? "{}") as Record<string, unknown>;
  localStorage.setItem("vertebase-grades-a", JSON.stringify({ ...kept, 21: { label: 21 } }));

  const second = opened();
  expect(second.result.current.byLabel.get(20)?.comment).toBe("see L2");
  expect(second.result.current.byLabel.has(21)).toBe(false);
  act(() => second.result.current.change(20, { grade: 0 }));
  expect(outbox.getPending()).toMatchObject([{ act: { kind: "grade", answer: { grade: 0, comment: "see L2" } } }]);
  await waitFor(() => expect(localStorage.getItem("vertebase-grades-a")).toBeNull());
});
