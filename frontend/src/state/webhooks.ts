import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import { keys } from "./keys";

const POLL_MS = 3_000;

/** Programs that are told what happens in a project (managers). */
export function useWebhooks(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "webhooks", "list"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/webhooks", { params: { path: { slug } }, signal })),
  });
}

/** What can be told. */
export function useWebhookEvents(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "webhooks", "events"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/webhooks/events", { params: { path: { slug } }, signal })),
    staleTime: Infinity,
  });
}

/** The last messages to one of them; looked at again while one is on its way. */
export function useDeliveries(slug: string, id: string, page: number) {
  return useQuery({
    queryKey: keys.projectPart(slug, "webhooks", "deliveries", id, page),
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/projects/{slug}/webhooks/{webhook_id}/deliveries", {
          params: { path: { slug, webhook_id: id }, query: { page, page_size: 10 } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) =>
      state.data?.results.some((one) => one.state === "waiting" && one.attempts === 0) ? POLL_MS : false,
  });
}

interface Said {
  address: string;
  events: string[];
}

export function useWebhookActions(slug: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.projectPart(slug, "webhooks") });
  const one = (id: string) => ({ params: { path: { slug, webhook_id: id } } });
  return {
    add: useMutation({
      mutationFn: (body: Said) =>
        answer(client.POST("/api/v1/projects/{slug}/webhooks", { params: { path: { slug } }, body })),
      onSuccess,
    }),
    change: useMutation({
      mutationFn: ({ id, ...body }: Said & { id: string; active: boolean }) =>
        answer(client.PUT("/api/v1/projects/{slug}/webhooks/{webhook_id}", { ...one(id), body })),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (id: string) => answer(client.DELETE("/api/v1/projects/{slug}/webhooks/{webhook_id}", one(id))),
      onSuccess,
    }),
    renew: useMutation({
      mutationFn: (id: string) => answer(client.POST("/api/v1/projects/{slug}/webhooks/{webhook_id}/secret", one(id))),
    }),
    tryOut: useMutation({
      mutationFn: (id: string) => answer(client.POST("/api/v1/projects/{slug}/webhooks/{webhook_id}/try", one(id))),
      onSuccess,
    }),
    again: useMutation({
      mutationFn: ({ id, delivery }: { id: string; delivery: string }) =>
        answer(
          client.POST("/api/v1/projects/{slug}/webhooks/{webhook_id}/deliveries/{delivery_id}/again", {
            params: { path: { slug, webhook_id: id, delivery_id: delivery } },
          }),
        ),
      onSuccess,
    }),
  };
}
