import {
  queryOptions,
  skipToken,
  useMutation,
  useQuery,
  useQueryClient,
  useSuspenseQuery,
} from "@tanstack/react-query";
import { addressOf, answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import type { AbsenceInput, Project } from "@/api/types";
import { useSetActiveProject } from "./activeProject";
import { keys } from "./keys";
import { ALL_ROWS, rowsOf } from "./lists";
import { sessionKey } from "./session";

export const projectQuery = (slug: string) =>
  queryOptions({
    queryKey: keys.project(slug),
    queryFn: ({ signal }) => answer(client.GET("/api/v1/projects/{slug}", { params: { path: { slug } }, signal })),
  });

/** The project of the page; the route waits for it and shows 404 where it is hidden. */
export function useProject(slug: string): Project {
  return useSuspenseQuery(projectQuery(slug)).data;
}

/** The project that a page outside of /projects/$slug belongs to, once that is known. */
export function useProjectOfPage(slug: string | undefined): Project | undefined {
  const { data } = useQuery({ ...projectQuery(slug ?? ""), enabled: slug !== undefined });
  useSetActiveProject(data);
  return data;
}

export function useProjects() {
  return useQuery({
    queryKey: keys.projects,
    queryFn: ({ signal }) => rowsOf(answer(client.GET("/api/v1/projects", { params: { query: ALL_ROWS }, signal }))),
  });
}

export function useProtocols() {
  return useQuery({
    queryKey: keys.protocols,
    queryFn: () => answer(client.GET("/api/v1/protocols")),
    staleTime: Infinity,
  });
}

export function useCreateProject() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["ProjectInputRequest"]) =>
      answer(client.POST("/api/v1/projects", { body })),
    onSuccess: async () => {
      // The new project brings a membership with it.
      await Promise.all([
        queries.invalidateQueries({ queryKey: keys.projects }),
        queries.invalidateQueries({ queryKey: sessionKey }),
      ]);
    },
  });
}

export function useUpdateProject(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["PatchedProjectChangesInputRequest"]) =>
      answer(client.PATCH("/api/v1/projects/{slug}", { params: { path: { slug } }, body })),
    onSuccess: (project) => {
      queries.setQueryData(keys.project(slug), project);
      void queries.invalidateQueries({ queryKey: keys.projects });
    },
  });
}

export function useMembers(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "members"),
    queryFn: ({ signal }) =>
      rowsOf(
        answer(client.GET("/api/v1/projects/{slug}/members", { params: { path: { slug }, query: ALL_ROWS }, signal })),
      ),
  });
}

type MemberChanges = components["schemas"]["PatchedMemberChangesInputRequest"];

export function useMemberActions(slug: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.projectPart(slug, "members") });
  const path = (id: string) => ({ path: { slug, member_id: id } });
  return {
    change: useMutation({
      mutationFn: ({ id, ...body }: { id: string } & MemberChanges) =>
        answer(client.PATCH("/api/v1/projects/{slug}/members/{member_id}", { params: path(id), body })),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (id: string) =>
        answer(client.DELETE("/api/v1/projects/{slug}/members/{member_id}", { params: path(id) })),
      onSuccess,
    }),
  };
}

/** Note an absence, and what becomes of the work. */
export function useAbsence(slug: string, memberId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: AbsenceInput) => noteAbsence(slug, memberId, body),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.projectPart(slug, "members") }),
  });
}

/** What would become of the work; nothing is asked before both days are known. */
export function useAbsencePreview(slug: string, memberId: string, asked: AbsenceInput | null) {
  return useQuery({
    queryKey: keys.projectPart(slug, "members", memberId, "absence", asked),
    queryFn: asked === null ? skipToken : () => noteAbsence(slug, memberId, { ...asked, preview: true }),
  });
}

function noteAbsence(slug: string, memberId: string, body: AbsenceInput) {
  const params = { path: { slug, member_id: memberId } };
  return answer(client.POST("/api/v1/projects/{slug}/members/{member_id}/absence", { params, body }));
}

/** Where the table lies of what each person did (managers). */
export function creditTableUrl(slug: string): string {
  return addressOf("/api/v1/projects/{slug}/credit.csv", { slug });
}
