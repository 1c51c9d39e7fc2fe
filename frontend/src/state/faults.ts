import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import { keys } from "./keys";

type Schemas = components["schemas"];
export type ReleaseFault = Schemas["ReleaseFault"];

const faultsKey = (id: string) => [...keys.release(id), "faults"] as const;

/** Reported faults: one's own, to managers those of everybody. */
export function useFaults(id: string) {
  return useQuery({
    queryKey: faultsKey(id),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/releases/{release_id}/faults", { params: { path: { release_id: id } }, signal })),
  });
}

interface Report {
  readonly said: Schemas["FaultInputRequest"];
  readonly picture: File | null;
}

/** Reports a fault; where its picture is refused, the report stands without it, and `refused` says why. */
export function useReportFault(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ said, picture }: Report): Promise<{ refused: Error | null }> => {
      const params = { path: { release_id: id } };
      const made = await answer(client.POST("/api/v1/releases/{release_id}/faults", { params, body: said }));
      if (picture === null) return { refused: null };
      try {
        await answer(
          client.PUT("/api/v1/releases/{release_id}/faults/{fault_id}/picture", {
            params: { path: { release_id: id, fault_id: made.id } },
            headers: { "Content-Type": "application/octet-stream" },
            body: "",
            bodySerializer: () => picture,
          }),
        );
        return { refused: null };
      } catch (error) {
        return { refused: error instanceof Error ? error : new Error(String(error)) };
      }
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: faultsKey(id) }),
  });
}

/** What a manager answers. */
export function useFaultAnswers(id: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.release(id) });
  const path = (fault: string) => ({ path: { release_id: id, fault_id: fault } });
  return {
    takeUp: useMutation({
      mutationFn: ({ fault, text, review }: { fault: string; text: string; review: boolean }) =>
        answer(
          client.POST("/api/v1/releases/{release_id}/faults/{fault_id}/take-up", {
            params: path(fault),
            body: { text, review },
          }),
        ),
      onSuccess,
    }),
    decline: useMutation({
      mutationFn: ({ fault, reason }: { fault: string; reason: string }) =>
        answer(
          client.POST("/api/v1/releases/{release_id}/faults/{fault_id}/decline", {
            params: path(fault),
            body: { reason },
          }),
        ),
      onSuccess,
    }),
  };
}
