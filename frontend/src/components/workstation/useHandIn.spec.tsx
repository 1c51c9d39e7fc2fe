import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { keys } from "@/state/keys";
import { stubServer } from "@/testing/render";
import { useHandIn } from "./useHandIn";

afterEach(() => vi.unstubAllGlobals());

const HOME = [...keys.myWork, "home"];

const NOTHING: never[] = [];
/** All is saved, nothing waits. */
const OUTBOX = {
  assignmentId: "a1",
  pending: 0,
  retryNow: () => undefined,
  settled: async () => ({ kind: "saved" }),
  onTaken: () => () => undefined,
  subscribe: () => () => undefined,
  getPending: () => NOTHING,
} as unknown as Parameters<typeof useHandIn>[0];
const SEEN = { read: () => [], clear: () => undefined } as unknown as Parameters<typeof useHandIn>[3];

it("leaves nothing behind of a first page that still names the task", async () => {
  stubServer({ "POST /api/v1/assignments/a1/submit": { body: {} } });
  const client = new QueryClient();
  client.setQueryData(HOME, { tasks: [{ id: "a1" }] });
  client.setQueryData(keys.projects, ["spines"]);
  const finished = vi.fn(() => expect(client.getQueryData(HOME)).toBeUndefined());
  const { result } = renderHook(() => useHandIn(OUTBOX, "u1", null, SEEN, false, finished), {
    wrapper: ({ children }: { readonly children: ReactNode }) => (
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    ),
  });
  await act(() => result.current.submit("", [], false));
  expect(finished).toHaveBeenCalledOnce();
  expect(client.getQueryData(keys.projects)).toEqual(["spines"]);
});
