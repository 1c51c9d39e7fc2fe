import { useCallback, useEffect, useMemo, useRef } from "react";
import type { Viewer } from "@/viewer";

/** What is passed by faster than this was not looked at. */
const LOOK_MS = 500;

const keyOf = (assignmentId: string): string => `vertebase-seen-${assignmentId}`;

function kept(assignmentId: string): number[] {
  const text = localStorage.getItem(keyOf(assignmentId)) ?? "";
  return text
    .split(",")
    .map(Number)
    .filter((label) => label > 0);
}

export interface SeenLevels {
  readonly read: () => readonly number[];
  readonly clear: () => void;
}

/** The levels that a pane has shown while the page was seen. Survives a reload. */
export function useSeenLevels(assignmentId: string, viewer: Viewer | null): SeenLevels {
  const seen = useRef<Set<number>>(new Set());

  useEffect(() => {
    seen.current = new Set(kept(assignmentId));
  }, [assignmentId]);

  useEffect(() => {
    if (!viewer) return undefined;
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      const fresh = viewer.levelsInView().filter((label) => !seen.current.has(label));
      if (fresh.length === 0) return;
      for (const label of fresh) seen.current.add(label);
      localStorage.setItem(keyOf(assignmentId), [...seen.current].join());
    };
    const timer = window.setInterval(look, LOOK_MS);
    return () => window.clearInterval(timer);
  }, [assignmentId, viewer]);

  const read = useCallback(() => [...seen.current], []);
  const clear = useCallback(() => localStorage.removeItem(keyOf(assignmentId)), [assignmentId]);
  return useMemo(() => ({ read, clear }), [read, clear]);
}
