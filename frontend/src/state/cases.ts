import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { ExclusionWhy } from "@/api/types";
import type { paths } from "@/api/schema";
import { untilComputed } from "./asOf";
import { keys } from "./keys";
import { ALL_ROWS, type ListQuery, rowsOf } from "./lists";

type CaseFilters = NonNullable<paths["/api/v1/projects/{slug}/cases"]["get"]["parameters"]["query"]>;
export type CaseOrdering = NonNullable<CaseFilters["ordering"]>;
export type CaseQuery = ListQuery & CaseFilters;

export function useCases(slug: string, query: CaseQuery) {
  return useQuery({
    queryKey: keys.projectPart(slug, "cases", query),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/cases", { params: { path: { slug }, query }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Names every case that matches, over all pages. */
export function useMatchingCases(slug: string) {
  return useMutation({
    mutationFn: (query: CaseFilters) =>
      answer(client.GET("/api/v1/projects/{slug}/cases/ids", { params: { path: { slug }, query } })),
  });
}

export function useCase(id: string) {
  return useQuery({
    queryKey: keys.case(id),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/cases/{case_id}", { params: { path: { case_id: id } }, signal })),
  });
}

/** What people had ticked as looked at when they submitted, by assignment. */
export function useLookedAt(id: string, enabled: boolean) {
  return useQuery({
    queryKey: [...keys.case(id), "looked"],
    enabled,
    queryFn: async ({ signal }) => {
      const params = { path: { case_id: id } };
      const rows = await answer(client.GET("/api/v1/cases/{case_id}/looked", { params, signal }));
      return new Map(rows.map((row) => [row.assignment, row]));
    },
  });
}

export function useBoard(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "board"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/board", { params: { path: { slug } }, signal })),
    refetchInterval: untilComputed,
  });
}

export function useCaseActions(caseId: string, slug: string) {
  const queries = useQueryClient();
  const onSuccess = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: keys.case(caseId) }),
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "board") }),
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "cases") }),
    ]);
  return {
    change: useMutation({
      mutationFn: (body: { priority?: number; due_on?: string | null }) =>
        answer(client.PATCH("/api/v1/cases/{case_id}", { params: { path: { case_id: caseId } }, body })),
      onSuccess,
    }),
    assign: useMutation({
      mutationFn: ({ taskId, userId }: { taskId: string; userId: string }) =>
        answer(
          client.POST("/api/v1/tasks/{task_id}/assign", {
            params: { path: { task_id: taskId } },
            body: { user_id: userId },
          }),
        ),
      onSuccess,
    }),
    exclude: useMutation({
      mutationFn: (why: ExclusionWhy) =>
        answer(client.POST("/api/v1/cases/{case_id}/exclusion", { params: { path: { case_id: caseId } }, body: why })),
      onSuccess,
    }),
    putBack: useMutation({
      mutationFn: () =>
        answer(client.DELETE("/api/v1/cases/{case_id}/exclusion", { params: { path: { case_id: caseId } } })),
      onSuccess,
    }),
    settleConcern: useMutation({
      mutationFn: (id: string) =>
        answer(
          client.POST("/api/v1/assignments/{assignment_id}/concern/settled", {
            params: { path: { assignment_id: id } },
          }),
        ),
      onSuccess,
    }),
    release: useMutation({
      mutationFn: (id: string) =>
        answer(client.POST("/api/v1/assignments/{assignment_id}/release", { params: { path: { assignment_id: id } } })),
      onSuccess,
    }),
  };
}

export type WorkState = "open" | "submitted" | "all";

/** The user's own assignments over all projects. */
export function useMyAssignments(state: WorkState) {
  const query = { ...ALL_ROWS, state };
  return useQuery({
    queryKey: [...keys.myWork, state],
    queryFn: ({ signal }) => rowsOf(answer(client.GET("/api/v1/assignments", { params: { query }, signal }))),
  });
}

/** All that waits for the user: tasks in hand, work to take, projects to manage, releases. One request. */
export function useHome() {
  return useQuery({
    queryKey: [...keys.myWork, "home"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/home", { signal })),
  });
}

/** Takes the next task of a project; null where there is none for this user now. */
export function useNextAssignment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (slug: string) => {
      const call = client.POST("/api/v1/projects/{slug}/next-assignment", { params: { path: { slug } } });
      return (await answer(call)) ?? null;
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.myWork }),
  });
}
