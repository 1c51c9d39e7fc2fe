/** Figures that a large project keeps: polled while they are computed, and computed again when asked. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { AsOf } from "@/api/types";
import { keys } from "./keys";

const POLL_MS = 2_000;

interface Asked {
  readonly state: { readonly data?: { readonly as_of: AsOf } | undefined };
}

/** For `refetchInterval`: until the figures that are being computed are there. */
export function untilComputed({ state }: Asked): number | false {
  return state.data?.as_of.state === "computing" ? POLL_MS : false;
}

const AGAIN = {
  statistics: (path: { slug: string }) =>
    answer(client.POST("/api/v1/projects/{slug}/statistics", { params: { path } })),
  "edit-effort": (path: { slug: string }) =>
    answer(client.POST("/api/v1/projects/{slug}/edit-effort", { params: { path } })),
  course: (path: { slug: string }) => answer(client.POST("/api/v1/projects/{slug}/course", { params: { path } })),
  reliability: (path: { slug: string }) =>
    answer(client.POST("/api/v1/projects/{slug}/reliability", { params: { path } })),
  drift: (path: { slug: string }) => answer(client.POST("/api/v1/projects/{slug}/drift", { params: { path } })),
  "automation-bias": (path: { slug: string }) =>
    answer(client.POST("/api/v1/projects/{slug}/automation-bias", { params: { path } })),
} as const;

export type KeptPart = keyof typeof AGAIN;

/** Starts computing; what rests on the same figures is asked for again. */
export function useComputeAgain(slug: string, part: KeptPart) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (): Promise<unknown> => AGAIN[part]({ slug }),
    onSuccess: () => {
      const parts = part === "reliability" ? ([part, "rater-weights"] as const) : ([part] as const);
      return Promise.all(parts.map((one) => queries.invalidateQueries({ queryKey: keys.projectPart(slug, one) })));
    },
  });
}
