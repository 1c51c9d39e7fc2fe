import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import { keys } from "./keys";

type Schemas = components["schemas"];
export type Embargo = Schemas["Embargo"];
export type Custodian = Schemas["Custodian"];

const embargoKey = (id: string) => [...keys.release(id), "embargo"] as const;

/** Who keeps the sealed part, to its managers and custodians; everybody else is refused. */
export function useEmbargo(id: string) {
  return useQuery({
    queryKey: embargoKey(id),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/releases/{release_id}/embargo", { params: { path: { release_id: id } }, signal })),
    retry: false,
  });
}

/** What managers and custodians do about it. */
export function useCustody(id: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.release(id) });
  const params = { path: { release_id: id } };
  const place = (custodian: string) => ({ path: { release_id: id, custodian_id: custodian } });
  return {
    name: useMutation({
      mutationFn: (body: Schemas["CustodianInputRequest"]) =>
        answer(client.POST("/api/v1/releases/{release_id}/custodians", { params, body })),
      onSuccess,
    }),
    reply: useMutation({
      mutationFn: ({ custodian, accept }: { custodian: string; accept: boolean }) =>
        answer(
          client.POST("/api/v1/releases/{release_id}/custodians/{custodian_id}/answer", {
            params: place(custodian),
            body: { accept },
          }),
        ),
      onSuccess,
    }),
    end: useMutation({
      mutationFn: (custodian: string) =>
        answer(client.DELETE("/api/v1/releases/{release_id}/custodians/{custodian_id}", { params: place(custodian) })),
      onSuccess,
    }),
    open: useMutation({
      mutationFn: (opens: boolean) =>
        answer(client.PUT("/api/v1/releases/{release_id}/embargo/opening", { params, body: { opens } })),
      onSuccess,
    }),
  };
}
