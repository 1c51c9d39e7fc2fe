import { useMutation, useQuery } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type ReleasePage = Schemas["ReleasePage"];
export type CatalogueRow = Schemas["CatalogueRow"];
export type AccessQuestion = Schemas["AccessInputRequest"];

/** What somebody looks for among the public releases; what is empty does not matter. */
export interface CatalogueSearch {
  readonly search: string;
  readonly level: string;
  readonly contrast: CatalogueRow["contrast"][number] | "";
  readonly licence: string;
  readonly cases: number;
}

export function useCatalogue(sought: CatalogueSearch) {
  return useQuery({
    queryKey: ["public", "catalogue", sought],
    queryFn: async ({ signal }) => {
      const query = Object.fromEntries(Object.entries(sought).filter(([, value]) => value !== "" && value !== 0));
      return (await answer(client.GET("/api/v1/public/releases", { params: { query }, signal }))).releases;
    },
    placeholderData: (before) => before,
  });
}

export function useReleasePage(id: string) {
  return useQuery({
    queryKey: ["public", "release", id],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/public/releases/{release_id}", { params: { path: { release_id: id } }, signal })),
  });
}

export function useAskForAccess(id: string) {
  return useMutation({
    mutationFn: (body: AccessQuestion) =>
      answer(
        client.POST("/api/v1/public/releases/{release_id}/access-requests", {
          params: { path: { release_id: id } },
          body,
        }),
      ),
  });
}

/** Opening the link that was mailed: it does something once, so it is a query that is never asked again. */
export function useConfirmRequest(token: string) {
  return useQuery({
    queryKey: ["public", "confirm", token],
    queryFn: () => answer(client.POST("/api/v1/public/access-requests/confirm", { body: { token } })),
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
  });
}

export function useGranted(token: string) {
  return useQuery({
    queryKey: ["public", "granted", token],
    queryFn: () => answer(client.POST("/api/v1/public/granted", { body: { token } })),
    retry: false,
  });
}
