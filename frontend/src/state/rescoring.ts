import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import { keys } from "./keys";

export type CorrectedBoard = components["schemas"]["CorrectedBoard"];

const boardsKey = (id: string) => [...keys.challenge(id), "corrected"] as const;
const SCORING = 4_000;

/** The leaderboards on corrected versions; asked again while one is being scored. */
export function useCorrectedBoards(id: string, follows: boolean) {
  return useQuery({
    queryKey: boardsKey(id),
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/challenges/{challenge_id}/corrected", { params: { path: { challenge_id: id } }, signal }),
      ),
    refetchInterval: ({ state }) =>
      follows && state.data?.boards.some(({ board_at: at }) => at === null) === true ? SCORING : false,
  });
}

export function useRescore(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (releaseId: string) =>
      answer(
        client.POST("/api/v1/challenges/{challenge_id}/corrected", {
          params: { path: { challenge_id: id } },
          body: { release_id: releaseId },
        }),
      ),
    onSuccess: (boards) => {
      queries.setQueryData(boardsKey(id), boards);
    },
  });
}
