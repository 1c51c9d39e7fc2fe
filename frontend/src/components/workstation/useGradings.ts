import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { assignments } from "@/api/assignments";
import { changeGrading, emptyGrading, type Grading } from "@/domain/grading";
import { gradingsKey } from "@/state/outbox/answers";
import type { Outbox, Pending } from "@/state/outbox/outbox";
import { useKept } from "./useKept";
import { usePending } from "./useOutbox";

export interface Gradings {
  readonly byLabel: ReadonlyMap<number, Grading>;
  /** Answers that the server does not have yet. */
  readonly unsaved: ReadonlySet<number>;
  /** Answers that the server has. */
  readonly answered: ReadonlySet<number>;
  readonly loading: boolean;
  change(label: number, change: Partial<Grading>): void;
  normalRest(labels: readonly number[]): void;
  retry(): void;
}

/** Whether there is an answer to send: a comment alone waits for its grade. */
function isAnswer(grading: Grading | undefined): grading is Grading {
  return grading !== undefined && (grading.grade !== null || grading.not_gradable_reason !== "");
}

/** Whether something that was kept is an answer begun; an older form of it is none. */
function isDraft(value: unknown): value is Grading {
  return typeof value === "object" && value !== null && Object.keys(emptyGrading(0)).every((field) => field in value);
}

function byLabelOf(drafts: Readonly<Record<string, Grading>>): Map<number, Grading> {
  return new Map(Object.values(drafts).map((draft) => [draft.label, draft]));
}

/** What the server has, with what waits to be sent on top of it, and which vertebrae that concerns. */
function withPending(
  saved: readonly Grading[],
  pending: readonly Pending[],
): { byLabel: Map<number, Grading>; unsaved: Set<number> } {
  const byLabel = new Map(saved.map((grading) => [grading.label, grading]));
  const unsaved = new Set<number>();
  const put = (grading: Grading): void => {
    byLabel.set(grading.label, grading);
    unsaved.add(grading.label);
  };
  for (const { act } of pending) {
    if (act.kind === "grade") put(act.answer);
    if (act.kind === "rest")
      for (const label of act.labels) if (!isAnswer(byLabel.get(label))) put({ ...emptyGrading(label), grade: 0 });
  }
  return { byLabel, unsaved };
}

/** The reader's own gradings: shown at once, sent in the order in which they were given. */
export function useGradings(outbox: Outbox, enabled: boolean): Gradings {
  const query = useQuery({
    queryKey: gradingsKey(outbox.assignmentId),
    queryFn: () => assignments.gradings(outbox.assignmentId),
    enabled,
    staleTime: Infinity,
  });
  const { data } = query;
  const pending = usePending(outbox);
  /** Begun, and no answer yet. */
  const [drafts, setDrafts] = useKept(`vertebase-grades-${outbox.assignmentId}`, isDraft);
  const sent = useMemo(() => withPending(data ?? [], pending), [data, pending]);
  const byLabel = useMemo(() => new Map([...sent.byLabel, ...byLabelOf(drafts)]), [sent, drafts]);
  const unsaved = useMemo(() => new Set([...sent.unsaved, ...byLabelOf(drafts).keys()]), [sent, drafts]);
  // Two keys may come before the next drawing: the second builds on the first.
  const latest = useRef<ReadonlyMap<number, Grading>>(byLabel);
  useEffect(() => {
    latest.current = byLabel;
  }, [byLabel]);

  const change = useCallback(
    (label: number, changes: Partial<Grading>) => {
      const next = changeGrading(latest.current.get(label) ?? emptyGrading(label), changes);
      latest.current = new Map(latest.current).set(label, next);
      setDrafts((before) => {
        const { [label]: _, ...rest } = before;
        return isAnswer(next) ? rest : { ...rest, [label]: next };
      });
      if (isAnswer(next)) void outbox.add({ kind: "grade", answer: next });
    },
    [outbox, setDrafts],
  );
  const normalRest = useCallback((labels: readonly number[]) => void outbox.add({ kind: "rest", labels }), [outbox]);
  const retry = useCallback(() => outbox.retryNow(), [outbox]);
  const answered = useMemo(
    () =>
      new Set(
        [...byLabel.values()]
          .filter((grading) => isAnswer(grading) && !unsaved.has(grading.label))
          .map(({ label }) => label),
      ),
    [byLabel, unsaved],
  );
  return { byLabel, unsaved, answered, loading: query.isLoading, change, normalRest, retry };
}
