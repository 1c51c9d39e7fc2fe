import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import { keys } from "./keys";

/** The guidelines in force, and all versions. */
export function useGuidelines(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "guidelines", "all"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/guidelines", { params: { path: { slug } }, signal })),
  });
}

/** One version as it was published: it never changes. */
export function useGuidelineVersion(slug: string, number: number | null) {
  return useQuery({
    queryKey: keys.projectPart(slug, "guidelines", "version", number),
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/projects/{slug}/guidelines/versions/{number}", {
          params: { path: { slug, number: number ?? 0 } },
          signal,
        }),
      ),
    enabled: number !== null,
    staleTime: Infinity,
  });
}

/** Who has read which version (managers). */
export function useReceipts(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "guidelines", "receipts"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/guidelines/receipts", { params: { path: { slug } }, signal })),
  });
}

/** Note that the reader has read a version. */
export function useRead(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ number, how }: { number: number; how: "end" | "button" }) =>
      answer(
        client.POST("/api/v1/projects/{slug}/guidelines/versions/{number}/read", {
          params: { path: { slug, number } },
          body: { how },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.projectPart(slug, "guidelines") }),
        queries.invalidateQueries({ queryKey: keys.myWork }),
      ]),
  });
}

/** The draft of the next version (managers). */
export function useDraft(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "guidelines", "draft"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/guidelines/draft", { params: { path: { slug } }, signal })),
  });
}

interface Drafted {
  text: string;
  changes: string;
  revision: number;
}

export function useDraftActions(slug: string) {
  const queries = useQueryClient();
  const part = keys.projectPart(slug, "guidelines");
  const path = { path: { slug } };
  const refresh = () => queries.invalidateQueries({ queryKey: part });
  return {
    save: useMutation({
      mutationFn: (body: Drafted) =>
        answer(client.PUT("/api/v1/projects/{slug}/guidelines/draft", { params: path, body })),
      onSuccess: (draft) => queries.setQueryData(keys.projectPart(slug, "guidelines", "draft"), draft),
    }),
    drop: useMutation({
      mutationFn: () => answer(client.DELETE("/api/v1/projects/{slug}/guidelines/draft", { params: path })),
      onSuccess: refresh,
    }),
    publish: useMutation({
      mutationFn: (body: { revision: number; changes: string; must_read: boolean }) =>
        answer(client.POST("/api/v1/projects/{slug}/guidelines/publish", { params: path, body })),
      onSuccess: () => Promise.all([refresh(), queries.invalidateQueries({ queryKey: keys.project(slug) })]),
    }),
    addPicture: useMutation({
      mutationFn: (file: File) =>
        answer(
          client.POST("/api/v1/projects/{slug}/guidelines/pictures", {
            params: path,
            headers: { "Content-Type": "application/octet-stream" },
            body: "",
            bodySerializer: () => file,
          }),
        ),
    }),
  };
}

/** What the reader has asked on the case of a task. */
export function useOwnQuestions(assignmentId: string) {
  return useQuery({
    queryKey: ["questions", assignmentId],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/assignments/{assignment_id}/questions", {
          params: { path: { assignment_id: assignmentId } },
          signal,
        }),
      ),
  });
}

export interface Asked {
  text: string;
  label: number | null;
  voxel: [number, number, number] | null;
}

export function useAsk(assignmentId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Asked) =>
      answer(
        client.POST("/api/v1/assignments/{assignment_id}/questions", {
          params: { path: { assignment_id: assignmentId } },
          body,
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["questions", assignmentId] }),
  });
}

/** What people ask in a project, without their words (managers and experts). */
export function useQuestions(slug: string, state: "open" | "all") {
  return useQuery({
    queryKey: keys.projectPart(slug, "questions", state),
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/projects/{slug}/questions", {
          params: { path: { slug }, query: { state, page_size: 100 } },
          signal,
        }),
      ),
  });
}

/** Which questions each version answers, of those that the reader may read. */
export function useAnswered(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "questions", "answered"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/questions/answered", { params: { path: { slug } }, signal })),
  });
}

/** One question with its words: to ask for it is noted as a look at others' work. */
export function useQuestion(id: string | null) {
  return useQuery({
    queryKey: ["question", id],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/questions/{question_id}", { params: { path: { question_id: id ?? "" } }, signal })),
    enabled: id !== null,
  });
}

export function useQuestionActions(slug: string) {
  const queries = useQueryClient();
  const path = (id: string) => ({ params: { path: { question_id: id } } });
  const onSuccess = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["question"] }),
      queries.invalidateQueries({ queryKey: ["questions"] }),
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "questions") }),
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "guidelines", "draft") }),
    ]);
  return {
    reply: useMutation({
      mutationFn: ({ id, text }: { id: string; text: string }) =>
        answer(client.POST("/api/v1/questions/{question_id}/replies", { ...path(id), body: { text } })),
      onSuccess,
    }),
    close: useMutation({
      mutationFn: (id: string) => answer(client.POST("/api/v1/questions/{question_id}/close", path(id))),
      onSuccess,
    }),
    toDraft: useMutation({
      mutationFn: (id: string) => answer(client.POST("/api/v1/questions/{question_id}/guidelines", path(id))),
      onSuccess,
    }),
  };
}
