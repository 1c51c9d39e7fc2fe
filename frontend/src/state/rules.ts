import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import { keys } from "./keys";

type Schemas = components["schemas"];
export type InclusionRule = Schemas["Rule"];
export type Verdict = Schemas["Verdict"];
export type GradingSchema = Schemas["GradingSchema"];

export function useInclusionRules(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "inclusion"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/inclusion", { params: { path: { slug } }, signal })),
  });
}

/** Changing the rules checks every series at once, so series, board and counts are read anew. */
export function useSetInclusionRules(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (rules: readonly Pick<InclusionRule, "id" | "enabled" | "parameters">[]) =>
      answer(
        client.PUT("/api/v1/projects/{slug}/inclusion", { params: { path: { slug } }, body: { rules: [...rules] } }),
      ),
    onSuccess: (rules) => {
      queries.setQueryData(keys.projectPart(slug, "inclusion"), rules);
      return readAnew(queries, slug);
    },
  });
}

async function readAnew(queries: ReturnType<typeof useQueryClient>, slug: string): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: ["series"] }),
    ...(["series", "inclusion", "board", "cases", "statistics"] as const).map((part) =>
      queries.invalidateQueries({ queryKey: keys.projectPart(slug, part) }),
    ),
  ]);
}

/** What a manager says of one rule on one series. */
export function useVerdictActions(slug: string, seriesId: string) {
  const queries = useQueryClient();
  const onSuccess = () => readAnew(queries, slug);
  const at = (rule: string) => ({ params: { path: { series_id: seriesId, rule_id: rule } } });
  return {
    waive: useMutation({
      mutationFn: ({ rule, reason }: { rule: string; reason: string }) =>
        answer(client.PUT("/api/v1/series/{series_id}/inclusion/{rule_id}/waiver", { ...at(rule), body: { reason } })),
      onSuccess,
    }),
    takeBack: useMutation({
      mutationFn: (rule: string) =>
        answer(client.DELETE("/api/v1/series/{series_id}/inclusion/{rule_id}/waiver", at(rule))),
      onSuccess,
    }),
    state: useMutation({
      mutationFn: ({ rule, state, fact }: { rule: string; state: Schemas["RuleState"]; fact: string }) =>
        answer(client.PUT("/api/v1/series/{series_id}/inclusion/{rule_id}", { ...at(rule), body: { state, fact } })),
      onSuccess,
    }),
  };
}

export function useGradingSchema(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "grading-schema"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/grading-schema", { params: { path: { slug } }, signal })),
  });
}

export function useSetGradingSchema(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (schema: GradingSchema) =>
      answer(
        client.PUT("/api/v1/projects/{slug}/grading-schema", {
          params: { path: { slug } },
          body: { schema: { ...schema } },
        }),
      ),
    onSuccess: (set) => queries.setQueryData(keys.projectPart(slug, "grading-schema"), set),
  });
}

const SERIES_AT_ONCE = 200; // as many as the server takes in one request

/** The rules that keep series out, with how many. */
export function useKeptOut(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "inclusion", "kept-out"), // not beside the lists of series, whose runs are patched
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/inclusion/kept-out", { params: { path: { slug } }, signal })),
  });
}

interface ManyWaived {
  readonly rule: string;
  readonly ids: readonly string[];
  /** Why they are let in; null takes the waivers back. */
  readonly reason: string | null;
  readonly preview: boolean;
}

/** One rule waived for many series, or its waivers taken back, some after the other. */
export function useWaiveMany(slug: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ rule, ids, reason, preview }: ManyWaived) => {
      const params = { path: { slug, rule_id: rule } };
      const outcomes: Schemas["WaiverOutcome"][] = [];
      for (let begin = 0; begin < ids.length; begin += SERIES_AT_ONCE) {
        const series_ids = ids.slice(begin, begin + SERIES_AT_ONCE);
        const told =
          reason === null
            ? client.POST("/api/v1/projects/{slug}/inclusion/{rule_id}/waivers/withdraw", {
                params,
                body: { series_ids },
              })
            : client.POST("/api/v1/projects/{slug}/inclusion/{rule_id}/waivers", {
                params,
                body: { series_ids, reason, preview },
              });
        outcomes.push(...(await answer(told)));
      }
      return outcomes;
    },
    // also where one of several requests failed: those before it were done
    onSettled: (_outcomes, _error, { preview }) => (preview ? undefined : readAnew(queries, slug)),
  });
}
