import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import { Snapshots, type ViewerState } from "@/viewer";
import { useCrosshair, useViewerState } from "./useViewerState";

it("draws the page anew for all but a moved crosshair, and the crosshair's own place for that", () => {
  const snapshots = new Snapshots({ crosshair: [1, 2, 3], activeLabel: 20 } as unknown as ViewerState);
  const viewer = { subscribe: snapshots.subscribe, getState: snapshots.get };
  let drawn = 0;
  const page = renderHook(() => {
    drawn += 1;
    return useViewerState(viewer).activeLabel;
  });
  const place = renderHook(() => useCrosshair(viewer));
  const before = drawn;
  act(() => snapshots.set({ crosshair: [1, 2, 4] }));
  expect(drawn).toBe(before);
  expect(place.result.current).toEqual([1, 2, 4]);
  act(() => snapshots.set({ activeLabel: 21 }));
  expect(page.result.current).toBe(21);
  expect(drawn).toBeGreaterThan(before);
});
