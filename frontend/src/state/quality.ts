/** Training, gold cases, weights of fusion, automation bias, and acts on many cases at once. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import { untilComputed } from "./asOf";
import { keys } from "./keys";

type Schemas = components["schemas"];

const POLL_SCORE_MS = 2000;

/** Answer keys, trainees, hidden exercises and open places (managers). */
export function useQuality(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "quality"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/quality", { params: { path: { slug } }, signal })),
  });
}

/** Work that was handed in too fast (managers). */
export function useHastyWork(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "hasty-work"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/hasty-work", { params: { path: { slug } }, signal })),
  });
}

export function useQualityActions(slug: string) {
  const queries = useQueryClient();
  const onSuccess = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "quality") }),
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, "cases") }),
    ]);
  return {
    setKey: useMutation({
      mutationFn: (body: Schemas["AnswerKeyInputRequest"]) =>
        answer(client.POST("/api/v1/projects/{slug}/answer-keys", { params: { path: { slug } }, body })),
      onSuccess,
    }),
    dropKey: useMutation({
      mutationFn: (id: string) =>
        answer(client.DELETE("/api/v1/answer-keys/{answer_key_id}", { params: { path: { answer_key_id: id } } })),
      onSuccess,
    }),
    qualify: useMutation({
      mutationFn: (body: Schemas["QualificationInputRequest"]) =>
        answer(client.POST("/api/v1/projects/{slug}/qualifications", { params: { path: { slug } }, body })),
      onSuccess,
    }),
    disqualify: useMutation({
      mutationFn: (userId: string) =>
        answer(
          client.DELETE("/api/v1/projects/{slug}/qualifications/{user_id}", {
            params: { path: { slug, user_id: userId } },
          }),
        ),
      onSuccess,
    }),
  };
}

/** How a training case went; asked again until it is scored. */
export function useFeedback(assignmentId: string) {
  return useQuery({
    queryKey: ["feedback", assignmentId],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/assignments/{assignment_id}/feedback", {
          params: { path: { assignment_id: assignmentId } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => (state.data?.ready === false ? POLL_SCORE_MS : false),
  });
}

export function useAutomationBias(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "automation-bias"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/automation-bias", { params: { path: { slug } }, signal })),
    refetchInterval: untilComputed,
  });
}

export function useRaterWeights(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "rater-weights"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/rater-weights", { params: { path: { slug } }, signal })),
    refetchInterval: untilComputed,
  });
}

export function useChooseWeights(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["WeightsInputRequest"]) =>
      answer(client.POST("/api/v1/projects/{slug}/rater-weights", { params: { path: { slug } }, body })),
    onSuccess: (report) => queries.setQueryData(keys.projectPart(slug, "rater-weights"), report),
  });
}

type BulkInput = Schemas["BulkInputRequest"];
const AT_ONCE = 200; // as many as the server takes in one request
const PREVIEWED_AT_ONCE = 50; // others wait to write while a preview is worked out

type ReturnInput = Schemas["ReturnInputRequest"] & { readonly action: "return" };

interface BulkAsked {
  readonly body: BulkInput | ReturnInput;
  /** How many of all are done. */
  readonly onProgress?: (done: number) => void;
}

export interface BulkResult {
  readonly outcomes: readonly Schemas["Outcome"][];
  /** Why it broke off after some of the cases: those are done, and can be undone. */
  readonly broken: unknown;
  /** The cases from there on. */
  readonly left: readonly string[];
}

function bulk(slug: string, body: BulkAsked["body"]): Promise<Schemas["Outcome"][]> {
  const params = { path: { slug } };
  if (body.action !== "return") return answer(client.POST("/api/v1/projects/{slug}/cases/bulk", { params, body }));
  const { case_ids, comment, preview } = body;
  return answer(client.POST("/api/v1/projects/{slug}/cases/return", { params, body: { case_ids, comment, preview } }));
}

/** The same for many cases, some after the other; the answer says for each whether it was done. */
export function useBulk(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ body, onProgress }: BulkAsked): Promise<BulkResult> => {
      const outcomes: Schemas["Outcome"][] = [];
      const size = body.preview === true ? PREVIEWED_AT_ONCE : AT_ONCE;
      for (let begin = 0; begin < body.case_ids.length; begin += size) {
        try {
          outcomes.push(...(await bulk(slug, { ...body, case_ids: body.case_ids.slice(begin, begin + size) })));
        } catch (error) {
          if (begin === 0 || body.preview === true) throw error;
          return { outcomes, broken: error, left: body.case_ids.slice(begin) };
        }
        onProgress?.(outcomes.length);
      }
      return { outcomes, broken: null, left: [] };
    },
    // also where one of several requests failed: those before it were done
    onSettled: (_outcomes, _error, { body }) =>
      body.preview !== true &&
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.projectPart(slug, "cases") }),
        queries.invalidateQueries({ queryKey: keys.projectPart(slug, "case-tags") }),
        queries.invalidateQueries({ queryKey: keys.projectPart(slug, "board") }),
        queries.invalidateQueries({ queryKey: ["case"] }),
      ]),
  });
}

/** Ask for the names behind one case of a double-blind project. */
export function useUnblind(caseId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) =>
      answer(
        client.POST("/api/v1/cases/{case_id}/unblind", { params: { path: { case_id: caseId } }, body: { reason } }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.case(caseId) }),
  });
}

/** Raters whose figures have left their own band (managers). */
export function useDrift(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "drift"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/drift", { params: { path: { slug } }, signal })),
    refetchInterval: untilComputed,
  });
}

export function useDriftActions(slug: string) {
  const queries = useQueryClient();
  return {
    settle: useMutation({
      mutationFn: ({ id, how, reason }: { id: string; how: "dismiss" | "retrain"; reason: string }) => {
        const said = { params: { path: { slug, drift_id: id } }, body: { reason } };
        return answer(
          how === "retrain"
            ? client.POST("/api/v1/projects/{slug}/drift/{drift_id}/retrain", said)
            : client.POST("/api/v1/projects/{slug}/drift/{drift_id}/dismiss", said),
        );
      },
      onSuccess: () =>
        Promise.all([
          queries.invalidateQueries({ queryKey: keys.projectPart(slug, "drift") }),
          queries.invalidateQueries({ queryKey: keys.projectPart(slug, "quality") }),
        ]),
    }),
  };
}
