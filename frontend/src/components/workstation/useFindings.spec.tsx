import { act, renderHook } from "@testing-library/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { SaveStatus } from "@/state/outbox/status";
import { Emitter, type EditEvent, type ViewerEvents } from "@/viewer";
import { useFindings } from "./useFindings";

const STROKE: EditEvent = { kind: "paint", name: "Paint L1", label: 20, slices: [3] };
const SAVING: SaveStatus = { kind: "saving", pending: 1, what: "1 edit" };
const saved = (second: number): SaveStatus => ({ kind: "saved", at: new Date(2026, 0, 1, 12, 0, second) });

/** The server's answers, given one at a time. */
let answers: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => answers.push(() => resolve(Response.json([])))));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function opened() {
  const events = new Emitter<ViewerEvents>();
  const viewer = { on: events.on.bind(events) };
  const client = new QueryClient();
  const hook = renderHook(({ status }: { status: SaveStatus }) => useFindings("a", status, viewer), {
    initialProps: { status: { kind: "saved", at: null } as SaveStatus },
    wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
  });
  const stroke = (): void => {
    act(() => {
      events.emit("edit", STROKE);
      hook.rerender({ status: SAVING });
    });
  };
  return { hook, stroke };
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

async function answer(): Promise<void> {
  answers.shift()?.();
  await pass(0);
}

it("is asked for as soon as a stroke is saved, and says so until it covers the stroke", async () => {
  const { hook, stroke } = opened();
  await answer();
  expect(hook.result.current).toMatchObject({ data: [], behind: false, isFetching: false });
  stroke();
  await pass(1000);
  expect(answers).toHaveLength(0);
  expect(hook.result.current.behind).toBe(true);
  hook.rerender({ status: saved(1) });
  await pass(150);
  expect(answers).toHaveLength(1);
  expect(hook.result.current.behind).toBe(true);
  await answer();
  expect(hook.result.current.behind).toBe(false);
});

it("is asked for once more where strokes were saved while an answer was under way", async () => {
  const { hook, stroke } = opened();
  await answer();
  stroke();
  hook.rerender({ status: saved(1) });
  await pass(150);
  for (const second of [2, 3]) {
    stroke();
    hook.rerender({ status: saved(second) });
    await pass(150);
  }
  expect(answers).toHaveLength(1);
  await answer();
  expect(hook.result.current.behind).toBe(true);
  await pass(150);
  expect(answers).toHaveLength(1);
  await answer();
  expect(hook.result.current.behind).toBe(false);
  await pass(1000);
  expect(answers).toHaveLength(0);
});

it("is not asked for again and again by a server that is not well", async () => {
  const { hook, stroke } = opened();
  await answer();
  let times = 0;
  vi.stubGlobal("fetch", () => {
    times += 1;
    return Promise.resolve(new Response("", { status: 500 }));
  });
  stroke();
  hook.rerender({ status: saved(1) });
  await pass(10_000);
  expect(times).toBe(2);
  expect(hook.result.current).toMatchObject({ behind: true, isFetching: false });
  expect(hook.result.current.error).not.toBeNull();
});
