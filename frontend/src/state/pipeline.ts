import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { JobState } from "@/api/types";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";

const RECENT_JOBS = { page_size: 100 } as const;

export function useJobs(slug: string, state: JobState | null) {
  const query = { ...RECENT_JOBS, ...(state !== null && { state }) };
  return useQuery({
    queryKey: keys.projectPart(slug, "jobs", state),
    queryFn: ({ signal }) =>
      rowsOf(answer(client.GET("/api/v1/projects/{slug}/jobs", { params: { path: { slug }, query }, signal }))),
    placeholderData: keepPreviousData,
  });
}

export function useCancelJob(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answer(client.POST("/api/v1/jobs/{job_id}/cancel", { params: { path: { job_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.projectPart(slug, "jobs") }),
  });
}

export function useEngines() {
  return useQuery({
    queryKey: keys.engines,
    queryFn: () => answer(client.GET("/api/v1/engines")),
    staleTime: 5 * 60_000,
  });
}

export function useRun(id: string) {
  return useQuery({
    queryKey: keys.run(id),
    queryFn: ({ signal }) => answer(client.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: id } }, signal })),
  });
}

/** The runs on one volume, newest first. */
export function useRuns(slug: string, volumeId: string) {
  const query = { ...ALL_ROWS, volume: volumeId };
  return useQuery({
    queryKey: keys.projectPart(slug, "runs", volumeId),
    queryFn: ({ signal }) =>
      rowsOf(answer(client.GET("/api/v1/projects/{slug}/runs", { params: { path: { slug }, query }, signal }))),
  });
}

/** A vertebra as it should be; `was` is its former label, null for a new one. */
export interface CorrectedCentre {
  label: number;
  was: number | null;
  point_ras_mm: number[];
}

export function useRunCentres(runId: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.centres(runId),
    enabled,
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/runs/{run_id}/centres", { params: { path: { run_id: runId } }, signal })),
  });
}

export function useRunActions(slug: string) {
  const queries = useQueryClient();
  const onSuccess = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "series") }),
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "runs") }),
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "cases") }),
      queries.invalidateQueries({ queryKey: ["series"] }),
      queries.invalidateQueries({ queryKey: ["case"] }),
    ]);
  return {
    start: useMutation({
      mutationFn: (body: { volume_id: string; engine?: string; priority?: number }) =>
        answer(
          client.POST("/api/v1/projects/{slug}/runs", { params: { path: { slug } }, body: { priority: 0, ...body } }),
        ),
      onSuccess,
    }),
    cancel: useMutation({
      mutationFn: (id: string) =>
        answer(client.POST("/api/v1/runs/{run_id}/cancel", { params: { path: { run_id: id } } })),
      onSuccess,
    }),
    prioritise: useMutation({
      mutationFn: ({ id, priority }: { id: string; priority: number }) =>
        answer(client.POST("/api/v1/runs/{run_id}/priority", { params: { path: { run_id: id } }, body: { priority } })),
      onSuccess,
    }),
    correct: useMutation({
      mutationFn: ({ id, centres }: { id: string; centres: CorrectedCentre[] }) =>
        answer(
          client.POST("/api/v1/runs/{run_id}/correct", {
            params: { path: { run_id: id } },
            body: { centres, priority: 5 },
          }),
        ),
      onSuccess,
    }),
    retry: useMutation({
      mutationFn: (id: string) =>
        answer(client.POST("/api/v1/runs/{run_id}/retry", { params: { path: { run_id: id } } })),
      onSuccess,
    }),
  };
}
