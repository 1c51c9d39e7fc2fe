import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/http";
import type { Page, Release, ReleaseDetail, Split } from "@/api/types";
import { keys } from "./keys";
import { ALL_ROWS, rows } from "./projects";

export function useReleases(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "releases"),
    queryFn: async ({ signal }) =>
      rows(await api.get<Page<Release> | Release[]>(`/projects/${slug}/releases`, ALL_ROWS, signal)),
  });
}

export function useRelease(id: string) {
  return useQuery({
    queryKey: keys.release(id),
    queryFn: ({ signal }) => api.get<ReleaseDetail>(`/releases/${id}`, {}, signal),
    refetchInterval: ({ state }) => (state.data?.state === "building" ? 4_000 : false),
  });
}

export interface NewRelease {
  version: string;
  title: string;
  notes: string;
  licence: string;
  terms: string;
  fractions: Record<Split, number>;
  seed: number;
  embargo_until: string | null;
}

export function useCreateRelease(slug: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (values: NewRelease) => api.post<ReleaseDetail>(`/projects/${slug}/releases`, values),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.projectPart(slug, "releases") }),
  });
}

export function useReleaseActions(id: string) {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: keys.release(id) });
  return {
    freeze: useMutation({ mutationFn: () => api.post(`/releases/${id}/freeze`), onSuccess }),
    acceptTerms: useMutation({
      mutationFn: (values: { affiliation: string; purpose: string }) =>
        api.post(`/releases/${id}/accept-terms`, values),
      onSuccess,
    }),
  };
}
