import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { ChallengeSplit } from "@/api/types";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";

/** The keys that results of a phase are signed with, newest first. */
export function useEvaluationKeys(id: string, split: ChallengeSplit) {
  return useQuery({
    queryKey: [...keys.challenge(id), "keys", split],
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/challenges/{challenge_id}/phases/{split}/keys", {
            params: { path: { challenge_id: id, split }, query: ALL_ROWS },
            signal,
          }),
        ),
      ),
  });
}

export function useEvaluationKeyActions(id: string, split: ChallengeSplit) {
  const queries = useQueryClient();
  const path = { challenge_id: id, split };
  const onSuccess = () => queries.invalidateQueries({ queryKey: [...keys.challenge(id), "keys", split] });
  return {
    /** Its answer has the secret, which is told this once. */
    make: useMutation({
      mutationFn: (name: string) =>
        answer(
          client.POST("/api/v1/challenges/{challenge_id}/phases/{split}/keys", { params: { path }, body: { name } }),
        ),
      onSuccess,
    }),
    revoke: useMutation({
      mutationFn: (key: string) =>
        answer(
          client.DELETE("/api/v1/challenges/{challenge_id}/phases/{split}/keys/{key_id}", {
            params: { path: { ...path, key_id: key } },
          }),
        ),
      onSuccess,
    }),
  };
}
