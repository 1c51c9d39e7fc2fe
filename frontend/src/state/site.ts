import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { paths } from "@/api/schema";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";

const POLL_MS = 15_000;

interface AccountsAsked {
  page: number;
  page_size: number;
  search?: string;
}

/** All accounts of the site (its administrators). */
export function useAccounts(asked: AccountsAsked) {
  return useQuery({
    queryKey: keys.site("accounts", asked),
    queryFn: ({ signal }) => answer(client.GET("/api/v1/site/accounts", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useChangeAccount() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...body }: { id: string; active?: boolean; may_create_projects?: boolean }) =>
      answer(client.PATCH("/api/v1/site/accounts/{account_id}", { params: { path: { account_id: id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.site("accounts") }),
  });
}

/** Ends all sessions and tokens of an account, which stays on. */
export function useSignOutAccount() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answer(client.POST("/api/v1/site/accounts/{account_id}/sign-out", { params: { path: { account_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.site() }),
  });
}

type SiteActsAsked = NonNullable<paths["/api/v1/site/acts"]["get"]["parameters"]["query"]>;
export type SiteActKind = NonNullable<SiteActsAsked["kind"]>;

/** Who signed in, and what was done with accounts, newest first. */
export function useSiteActs(asked: SiteActsAsked) {
  return useQuery({
    queryKey: keys.site("acts", asked),
    queryFn: ({ signal }) => answer(client.GET("/api/v1/site/acts", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Disk, workers and what to look at; asked again and again while the page is open. */
export function useSiteHealth() {
  return useQuery({
    queryKey: keys.site("health"),
    queryFn: ({ signal }) => answer(client.GET("/api/v1/site/health", { signal })),
    refetchInterval: POLL_MS,
  });
}

export function useSiteStorage() {
  return useQuery({
    queryKey: keys.site("storage", "site"),
    queryFn: ({ signal }) => answer(client.GET("/api/v1/site/storage", { signal })),
  });
}

export function useProjectStorage(asked: { page: number; page_size: number }) {
  return useQuery({
    queryKey: keys.site("storage", asked),
    queryFn: ({ signal }) => answer(client.GET("/api/v1/site/storage/projects", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Limits what a project keeps, or the whole site without one; null takes the limit away. */
export function useLimitStorage() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ slug, ...body }: { slug: string | null; quota_bytes: number | null }): Promise<void> => {
      if (slug === null) await answer(client.PUT("/api/v1/site/storage", { body }));
      else await answer(client.PUT("/api/v1/site/storage/projects/{slug}", { params: { path: { slug } }, body }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.site() }),
  });
}

export function useCountStorage() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (_: undefined) => answer(client.POST("/api/v1/site/storage/count")),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.site("storage") }),
  });
}

/** How the workers of each queue do; looked at again and again while the page is open. */
export function useQueues() {
  return useQuery({
    queryKey: keys.site("queues"),
    queryFn: ({ signal }) => answer(client.GET("/api/v1/site/queues", { signal })),
    refetchInterval: POLL_MS,
  });
}

/** What failed in any project, newest first. */
export function useFailedJobs() {
  return useQuery({
    queryKey: keys.site("failed-jobs"),
    queryFn: ({ signal }) =>
      rowsOf(answer(client.GET("/api/v1/site/failed-jobs", { params: { query: ALL_ROWS }, signal }))),
  });
}

export function useRetryJob() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answer(client.POST("/api/v1/site/failed-jobs/{job_id}/retry", { params: { path: { job_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.site() }),
  });
}
