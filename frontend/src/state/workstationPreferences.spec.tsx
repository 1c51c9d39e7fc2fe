import { act, renderHook } from "@testing-library/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { stubServer } from "@/testing/render";
import { sessionKey } from "./session";
import { parsePreferences, useWorkstationPreferences } from "./workstationPreferences";

const ME = {
  id: "1",
  email: "rater1@demo.test",
  display_name: "",
  is_staff: false,
  preferences: { other: 1 },
  memberships: [],
};

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("takes what makes sense, and leaves the rest", () => {
  const plain = { layout: "sagittal", strip: true, mask: null, zoomLinked: false, window: null, windows: [] };
  for (const nonsense of [
    null,
    3,
    {},
    { workstation: "wide" },
    { workstation: { layout: "round", window: { centre: "x", width: 5 }, mask: { opacity: 2, look: "both" } } },
    { workstation: { mask: { opacity: 0.5, look: "dotted" } } },
  ]) {
    expect(parsePreferences(nonsense)).toEqual(plain);
  }
  expect(parsePreferences({ workstation: { layout: "axial", window: { centre: 50, width: 0 } } })).toEqual({
    layout: "axial",
    strip: true,
    mask: null,
    zoomLinked: false,
    window: null,
    windows: [],
  });
  expect(parsePreferences({ workstation: { strip: false } }).strip).toBe(false);
  expect(parsePreferences({ workstation: { zoomLinked: true } }).zoomLinked).toBe(true);
  expect(parsePreferences({ workstation: { zoomLinked: "yes" } }).zoomLinked).toBe(false);
  expect(parsePreferences({ workstation: { mask: { opacity: 0, look: "outline", visible: false } } }).mask).toEqual({
    opacity: 0,
    look: "outline",
  });
  expect(parsePreferences({ workstation: { window: { centre: 50, width: 400 } } }).window).toEqual({
    centre: 50,
    width: 400,
  });
});

it("sends the last of many changes once, and what waits when the workstation closes", async () => {
  const seen = stubServer({ "PATCH /api/v1/me": { body: ME } });
  const client = new QueryClient();
  client.setQueryData(sessionKey, ME);
  const { result, unmount } = renderHook(() => useWorkstationPreferences(), {
    wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
  });
  act(() => {
    for (let width = 400; width <= 900; width += 100) result.current.keep({ window: { centre: 50, width } });
  });
  expect(seen).toHaveLength(0);
  await act(() => vi.advanceTimersByTimeAsync(2000));
  expect(seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    {
      preferences: {
        workstation: {
          layout: "sagittal",
          strip: true,
          mask: null,
          zoomLinked: false,
          window: { centre: 50, width: 900 },
          windows: [],
        },
      },
    },
  ]);
  act(() => result.current.keep({ layout: "columns" }));
  unmount();
  await vi.advanceTimersByTimeAsync(0);
  expect(JSON.parse(seen[1]?.body ?? "{}")).toEqual({
    preferences: {
      workstation: {
        layout: "columns",
        strip: true,
        mask: null,
        zoomLinked: false,
        window: { centre: 50, width: 900 },
        windows: [],
      },
    },
  });
});

it("sends what waits when the page is closed or loaded anew, which takes nothing down", async () => {
  const seen = stubServer({ "PATCH /api/v1/me": { body: ME } });
  const client = new QueryClient();
  client.setQueryData(sessionKey, ME);
  const { result } = renderHook(() => useWorkstationPreferences(), {
    wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
  });
  act(() => result.current.keep({ windows: [{ name: "My bone", centre: 405, width: 1790 }] }));
  act(() => void window.dispatchEvent(new Event("pagehide")));
  await act(() => vi.advanceTimersByTimeAsync(0));
  expect(seen).toHaveLength(1);
  expect(seen[0]?.body).toContain("My bone");
  await act(() => vi.advanceTimersByTimeAsync(5000));
  expect(seen).toHaveLength(1);
});
