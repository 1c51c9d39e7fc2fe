import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { assignments, type Finding } from "@/api/assignments";
import type { SaveStatus } from "@/state/edits/editSync";
import type { Viewer } from "@/viewer/viewer";

/** After the last save, before the mask is checked again. */
const QUIET_MS = 700;

export interface Findings {
  readonly data: readonly Finding[] | undefined;
  readonly error: unknown;
  readonly isFetching: boolean;
  /** The mask that is shown has edits which the list does not know yet. */
  readonly behind: boolean;
  readonly refetch: () => unknown;
}

/** Edits since the case was opened, undone ones too. */
function useEditCount(viewer: Viewer | null): number {
  const [count, setCount] = useState(0);
  useEffect(() => viewer?.on("edit", () => setCount((now) => now + 1)), [viewer]);
  return count;
}

/** The server's plausibility list (and its heights), asked for again when edits have been saved and the hand rests. */
export function useFindings(assignmentId: string, status: SaveStatus, viewer: Viewer | null): Findings {
  const queries = useQueryClient();
  const edits = useEditCount(viewer);
  // What an answer covers is what was saved when it was asked for.
  const saved = useRef(0);
  useEffect(() => {
    if (status.kind === "saved") saved.current = edits;
  }, [status, edits]);
  const query = useQuery({
    queryKey: ["assignment", assignmentId, "findings"],
    queryFn: async () => {
      const covers = saved.current;
      return { covers, list: await assignments.findings(assignmentId) };
    },
    staleTime: Infinity,
    retry: 1,
  });
  const { refetch } = query;
  const savedAt = status.kind === "saved" ? status.at?.getTime() : undefined;
  useEffect(() => {
    if (savedAt === undefined) return undefined;
    const timer = setTimeout(() => {
      void refetch();
      void queries.invalidateQueries({ queryKey: ["assignment", assignmentId, "measurements"] });
    }, QUIET_MS);
    return () => clearTimeout(timer);
  }, [savedAt, refetch, queries, assignmentId]);
  const { data, error, isFetching } = query;
  return { data: data?.list, error, isFetching, behind: data !== undefined && data.covers < edits, refetch };
}
