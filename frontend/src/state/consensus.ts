import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Consensus, FusionMethod } from "@/api/types";
import { keys } from "./keys";

export function useConsensus(caseId: string) {
  return useQuery({
    queryKey: keys.consensus(caseId),
    // The reports are free JSON in the schema; api/types.ts names their parts.
    queryFn: async ({ signal }): Promise<Consensus> =>
      (await answer(
        client.GET("/api/v1/cases/{id}/consensus", { params: { path: { id: caseId } }, signal }),
      )) as Consensus,
    refetchInterval: ({ state }) => {
      const comparing = state.data?.comparison?.state;
      return comparing === "queued" || comparing === "running" ? 3_000 : false;
    },
  });
}

export function useConsensusActions(caseId: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.case(caseId) });
  return {
    fuse: useMutation({
      mutationFn: (body: { method: FusionMethod; parameters: Record<string, unknown> }) =>
        answer(client.POST("/api/v1/cases/{id}/fusions", { params: { path: { id: caseId } }, body })),
      onSuccess,
    }),
    choose: useMutation({
      mutationFn: (id: string) => answer(client.POST("/api/v1/fusions/{id}/choose", { params: { path: { id } } })),
      onSuccess,
    }),
  };
}
