import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components, operations } from "@/api/schema";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";

export function useReleases(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "releases"),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(client.GET("/api/v1/projects/{slug}/releases", { params: { path: { slug }, query: ALL_ROWS }, signal })),
      ),
  });
}

export function useRelease(id: string) {
  return useQuery({
    queryKey: keys.release(id),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/releases/{release_id}", { params: { path: { release_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.state === "building" ? 4_000 : false),
  });
}

/** What narrows an archive to some cases, as its address has it. */
export type SubsetQuery = NonNullable<operations["release_subset"]["parameters"]["query"]>;

/** How many cases of an archive a query finds, how large they are, and what can be asked for. */
export function useSubset(id: string, name: string, query: SubsetQuery) {
  return useQuery({
    queryKey: [...keys.release(id), "subset", name, query],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/releases/{release_id}/archives/{name}/subset", {
          params: { path: { release_id: id, name }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Drafts a release, or sets the draft `id` anew. */
export function useDraftRelease(slug: string, id?: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["DraftInputRequest"]) =>
      answer(
        id === undefined
          ? client.POST("/api/v1/projects/{slug}/releases", { params: { path: { slug } }, body })
          : client.PUT("/api/v1/releases/{release_id}", { params: { path: { release_id: id } }, body }),
      ),
    onSuccess: (release) => {
      queries.setQueryData(keys.release(release.id), release);
      return queries.invalidateQueries({ queryKey: keys.projectPart(slug, "releases") });
    },
  });
}

export function useDiscardDraft(slug: string, id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answer(client.DELETE("/api/v1/releases/{release_id}", { params: { path: { release_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.projectPart(slug, "releases") }),
  });
}

export function useReleaseActions(id: string) {
  const queries = useQueryClient();
  const onSuccess = (release: components["schemas"]["Release"]) => queries.setQueryData(keys.release(id), release);
  const params = { path: { release_id: id } };
  return {
    freeze: useMutation({
      mutationFn: () => answer(client.POST("/api/v1/releases/{release_id}/freeze", { params })),
      onSuccess,
    }),
    acceptTerms: useMutation({
      mutationFn: (body: { affiliation: string; purpose: string }) =>
        answer(client.POST("/api/v1/releases/{release_id}/accept-terms", { params, body })),
      onSuccess,
    }),
    addErratum: useMutation({
      mutationFn: (body: { text: string; subject: string }) =>
        answer(client.POST("/api/v1/releases/{release_id}/errata", { params, body })),
      onSuccess,
    }),
  };
}
