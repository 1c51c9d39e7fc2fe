import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/http";
import type { Engine, Job, Page, Run } from "@/api/types";
import { keys } from "./keys";
import { rows } from "./projects";

export function useJobs(slug: string, state: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "jobs", state),
    queryFn: async ({ signal }) =>
      rows(await api.get<Page<Job> | Job[]>(`/projects/${slug}/jobs`, { state, page_size: 100 }, signal)),
    placeholderData: keepPreviousData,
  });
}

export function useJobActions(slug: string) {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: keys.projectPart(slug, "jobs") });
  return {
    cancel: useMutation({ mutationFn: (id: string) => api.post<Job>(`/jobs/${id}/cancel`), onSuccess }),
    retry: useMutation({ mutationFn: (id: string) => api.post<Job>(`/jobs/${id}/retry`), onSuccess }),
  };
}

export function useEngines() {
  return useQuery({
    queryKey: keys.engines,
    queryFn: async () => rows(await api.get<Page<Engine> | Engine[]>("/engines")),
    staleTime: 5 * 60_000,
  });
}

export function useRun(id: string | null) {
  return useQuery({
    queryKey: keys.run(id ?? ""),
    queryFn: ({ signal }) => api.get<Run>(`/runs/${id}`, {}, signal),
    enabled: id !== null,
  });
}

export function useRuns(slug: string, volumeId: string | null) {
  return useQuery({
    queryKey: keys.projectPart(slug, "runs", volumeId),
    queryFn: async ({ signal }) =>
      rows(await api.get<Page<Run> | Run[]>(`/projects/${slug}/runs`, { volume_id: volumeId }, signal)),
    enabled: volumeId !== null,
  });
}

export function useStartRun(slug: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (values: { volume_id: string; engine?: string }) =>
      api.post<Run>(`/projects/${slug}/runs`, values),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.projectPart(slug, "series") }),
        client.invalidateQueries({ queryKey: keys.projectPart(slug, "runs") }),
        client.invalidateQueries({ queryKey: ["series"] }),
      ]),
  });
}
