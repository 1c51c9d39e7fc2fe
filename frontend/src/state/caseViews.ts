import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";

/** Saved filters of the list of cases: one's own, and those that other managers share. */
export function useCaseViews(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "case-views"),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(
          client.GET("/api/v1/projects/{slug}/case-views", { params: { path: { slug }, query: ALL_ROWS }, signal }),
        ),
      ),
  });
}

export function useCaseViewActions(slug: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.projectPart(slug, "case-views") });
  return {
    save: useMutation({
      mutationFn: (body: components["schemas"]["CaseViewInputRequest"]) =>
        answer(client.POST("/api/v1/projects/{slug}/case-views", { params: { path: { slug } }, body })),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (id: string) =>
        answer(
          client.DELETE("/api/v1/projects/{slug}/case-views/{case_view_id}", {
            params: { path: { slug, case_view_id: id } },
          }),
        ),
      onSuccess,
    }),
  };
}

/** The tags that cases of the project have, with how many have each. */
export function useCaseTags(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "case-tags"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/cases/tags", { params: { path: { slug } }, signal })),
  });
}
