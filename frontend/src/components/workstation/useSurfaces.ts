import { useCallback, useEffect, useRef, useState } from "react";
import { messageOf } from "@/api/errors";
import type { SaveStatus } from "@/state/outbox/status";
import type { SurfaceView, Viewer } from "@/viewer";
import type { Shapes } from "@/workers/surfaceFetch";
import { createSurfaceSource } from "@/workers/surfaceSource";

export type SurfaceState =
  | { readonly kind: "loading" }
  | { readonly kind: "current" }
  /** Edits have come since; `saving` until the server has them. */
  | { readonly kind: "stale"; readonly fetching: boolean }
  | { readonly kind: "failed"; readonly message: string };

/** After the last saved edit: a stroke seldom comes alone. */
const PAUSE_MS = 900;

interface Wanted {
  readonly url: string;
  readonly viewer: Viewer;
  readonly view: SurfaceView | null;
  /** Null where nothing is saved: the mask is read-only. */
  readonly status: SaveStatus | null;
}

/** Keeps a 3D view up to date: all surfaces at first, after edits that are saved only those that changed. */
export function useSurfaces({ url, viewer, view, status }: Wanted): { state: SurfaceState; retry: () => void } {
  const [state, setState] = useState<SurfaceState>({ kind: "loading" });
  const [edits, setEdits] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const [fetched, setFetched] = useState(-1);
  const shapes = useRef<Shapes>(new Map());
  const source = useRef<ReturnType<typeof createSurfaceSource> | null>(null);
  const isSaved = status === null || status.kind === "saved";

  useEffect(() => {
    const made = createSurfaceSource(url);
    source.current = made;
    return () => {
      source.current = null;
      made.close();
    };
  }, [url]);
  useEffect(
    () =>
      viewer.on("edit", () => {
        setEdits((count) => count + 1);
        setState((now) => (now.kind === "current" ? { kind: "stale", fetching: false } : now));
      }),
    [viewer],
  );

  useEffect(() => {
    if (!view || !isSaved || fetched === edits) return undefined;
    let over = false;
    const ask = (): void => {
      const from = source.current;
      if (!from) return;
      setState((now) => (now.kind === "stale" ? { kind: "stale", fetching: true } : now));
      from.load(shapes.current).then(
        (answer) => {
          if (over) return;
          shapes.current = answer.shapes;
          view.update(answer.meshes, new Set(answer.shapes.keys()));
          setFetched(edits);
          setState({ kind: "current" });
        },
        (error: unknown) => {
          if (!over) setState({ kind: "failed", message: messageOf(error) });
        },
      );
    };
    const timer = setTimeout(ask, fetched === -1 ? 0 : PAUSE_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [view, isSaved, edits, fetched, attempt]);

  const retry = useCallback(() => {
    setState({ kind: "loading" });
    setAttempt((count) => count + 1);
  }, []);
  return { state, retry };
}
