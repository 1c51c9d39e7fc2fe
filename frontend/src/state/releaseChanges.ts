import { useQuery } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import { keys } from "./keys";

export type CaseChange = components["schemas"]["ReleaseCaseChange"];
export type AnsweredErratum = components["schemas"]["AnsweredErratum"];

/** What differs from the version before. */
export function useReleaseChanges(id: string) {
  return useQuery({
    queryKey: [...keys.release(id), "changes"],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/releases/{release_id}/changes", { params: { path: { release_id: id } }, signal })),
  });
}
