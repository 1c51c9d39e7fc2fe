import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import type { Split } from "@/api/types";
import { keys } from "./keys";

export type Plan = components["schemas"]["Plan"];
export type PlanPlace = components["schemas"]["PlanPlace"];
export type PlanBalance = components["schemas"]["PlanBalance"];
export type ReleaseRules = components["schemas"]["Rules"];
export type PreviewInput = components["schemas"]["PreviewInputRequest"];

const planKey = (id: string) => [...keys.release(id), "plan"] as const;

/** What a release by these rules would hold; nothing is kept. */
export function usePlanPreview(slug: string) {
  return useMutation({
    mutationFn: (body: PreviewInput) =>
      answer(client.POST("/api/v1/projects/{slug}/releases/preview", { params: { path: { slug } }, body })),
  });
}

export function usePlan(id: string) {
  return useQuery({
    queryKey: planKey(id),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/releases/{release_id}/plan", { params: { path: { release_id: id } }, signal })),
  });
}

/** Places patients of a draft by hand; null leaves one to the seed again. */
export function usePlaceByHand(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (places: Record<string, Split | null>) =>
      answer(
        client.PUT("/api/v1/releases/{release_id}/places", { params: { path: { release_id: id } }, body: { places } }),
      ),
    onSuccess: async (plan) => {
      await queries.invalidateQueries({ queryKey: keys.release(id) });
      queries.setQueryData(planKey(id), plan);
    },
  });
}
