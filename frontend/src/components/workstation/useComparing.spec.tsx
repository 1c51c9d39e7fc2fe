import { act, renderHook, waitFor } from "@testing-library/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { expect, it } from "vitest";
import type { Shape } from "@/domain/geometry";
import { Emitter, type Viewer, type ViewerEvents } from "@/viewer";
import { OWN, useComparing } from "./useComparing";

const SHAPE: Shape = [2, 2, 2];
const L3 = 22;
const fused = Uint8Array.from([0, L3, L3, 0, 0, 0, 0, 0]);
const adjudication = {
  sources: [{ key: "fused" }],
  spots: [],
  spots_total: 0,
};

function opened() {
  const events = new Emitter<ViewerEvents>();
  const mask = fused.slice();
  const viewer = {
    geometry: { shape: SHAPE },
    mask,
    on: events.on.bind(events),
    setPaneMask: () => undefined,
    centreOn: () => undefined,
    setActiveLabel: () => undefined,
  } as unknown as Viewer;
  const detail = { id: "a", adjudication } as unknown as Parameters<typeof useComparing>[0];
  const client = new QueryClient();
  client.setQueryData(["assignment", "a", "source", "fused"], fused);
  const { result } = renderHook(() => useComparing(detail, viewer, null, null, L3), {
    wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
  });
  const paint = (voxel: number): void =>
    act(() => {
      mask[voxel] = L3;
      events.emit("edit", { kind: "paint", name: "Paint L3", label: L3, slices: [0] });
    });
  return { result, paint };
}

it("what changed is told of the mask as it is, not as it was when it was asked for", async () => {
  const { result, paint } = opened();
  act(() => result.current.preview(null));
  await waitFor(() => expect(result.current.maskOf("fused")).toBeDefined(), { timeout: 20_000 });
  act(() => result.current.showChanges("fused", OWN, L3));
  expect(result.current.changes?.rows).toEqual([]);
  paint(3);
  expect(result.current.changes?.rows).toMatchObject([{ label: L3, added: 1, removed: 0 }]);
  paint(4);
  expect(result.current.changes?.rows).toMatchObject([{ label: L3, added: 2 }]);
  act(() => result.current.hideChanges());
  paint(5);
  expect(result.current.changes).toBeNull();
});
