import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
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
