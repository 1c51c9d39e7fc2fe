import { useMutation } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Protocol } from "@/api/types";

/** What the next 100 cases would take under a protocol; with the protocol that it was asked for. */
export function useSimulation(slug: string) {
  return useMutation({
    mutationFn: async (protocol: Protocol) => ({
      of: JSON.stringify(protocol),
      found: await answer(
        client.POST("/api/v1/projects/{slug}/protocol/simulation", { params: { path: { slug } }, body: { protocol } }),
      ),
    }),
  });
}
