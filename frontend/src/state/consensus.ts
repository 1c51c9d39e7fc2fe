import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { FusionAsked, FusionMethod } from "@/api/types";
import { keys } from "./keys";

export function useConsensus(caseId: string) {
  return useQuery({
    queryKey: keys.consensus(caseId),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/cases/{case_id}/consensus", { params: { path: { case_id: caseId } }, signal })),
    refetchInterval: ({ state }) => {
      const comparing = state.data?.comparison?.state;
      return comparing === "queued" || comparing === "running" ? 3_000 : false;
    },
  });
}

/** What the second version adds to and takes from the first; versions never change, so this is asked once. */
export function useMaskChanges(caseId: string, before: string | null, after: string | null) {
  return useQuery({
    queryKey: [...keys.consensus(caseId), "changes", before, after],
    enabled: before !== null && after !== null && before !== after,
    staleTime: Infinity,
    queryFn: async ({ signal }) =>
      (
        await answer(
          client.GET("/api/v1/cases/{case_id}/masks/{mask_id}/changes/{other_id}", {
            params: { path: { case_id: caseId, mask_id: before ?? "", other_id: after ?? "" } },
            signal,
          }),
        )
      ).labels,
  });
}

export function useConsensusActions(caseId: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.case(caseId) });
  return {
    fuse: useMutation({
      mutationFn: (body: { method: FusionMethod; parameters: FusionAsked }) =>
        answer(client.POST("/api/v1/cases/{case_id}/fusions", { params: { path: { case_id: caseId } }, body })),
      onSuccess,
    }),
    retryComparison: useMutation({
      mutationFn: () =>
        answer(client.POST("/api/v1/cases/{case_id}/comparison/retry", { params: { path: { case_id: caseId } } })),
      onSuccess,
    }),
    retryFusion: useMutation({
      mutationFn: (jobId: string) =>
        answer(
          client.POST("/api/v1/cases/{case_id}/fusions/retry", {
            params: { path: { case_id: caseId } },
            body: { job_id: jobId },
          }),
        ),
      onSuccess,
    }),
    choose: useMutation({
      mutationFn: (id: string) =>
        answer(client.POST("/api/v1/fusions/{fusion_id}/choose", { params: { path: { fusion_id: id } } })),
      onSuccess,
    }),
  };
}
