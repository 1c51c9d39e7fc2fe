import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { assignments, type Finding } from "@/api/assignments";
import type { SaveStatus } from "@/state/outbox/status";
import type { Viewer } from "@/viewer";

/** After an edit is saved: short strokes that follow each other are checked together. */
const PAUSE_MS = 100;
/** Heights need more of the server than checks, and nobody waits for them while they paint. */
const MEASURE_PAUSE_MS = 700;

export interface Findings {
  readonly data: readonly Finding[] | undefined;
  readonly error: unknown;
  readonly isFetching: boolean;
  /** The mask that is shown has edits which the list does not know yet. */
  readonly behind: boolean;
  readonly refetch: () => unknown;
}

/** Edits since the case was opened, undone ones too. */
function useEditCount(viewer: Pick<Viewer, "on"> | null): number {
  const [count, setCount] = useState(0);
  useEffect(() => viewer?.on("edit", () => setCount((now) => now + 1)), [viewer]);
  return count;
}

/**
 * The server's plausibility list (and its heights), asked for again as soon as edits are saved. While one answer
 * is under way no second is asked for; the next one covers all that was saved meanwhile.
 */
export function useFindings(assignmentId: string, status: SaveStatus, viewer: Pick<Viewer, "on"> | null): Findings {
  const queries = useQueryClient();
  const edits = useEditCount(viewer);
  // What an answer covers is what was saved when it was asked for.
  const saved = useRef(0);
  const asked = useRef(0);
  const query = useQuery({
    queryKey: ["assignment", assignmentId, "findings"],
    queryFn: async () => {
      const covers = saved.current;
      asked.current = covers;
      return { covers, list: await assignments.findings(assignmentId) };
    },
    staleTime: Infinity,
    // Edits are counted from zero when the case is opened again: an older answer would count as newer.
    gcTime: 0,
    retry: 1,
  });
  const { data, error, isFetching, refetch } = query;
  useEffect(() => {
    if (status.kind === "saved") saved.current = edits;
    if (isFetching || saved.current <= asked.current) return undefined;
    const timer = setTimeout(() => void refetch({ cancelRefetch: false }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [status, edits, isFetching, refetch]);
  const savedAt = status.kind === "saved" ? status.at?.getTime() : undefined;
  useEffect(() => {
    if (savedAt === undefined) return undefined;
    const measure = () => void queries.invalidateQueries({ queryKey: ["assignment", assignmentId, "measurements"] });
    const timer = setTimeout(measure, MEASURE_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [savedAt, queries, assignmentId]);
  return { data: data?.list, error, isFetching, behind: data !== undefined && data.covers < edits, refetch };
}
