import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/http";
import type { Consensus } from "@/api/types";
import { keys } from "./keys";

export function useConsensus(caseId: string) {
  return useQuery({
    queryKey: keys.consensus(caseId),
    queryFn: ({ signal }) => api.get<Consensus>(`/cases/${caseId}/consensus`, {}, signal),
    refetchInterval: ({ state }) => {
      const comparing = state.data?.comparison?.state;
      return comparing === "queued" || comparing === "running" ? 3_000 : false;
    },
  });
}

export interface NewFusion {
  method: string;
  parameters: Record<string, unknown>;
}

export function useConsensusActions(caseId: string) {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: keys.case(caseId) });
  return {
    fuse: useMutation({
      mutationFn: (values: NewFusion) => api.post(`/cases/${caseId}/fusions`, values),
      onSuccess,
    }),
    choose: useMutation({
      mutationFn: (fusionId: string) => api.post(`/fusions/${fusionId}/choose`),
      onSuccess,
    }),
  };
}
