import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";

type Schemas = components["schemas"];
export type Publication = Schemas["Publication"];
export type AccessRequest = Schemas["AccessRequest"];

const publicationKey = (id: string) => ["publication", id] as const;
const requestsKey = (id: string) => ["access-requests", id] as const;

export function usePublication(id: string) {
  return useQuery({
    queryKey: publicationKey(id),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/releases/{release_id}/publication", { params: { path: { release_id: id } }, signal })),
  });
}

/** What a manager does with the page of a frozen release. */
export function usePublishing(id: string) {
  const queries = useQueryClient();
  const params = { path: { release_id: id } };
  const onSuccess = (publication: Publication) => {
    queries.setQueryData(publicationKey(id), publication);
    void queries.invalidateQueries({ queryKey: ["public"] });
    return queries.invalidateQueries({ queryKey: keys.release(id) });
  };
  return {
    setPage: useMutation({
      mutationFn: (body: Schemas["PageInputRequest"]) =>
        answer(client.PUT("/api/v1/releases/{release_id}/publication", { params, body })),
      onSuccess,
    }),
    publish: useMutation({
      mutationFn: (at: string | null) =>
        answer(client.POST("/api/v1/releases/{release_id}/publish", { params, body: { at } })),
      onSuccess,
    }),
    takeBack: useMutation({
      mutationFn: () => answer(client.DELETE("/api/v1/releases/{release_id}/publish", { params })),
      onSuccess,
    }),
    withdraw: useMutation({
      mutationFn: (reason: string) =>
        answer(client.POST("/api/v1/releases/{release_id}/withdraw", { params, body: { reason } })),
      onSuccess,
    }),
  };
}

export function useAccessRequests(id: string) {
  return useQuery({
    queryKey: requestsKey(id),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/releases/{release_id}/access-requests", {
            params: { path: { release_id: id }, query: ALL_ROWS },
            signal,
          }),
        ),
      ),
  });
}

/** A manager's answers to those who ask for the files. */
export function useAnswers(id: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: requestsKey(id) });
  const path = (request: string) => ({ path: { release_id: id, request_id: request } });
  return {
    grant: useMutation({
      mutationFn: ({ request, days }: { request: string; days: number }) =>
        answer(
          client.POST("/api/v1/releases/{release_id}/access-requests/{request_id}/grant", {
            params: path(request),
            body: { days },
          }),
        ),
      onSuccess,
    }),
    refuse: useMutation({
      mutationFn: ({ request, reason }: { request: string; reason: string }) =>
        answer(
          client.POST("/api/v1/releases/{release_id}/access-requests/{request_id}/refuse", {
            params: path(request),
            body: { reason },
          }),
        ),
      onSuccess,
    }),
    revoke: useMutation({
      mutationFn: ({ request, reason }: { request: string; reason: string }) =>
        answer(
          client.POST("/api/v1/releases/{release_id}/access-requests/{request_id}/revoke", {
            params: path(request),
            body: { reason },
          }),
        ),
      onSuccess,
    }),
  };
}
