import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/http";
import type { AssignmentCard, Board, CaseCard, CaseDetail, Page } from "@/api/types";
import type { ListQuery } from "./imaging";
import { keys } from "./keys";
import { rows } from "./projects";

export interface CaseQuery extends ListQuery {
  state?: string;
  stage?: string;
  flag?: string;
}

export function useCases(slug: string, query: CaseQuery) {
  return useQuery({
    queryKey: keys.projectPart(slug, "cases", query),
    queryFn: async ({ signal }): Promise<Page<CaseCard>> => {
      const body = await api.get<Page<CaseCard> | CaseCard[]>(`/projects/${slug}/cases`, { ...query }, signal);
      return Array.isArray(body) ? { count: body.length, next: null, previous: null, results: body } : body;
    },
    placeholderData: keepPreviousData,
  });
}

export function useCase(id: string) {
  return useQuery({
    queryKey: keys.case(id),
    queryFn: ({ signal }) => api.get<CaseDetail>(`/cases/${id}`, {}, signal),
  });
}

export function useBoard(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "board"),
    queryFn: ({ signal }) => api.get<Board>(`/projects/${slug}/board`, {}, signal),
  });
}

export function useCaseActions(caseId: string, slug: string | null) {
  const client = useQueryClient();
  const onSuccess = async () => {
    await client.invalidateQueries({ queryKey: keys.case(caseId) });
    if (slug === null) return;
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.projectPart(slug, "board") }),
      client.invalidateQueries({ queryKey: keys.projectPart(slug, "cases") }),
    ]);
  };
  return {
    change: useMutation({
      mutationFn: (changes: { priority?: number; due_on?: string | null }) =>
        api.patch<CaseDetail>(`/cases/${caseId}`, changes),
      onSuccess,
    }),
    assign: useMutation({
      mutationFn: ({ taskId, userId }: { taskId: string; userId: string }) =>
        api.post(`/tasks/${taskId}/assign`, { user_id: userId }),
      onSuccess,
    }),
    release: useMutation({
      mutationFn: (assignmentId: string) => api.post(`/assignments/${assignmentId}/release`),
      onSuccess,
    }),
  };
}

/** The user's own assignments over all projects. */
export function useMyAssignments(state: string) {
  return useQuery({
    queryKey: [...keys.myWork, state],
    queryFn: async ({ signal }) =>
      rows(await api.get<Page<AssignmentCard> | AssignmentCard[]>("/assignments", { state, page_size: 100 }, signal)),
  });
}

/** Takes the next task of a project; null where there is none for this user now. */
export function useNextAssignment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (slug: string) =>
      (await api.post<AssignmentCard | undefined>(`/projects/${slug}/next-assignment`)) ?? null,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.myWork }),
  });
}
