import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/http";
import type { Batch, Page, Series, Upload } from "@/api/types";
import { keys } from "./keys";
import { ALL_ROWS, rows } from "./projects";

export interface ListQuery {
  page?: number;
  page_size?: number;
  search?: string;
  ordering?: string;
}

function asPage<T>(body: Page<T> | T[]): Page<T> {
  return Array.isArray(body) ? { count: body.length, next: null, previous: null, results: body } : body;
}

export function useSeriesList(slug: string, query: ListQuery) {
  return useQuery({
    queryKey: keys.projectPart(slug, "series", query),
    queryFn: async ({ signal }) =>
      asPage(await api.get<Page<Series> | Series[]>(`/projects/${slug}/series`, { ...query }, signal)),
    placeholderData: keepPreviousData,
  });
}

export function useSeries(id: string) {
  return useQuery({
    queryKey: keys.series(id),
    queryFn: ({ signal }) => api.get<Series>(`/series/${id}`, {}, signal),
  });
}

export function useBatch(id: string | null) {
  return useQuery({
    queryKey: keys.batch(id ?? ""),
    queryFn: ({ signal }) => api.get<Batch>(`/batches/${id}`, {}, signal),
    enabled: id !== null,
    // The socket brings the news; this is for the case that it is down.
    refetchInterval: ({ state }) => (state.data?.state === "processing" ? 5_000 : false),
  });
}

export function useBatches(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "batches"),
    queryFn: async ({ signal }) =>
      rows(await api.get<Page<Batch> | Batch[]>(`/projects/${slug}/batches`, { page_size: 20 }, signal)),
  });
}

export const createBatch = (slug: string) => api.post<Batch>(`/projects/${slug}/batches`);
export const processBatch = (id: string) => api.post<Batch>(`/batches/${id}/process`);

export function useQuarantine(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "quarantine"),
    queryFn: async ({ signal }) =>
      rows(await api.get<Page<Upload> | Upload[]>(`/projects/${slug}/quarantine`, ALL_ROWS, signal)),
  });
}

export function useResolveUpload(slug: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, note }: { id: string; note: string }) => api.post(`/uploads/${id}/resolve`, { note }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.projectPart(slug, "quarantine") }),
        client.invalidateQueries({ queryKey: keys.project(slug) }),
      ]),
  });
}

export const uploadFileUrl = (id: string) => `/api/v1/uploads/${id}/file`;
