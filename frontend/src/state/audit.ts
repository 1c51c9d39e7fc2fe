import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { addressOf, answer, client } from "@/api/client";
import { keys } from "./keys";

const POLL_MS = 2_000;

interface AuditAsked {
  person?: string;
  verb?: string;
  case?: string;
  since?: string;
  until?: string;
  said?: string;
  seen?: boolean;
}

/** Who did and who saw what in a project, newest first, further back at a time (managers). */
export function useAudit(slug: string, asked: AuditAsked) {
  return useInfiniteQuery({
    queryKey: keys.projectPart(slug, "audit", "list", asked),
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      answer(
        client.GET("/api/v1/projects/{slug}/audit", {
          params: { path: { slug }, query: { ...asked, ...(pageParam !== "" && { before: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: ({ older }) => older,
    placeholderData: keepPreviousData,
  });
}

/** Where the same list lies as a file. */
export function auditTableUrl(slug: string, asked: AuditAsked): string {
  const query = new URLSearchParams(Object.entries(asked).map(([name, value]) => [name, String(value)]));
  return `${addressOf("/api/v1/projects/{slug}/audit/table.csv", { slug })}?${query.toString()}`;
}

export function useAuditChoices(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "audit", "choices"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/audit/choices", { params: { path: { slug } }, signal })),
    staleTime: 60_000,
  });
}

/** What the last check of the chain has shown; asked again while one is under way. */
export function useChainCheck(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "audit", "check"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/audit/check", { params: { path: { slug } }, signal })),
    refetchInterval: ({ state }) => (state.data?.state === "checking" ? POLL_MS : false),
  });
}

export function useStartChainCheck(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answer(client.POST("/api/v1/projects/{slug}/audit/check", { params: { path: { slug } } })),
    onSuccess: (check) => queries.setQueryData(keys.projectPart(slug, "audit", "check"), check),
  });
}
