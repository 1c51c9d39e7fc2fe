// What is drawn is shown and kept, and each change can be taken back.
import "fake-indexeddb/auto";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Ruler } from "@/api/assignments";
import { VolumeGeometry, type Vec3 } from "@/domain/geometry";
import type { Act } from "@/state/outbox/acts";
import { openJournal } from "@/state/outbox/journal";
import { Outbox } from "@/state/outbox/outbox";
import { Emitter, type AnnotationShape, type Viewer, type ViewerEvents } from "@/viewer";
import { useRulers } from "./useRulers";

const geometry = new VolumeGeometry(
  [9, 9, 9],
  [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ],
);
const PEER: Ruler = {
  id: "peer",
  kind: "angle",
  plane: "axial",
  name: "",
  points_ras_mm: [
    [1, 0, 0],
    [0, 0, 0],
    [0, 1, 0],
  ],
  value: 90,
  author: "Rater B",
  mine: false,
  created_at: "2026-01-01T00:00:00Z",
};
const LINE: readonly Vec3[] = [
  [0, 0, 0],
  [0, 3, 4],
];
let outbox: Outbox;

afterEach(() => {
  outbox.dispose();
  vi.unstubAllGlobals();
});

it("keeps what is drawn, dragged and named, and takes each change back", async () => {
  vi.stubGlobal("fetch", async () => Response.json([PEER]));
  const events = new Emitter<ViewerEvents>();
  let shapes: readonly AnnotationShape[] = [];
  const viewer = {
    geometry,
    on: events.on.bind(events),
    setAnnotations: (_: string, next: readonly AnnotationShape[]) => (shapes = next),
  } as unknown as Viewer;
  const sent: Act[] = [];
  outbox = new Outbox({
    assignmentId: "a",
    userId: "me",
    journal: openJournal("rulers"),
    carry: async (entry) => {
      sent.push(entry.act);
      return { kind: "away" };
    },
  });
  outbox.start();
  const { result } = renderHook(() => useRulers(outbox, viewer, true), {
    wrapper: ({ children }) => <QueryClientProvider client={new QueryClient()}>{children}</QueryClientProvider>,
  });
  const rows = () => result.current.list.map(({ name, value, mine }) => [name, Math.round(value), mine]);
  const peer = ["", 90, false];
  await waitFor(() => expect(rows()).toEqual([peer]));
  act(() => events.emit("ruler", { kind: "length", plane: "sagittal", pointsRasMm: LINE }));
  await waitFor(() => expect(rows()).toEqual([peer, ["", 5, true]]));
  const [own] = result.current.list.filter(({ mine }) => mine);
  if (!own) throw new Error("nothing was drawn");
  // Others' have no handles, and say whose they are.
  expect(shapes.map(({ id, handles }) => [id, handles])).toEqual([
    ["peer", "none"],
    [own.id, "points"],
  ]);
  const moved = { handle: 1, movedRasMm: [0, 3, 4] as const, pointsRasMm: [LINE[0] ?? [0, 0, 0], [0, 6, 8] as const] };
  act(() => events.emit("annotation", { layer: "rulers", shapeId: own.id, phase: "move", ...moved }));
  act(() => events.emit("annotation", { layer: "rulers", shapeId: own.id, phase: "end", ...moved }));
  await waitFor(() => expect(rows()).toEqual([peer, ["", 10, true]]));
  act(() => result.current.rename(own, " Canal "));
  await waitFor(() => expect(rows()[1]?.[0]).toBe("Canal"));
  act(() => void result.current.undo());
  await waitFor(() => expect(rows()[1]?.[0]).toBe(""));
  act(() => void result.current.undo());
  await waitFor(() => expect(rows()).toEqual([peer, ["", 5, true]]));
  act(() => result.current.remove(own));
  await waitFor(() => expect(rows()).toEqual([peer]));
  act(() => void result.current.undo());
  await waitFor(() => expect(rows()).toEqual([peer, ["", 5, true]]));
  act(() => void result.current.undo());
  await waitFor(() => expect(rows()).toEqual([peer]));
  expect(result.current.canUndo).toBe(false);
  expect(result.current.undo()).toBe(false);
});
