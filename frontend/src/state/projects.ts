import { queryOptions, useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { api, type Query } from "@/api/http";
import type { Member, Page, Project, Protocol, Role } from "@/api/types";
import { keys } from "./keys";
import { sessionKey } from "./session";

/** Most rows that a list which is not paged on its page asks for. */
export const ALL_ROWS: Query = { page_size: 500 };

export function rows<T>(body: Page<T> | T[]): T[] {
  return Array.isArray(body) ? body : body.results;
}

export const projectQuery = (slug: string) =>
  queryOptions({
    queryKey: keys.project(slug),
    queryFn: ({ signal }) => api.get<Project>(`/projects/${slug}`, {}, signal),
  });

/** The project of the page; the route waits for it and shows 404 where it is hidden. */
export function useProject(slug: string): Project {
  return useSuspenseQuery(projectQuery(slug)).data;
}

export function useProjects() {
  return useQuery({
    queryKey: keys.projects,
    queryFn: async ({ signal }) => rows(await api.get<Page<Project> | Project[]>("/projects", ALL_ROWS, signal)),
  });
}

export function useProtocols() {
  return useQuery({
    queryKey: keys.protocols,
    queryFn: async () => rows(await api.get<Page<Protocol> | Protocol[]>("/protocols")),
    staleTime: Infinity,
  });
}

export interface NewProject {
  name: string;
  slug?: string;
  description: string;
  protocol_key: string;
}

export function useCreateProject() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (values: NewProject) => api.post<Project>("/projects", values),
    onSuccess: async () => {
      // The new project brings a membership with it.
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.projects }),
        client.invalidateQueries({ queryKey: sessionKey }),
      ]);
    },
  });
}

export type ProjectChanges = Partial<
  Pick<Project, "name" | "description" | "guidelines" | "working_spacing_mm" | "protocol">
>;

export function useUpdateProject(slug: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (changes: ProjectChanges) => api.patch<Project>(`/projects/${slug}`, changes),
    onSuccess: (project) => {
      client.setQueryData(keys.project(slug), project);
      void client.invalidateQueries({ queryKey: keys.projects });
    },
  });
}

export function useMembers(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "members"),
    queryFn: async ({ signal }) =>
      rows(await api.get<Page<Member> | Member[]>(`/projects/${slug}/members`, ALL_ROWS, signal)),
  });
}

export function useMemberActions(slug: string) {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: keys.projectPart(slug, "members") });
  return {
    add: useMutation({
      mutationFn: (values: { email: string; role: Role }) => api.post<Member>(`/projects/${slug}/members`, values),
      onSuccess,
    }),
    change: useMutation({
      mutationFn: ({ id, ...changes }: { id: string; role?: Role; active?: boolean; away_until?: string | null }) =>
        api.patch<Member>(`/projects/${slug}/members/${id}`, changes),
      onSuccess,
    }),
    remove: useMutation({
      mutationFn: (id: string) => api.remove(`/projects/${slug}/members/${id}`),
      onSuccess,
    }),
  };
}
