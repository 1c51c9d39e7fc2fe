import { useQuery } from "@tanstack/react-query";
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { assignments } from "@/api/assignments";
import { notifyFailure } from "@/components/common/notify";
import { changeGrading, emptyGrading, type Grading } from "@/domain/grading";

export interface Gradings {
  readonly byLabel: ReadonlyMap<number, Grading>;
  /** Answers that the server does not have yet. */
  readonly unsaved: ReadonlySet<number>;
  /** Answers that the server has. */
  readonly answered: ReadonlySet<number>;
  readonly loading: boolean;
  change(label: number, change: Partial<Grading>): void;
  normalRest(labels: readonly number[]): Promise<void>;
  retry(): void;
}

/** Whether there is an answer to send: a comment alone waits for its grade. */
function isAnswer(grading: Grading): boolean {
  return grading.grade !== null || grading.not_gradable_reason !== "";
}

/** The reader's own gradings: shown at once, saved one after the other for each vertebra. */
export function useGradings(assignmentId: string, enabled: boolean): Gradings {
  const query = useQuery({
    queryKey: ["assignment", assignmentId, "gradings"],
    queryFn: () => assignments.gradings(assignmentId),
    enabled,
    staleTime: Infinity,
  });
  const [own, setOwn] = useState<ReadonlyMap<number, Grading>>(new Map());
  const [unsaved, setUnsaved] = useState<ReadonlySet<number>>(new Set());
  const chains = useRef(new Map<number, Promise<void>>());
  const { data, refetch } = query;

  const byLabel = useMemo(() => {
    const merged = new Map<number, Grading>((data ?? []).map((grading) => [grading.label, grading]));
    for (const [label, grading] of own) merged.set(label, grading);
    return merged;
  }, [data, own]);
  const latest = useRef(byLabel);
  useLayoutEffect(() => {
    latest.current = byLabel;
  }, [byLabel]);

  const save = useCallback(
    (label: number) => {
      setUnsaved((labels) => new Set(labels).add(label));
      const before = chains.current.get(label) ?? Promise.resolve();
      const saving = before.then(async () => {
        const grading = latest.current.get(label);
        if (!grading || !isAnswer(grading)) return;
        try {
          await assignments.grade(assignmentId, grading);
          if (latest.current.get(label) !== grading) return;
          setUnsaved((labels) => new Set([...labels].filter((other) => other !== label)));
        } catch (error) {
          notifyFailure(error, "The grade is not saved yet");
        }
      });
      chains.current.set(label, saving);
    },
    [assignmentId],
  );

  const change = useCallback(
    (label: number, changes: Partial<Grading>) => {
      const next = changeGrading(latest.current.get(label) ?? emptyGrading(label), changes);
      latest.current = new Map(latest.current).set(label, next);
      setOwn((gradings) => new Map(gradings).set(label, next));
      save(label);
    },
    [save],
  );

  const normalRest = useCallback(
    async (labels: readonly number[]) => {
      try {
        await assignments.normalRest(assignmentId, labels);
        await refetch();
      } catch (error) {
        notifyFailure(error);
      }
    },
    [assignmentId, refetch],
  );

  const retry = useCallback(() => {
    for (const label of unsaved) save(label);
  }, [save, unsaved]);

  const answered = useMemo(
    () => new Set([...byLabel.values()].filter((grading) => isAnswer(grading) && !unsaved.has(grading.label)).map(({ label }) => label)),
    [byLabel, unsaved],
  );

  return { byLabel, unsaved, answered, loading: query.isLoading, change, normalRest, retry };
}
