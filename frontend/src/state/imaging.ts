import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { addressOf, answer, client } from "@/api/client";
import type { components, paths } from "@/api/schema";
import type { SameScanAnswer } from "@/api/types";
import { keys } from "./keys";
import { ALL_ROWS, type ListQuery, rowsOf } from "./lists";

type SeriesFilters = NonNullable<paths["/api/v1/projects/{slug}/series"]["get"]["parameters"]["query"]>;
export type SeriesOrdering = NonNullable<SeriesFilters["ordering"]>;

export interface SeriesQuery extends ListQuery {
  search?: string;
  ordering?: SeriesOrdering;
  kept_out?: string;
}

export function useSeriesList(slug: string, query: SeriesQuery) {
  return useQuery({
    queryKey: keys.projectPart(slug, "series", query),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/series", { params: { path: { slug }, query }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** The ids of all series that match, over all pages. */
export function useMatchingSeries(slug: string) {
  return useMutation({
    mutationFn: (query: Pick<SeriesQuery, "search" | "kept_out">) =>
      answer(client.GET("/api/v1/projects/{slug}/series/ids", { params: { path: { slug }, query } })),
  });
}

export function useSeries(id: string) {
  return useQuery({
    queryKey: keys.series(id),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/series/{series_id}", { params: { path: { series_id: id } }, signal })),
  });
}

export function useBatch(id: string) {
  return useQuery({
    queryKey: keys.batch(id),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/batches/{batch_id}", { params: { path: { batch_id: id } }, signal })),
    // The socket brings the news; this is for the case that it is down.
    refetchInterval: ({ state }) => (state.data?.state === "processing" ? 5_000 : false),
  });
}

const RECENT = { page_size: 20 } as const;

export function useBatches(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "batches"),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(client.GET("/api/v1/projects/{slug}/batches", { params: { path: { slug }, query: RECENT }, signal })),
      ),
  });
}

/** Opens a batch of so many bytes; the server refuses it where there is no room for them. */
export const createBatch = (slug: string, bytes: number) =>
  answer(client.POST("/api/v1/projects/{slug}/batches", { params: { path: { slug }, query: { size_bytes: bytes } } }));

export const processBatch = (id: string) =>
  answer(client.POST("/api/v1/batches/{batch_id}/process", { params: { path: { batch_id: id } } }));

export function useWithdrawBatch(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answer(client.POST("/api/v1/batches/{batch_id}/withdraw", { params: { path: { batch_id: id } } })),
    onSuccess: (batch) => {
      queries.setQueryData(keys.batch(batch.id), batch);
      return Promise.all([
        queries.invalidateQueries({ queryKey: keys.projectPart(slug, "batches") }),
        queries.invalidateQueries({ queryKey: keys.projectPart(slug, "quarantine") }),
        queries.invalidateQueries({ queryKey: keys.project(slug) }),
      ]);
    },
  });
}

/** Scans that came in twice, of which nobody has said yet what they are. */
export function useOpenSameScans(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "same-scans"),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/projects/{slug}/same-scans", {
            params: { path: { slug }, query: { ...ALL_ROWS, open: true } },
            signal,
          }),
        ),
      ),
  });
}

/** Masks whose numbers were not plainly VerSe's, those that wait for somebody to say what they mean first. */
export function useHeldMasks(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "held-masks"),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/projects/{slug}/held-masks", {
            params: { path: { slug }, query: ALL_ROWS },
            signal,
          }),
        ),
      ),
  });
}

type NumberingInput = components["schemas"]["NumberingInputRequest"];

/** After an answer about a held mask: its series has a mask and a run to show. */
function useAfterHeldMask(slug: string) {
  const queries = useQueryClient();
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "held-masks") }),
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "series") }),
      queries.invalidateQueries({ queryKey: ["series"] }),
    ]);
}

export function useConfirmNumbering(slug: string) {
  const after = useAfterHeldMask(slug);
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string } & NumberingInput) =>
      answer(
        client.POST("/api/v1/held-masks/{held_mask_id}/confirm", { params: { path: { held_mask_id: id } }, body }),
      ),
    onSuccess: after,
  });
}

export function useRefuseMask(slug: string) {
  const after = useAfterHeldMask(slug);
  return useMutation({
    mutationFn: (id: string) =>
      answer(
        client.POST("/api/v1/held-masks/{held_mask_id}/refuse", {
          params: { path: { held_mask_id: id } },
          body: { note: "" },
        }),
      ),
    onSuccess: after,
  });
}

export function useTakeBackRefusal(slug: string) {
  const after = useAfterHeldMask(slug);
  return useMutation({
    mutationFn: (id: string) =>
      answer(client.POST("/api/v1/held-masks/{held_mask_id}/take-back", { params: { path: { held_mask_id: id } } })),
    onSuccess: after,
  });
}

export function useAnswerSameScan(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string; answer: SameScanAnswer; note: string }) =>
      answer(client.POST("/api/v1/same-scans/{same_scan_id}/answer", { params: { path: { same_scan_id: id } }, body })),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.projectPart(slug, "same-scans") }),
        queries.invalidateQueries({ queryKey: keys.projectPart(slug, "series") }),
        queries.invalidateQueries({ queryKey: ["series"] }),
      ]),
  });
}

export function useQuarantine(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "quarantine"),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/projects/{slug}/quarantine", {
            params: { path: { slug }, query: { ...ALL_ROWS, resolved: false } },
            signal,
          }),
        ),
      ),
  });
}

export function useResolveUpload(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, note, alike }: { id: string; note: string; alike: boolean }) =>
      answer(
        client.POST("/api/v1/uploads/{upload_id}/resolve", {
          params: { path: { upload_id: id } },
          body: { note, alike },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.projectPart(slug, "quarantine") }),
        queries.invalidateQueries({ queryKey: keys.project(slug) }),
      ]),
  });
}

export const uploadFileUrl = (id: string) => addressOf("/api/v1/uploads/{upload_id}/file", { upload_id: id });
