import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { assignments } from "@/api/assignments";
import type { SaveStatus } from "@/state/edits/editSync";

/** After the last save, before the mask is checked again. */
const QUIET_MS = 1200;

/** The server's plausibility list (and its heights), asked for again when edits have been saved and the hand rests. */
export function useFindings(assignmentId: string, status: SaveStatus) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ["assignment", assignmentId, "findings"],
    queryFn: () => assignments.findings(assignmentId),
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
  return query;
}
