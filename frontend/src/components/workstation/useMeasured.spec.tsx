// Lines and regions stay where they were dropped, whether the server has them or not.
import "fake-indexeddb/auto";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { HeightLine, Measurement } from "@/api/assignments";
import { intoCache } from "@/state/outbox/answers";
import { openJournal, type Journal } from "@/state/outbox/journal";
import { Outbox, type Outcome } from "@/state/outbox/outbox";
import { LINES, MEASURED } from "@/testing/measurement";
import { useMeasured } from "./useMeasured";
import { OutboxContext } from "./useOutbox";

const LONGER: readonly HeightLine[] = [
  [
    [0, 12, 0],
    [0, 12, 30],
  ],
  LINES[1],
  LINES[2],
];
let outcome: Outcome;
let journal: Journal;
let outbox: Outbox;
let databases = 0;

beforeEach(() => {
  outcome = { kind: "away" };
  journal = openJournal(`measured-${++databases}`);
  vi.stubGlobal("fetch", async () => Response.json([MEASURED]));
});
afterEach(() => {
  outbox.dispose();
  vi.unstubAllGlobals();
});

function opened(client = new QueryClient({ defaultOptions: { queries: { retry: false } } })) {
  outbox = new Outbox({ assignmentId: "a", userId: "me", journal, carry: async () => outcome });
  outbox.onTaken(intoCache(client));
  outbox.start();
  return renderHook(() => useMeasured(20, false, true), {
    wrapper: ({ children }) => (
      <QueryClientProvider client={client}>
        <OutboxContext value={outbox}>{children}</OutboxContext>
      </QueryClientProvider>
    ),
  });
}

it("shows moved lines with their lengths at once and after the tab was closed, then what the server says", async () => {
  const first = opened();
  await waitFor(() => expect(first.result.current.state).toBe("measured"));
  act(() => first.result.current.setLines(LONGER));
  expect(first.result.current.data?.own_lines).toMatchObject({ anterior_mm: 30, middle_mm: 18, posterior_mm: 22 });
  expect(first.result.current.waits).toBe(true);
  await waitFor(async () => expect(await journal.of("a")).toHaveLength(1));
  outbox.dispose();
  first.unmount();

  const second = opened();
  const kept = await journal.of("a");
  act(() => outbox.load(kept));
  await waitFor(() => expect(second.result.current.data?.own_lines?.anterior_mm).toBe(30));
  const own = { ...MEASURED.own_lines, anterior_mm: 29.9, lines_ras_mm: LONGER } as Measurement["own_lines"];
  outcome = { kind: "taken", at: new Date(0), answer: { ...MEASURED, own_lines: own } };
  act(() => outbox.retryNow());
  await waitFor(() => expect(second.result.current.data?.own_lines?.anterior_mm).toBe(29.9));
  expect(second.result.current.waits).toBe(false);
});

it("moves and scales the region about its centre, builds on what waits, and goes back", async () => {
  const { result } = opened();
  await waitFor(() => expect(result.current.state).toBe("measured"));
  act(() => result.current.setRegion({ shift_ras_mm: [1, 0, 0], scale: 0.5 }));
  const { own_region: own } = result.current.data ?? MEASURED;
  expect(own).toMatchObject({ hu_mean: null, shift_ras_mm: [1, 0, 0], scale: 0.5 });
  // about (0, 4, 20/3)
  const expected = [
    [1, 2, 16 / 3],
    [1, 6, 16 / 3],
    [1, 4, 28 / 3],
  ];
  own?.region_ras_mm.flat().forEach((value, at) => expect(value).toBeCloseTo(expected.flat()[at] ?? NaN));
  expect(own?.region_ras_mm).toHaveLength(3);
  act(() => result.current.resetRegion());
  expect(result.current.data?.own_region).toBeNull();
  expect(outbox.getPending().map(({ act: done }) => done.kind)).toEqual(["region", "region"]);
});

it("shows of what was refused, or moved on another vertebra, nothing", async () => {
  outcome = { kind: "refused", message: "A height lies between 3 and 80 mm." };
  const { result } = opened();
  await waitFor(() => expect(result.current.state).toBe("measured"));
  act(() => result.current.setLines(LONGER));
  await waitFor(() => expect(result.current.data?.own_lines).toBeNull());
  await act(() => outbox.add({ kind: "lines", label: 21, lines: LONGER }));
  expect(result.current.data?.own_lines).toBeNull();
});

it("goes on showing what was measured when asking anew fails", async () => {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const { result } = opened(client);
  await waitFor(() => expect(result.current.state).toBe("measured"));
  vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("Failed to fetch")));
  await act(async () => void (await client.invalidateQueries()));
  await waitFor(() => expect(client.getQueryCache().getAll()[0]?.state.error).not.toBeNull(), { timeout: 5000 });
  expect(result.current).toMatchObject({ state: "measured", data: { label: 20 } });
});
