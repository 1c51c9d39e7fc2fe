import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { CoverageTarget } from "@/api/types";
import { untilComputed } from "./asOf";
import { keys } from "./keys";

const POLL_REPORT_MS = 2_000;

export type PairMeasure = "dice" | "hd95_mm" | "kappa";

/** Which pairs of raters are wanted, where there are more than one answer holds, and which of them come first. */
export interface PairsAsked {
  readonly rater: string | null;
  readonly group: string | null;
  readonly measure: PairMeasure | null;
  readonly page: number;
}

/** How the raters of a project agree over all compared cases (managers); asked again while it is computed. */
export function useAgreement(slug: string, { rater, group, measure, page }: PairsAsked) {
  const query = {
    page,
    ...(rater !== null && { rater }),
    ...(group !== null && { group }),
    ...(measure !== null && { measure }),
  };
  return useQuery({
    queryKey: keys.projectPart(slug, "agreement", rater, group, measure, page),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/agreement", { params: { path: { slug }, query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.state === "computing" ? POLL_REPORT_MS : false),
  });
}

/** Compute the report again whose computing failed. */
export function useComputeAgreement(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answer(client.POST("/api/v1/projects/{slug}/agreement", { params: { path: { slug } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.projectPart(slug, "agreement") }),
  });
}

/** How a project stands and when it will be done (managers). */
export function useCourse(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "course"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/course", { params: { path: { slug } }, signal })),
    refetchInterval: untilComputed,
  });
}

/** Say how many vertebrae are wanted; what is not named has no target any more. */
export function useSetTargets(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (targets: CoverageTarget[]) =>
      answer(client.PUT("/api/v1/projects/{slug}/coverage-targets", { params: { path: { slug } }, body: { targets } })),
    onSuccess: (course) => queries.setQueryData(keys.projectPart(slug, "course"), course),
  });
}

/** One page of raters' figures for managers; one's own, as far as blinding allows, for everybody else. */
export function useReliability(slug: string, page: number, group: string | null) {
  const query = group === null ? { page } : { page, group };
  return useQuery({
    queryKey: keys.projectPart(slug, "reliability", group, page),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/reliability", { params: { path: { slug }, query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: untilComputed,
  });
}
