import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import { untilComputed } from "./asOf";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";

type Schemas = components["schemas"];
export type Statistics = Schemas["Statistics"];
export type Calibration = Schemas["Calibration"];
export type SeriesDensity = Schemas["SeriesDensity"];
export type Phase = Schemas["ContrastPhase"];

export function useProjectStatistics(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "statistics"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/statistics", { params: { path: { slug } }, signal })),
    refetchInterval: untilComputed,
  });
}

export function useReleaseStatistics(id: string | null) {
  return useQuery({
    queryKey: [...keys.release(id ?? ""), "statistics"],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/releases/{release_id}/statistics", { params: { path: { release_id: id ?? "" } }, signal }),
      ),
    enabled: id !== null,
  });
}

export function useCalibrations(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "calibrations"),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/projects/{slug}/calibrations", { params: { path: { slug }, query: ALL_ROWS }, signal }),
        ),
      ),
  });
}

/** One page of series, patient by patient. */
export function useBoneDensity(slug: string, page: number) {
  return useQuery({
    queryKey: [...keys.projectPart(slug, "bone-density"), page],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/projects/{slug}/bone-density", { params: { path: { slug }, query: { page } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** What people do with records. Each of them may change every density of the project. */
export function useCalibrationActions(slug: string) {
  const queries = useQueryClient();
  const onSuccess = () =>
    Promise.all(
      (["calibrations", "bone-density", "statistics"] as const).map((part) =>
        queries.invalidateQueries({ queryKey: keys.projectPart(slug, part) }),
      ),
    );
  return {
    enter: useMutation({
      mutationFn: (body: Schemas["CalibrationInputRequest"]) =>
        answer(client.POST("/api/v1/projects/{slug}/calibrations", { params: { path: { slug } }, body })),
      onSuccess,
    }),
    verify: useMutation({
      mutationFn: ({ id, body }: { id: string; body: Schemas["VerificationInputRequest"] }) =>
        answer(
          client.POST("/api/v1/calibrations/{calibration_id}/verify", {
            params: { path: { calibration_id: id } },
            body,
          }),
        ),
      onSuccess,
    }),
    retire: useMutation({
      mutationFn: ({ id, note }: { id: string; note: string }) =>
        answer(
          client.POST("/api/v1/calibrations/{calibration_id}/retire", {
            params: { path: { calibration_id: id } },
            body: { note },
          }),
        ),
      onSuccess,
    }),
    statePeriod: useMutation({
      mutationFn: ({ seriesId, recordId, within }: { seriesId: string; recordId: string; within: boolean }) =>
        answer(
          client.PUT("/api/v1/series/{series_id}/calibration-period", {
            params: { path: { series_id: seriesId } },
            body: { record_id: recordId, within },
          }),
        ),
      onSuccess,
    }),
    statePhase: useMutation({
      mutationFn: ({ seriesId, phase }: { seriesId: string; phase: Phase }) =>
        answer(
          client.PUT("/api/v1/series/{series_id}/contrast-phase", {
            params: { path: { series_id: seriesId } },
            body: { phase },
          }),
        ),
      onSuccess,
    }),
  };
}
