import { useEffect, useMemo, useState } from "react";
import { assignments, type AssignmentDetail, type NamingChoice, type NamingQuestion } from "@/api/assignments";
import { notifyFailure } from "@/components/common/notify";
import type { Outbox, Pending } from "@/state/outbox/outbox";
import { usePending } from "./useOutbox";

export interface NamingDoubt {
  /** null: nobody doubts the names. */
  readonly question: NamingQuestion | null;
  /** It keeps the work from being handed in. */
  readonly isOpen: boolean;
  readonly answer: (choice: NamingChoice) => void;
}

/** The question with the answer that waits to be sent, and the levels that this answer was about. */
function withPending(
  question: NamingQuestion,
  pending: readonly Pending[],
): { question: NamingQuestion; levels: readonly number[] | null } {
  const said = pending.findLast(({ act, refusal }) => act.kind === "naming" && refusal === undefined)?.act;
  if (said?.kind !== "naming") return { question, levels: null };
  return { question: { ...question, answer: said.answer, note: "", outdated: false }, levels: said.levels };
}

/**
 * The question whether names that the engine guessed are right. An answer is about the levels that were there:
 * with other ones it is asked again. The server has the last word and looks at where each name went; it gets the
 * answer after all edits that were made before it.
 */
export function useNamingQuestion(
  detail: AssignmentDetail,
  outbox: Outbox,
  levels: readonly number[],
  settledNames: string,
): NamingDoubt {
  const [known, setKnown] = useState(detail.naming_question);
  const pending = usePending(outbox);
  const present = levels.join();
  const [answeredFor, setAnsweredFor] = useState<string | null>(null);

  // Who settles a dispute has answered with it: the server knows how.
  useEffect(() => {
    if (settledNames === "") return;
    assignments.get(detail.id).then(
      (fresh) => {
        setKnown(fresh.naming_question);
        setAnsweredFor(null);
      },
      (error: unknown) => notifyFailure(error),
    );
  }, [detail.id, settledNames]);

  useEffect(
    () =>
      outbox.onTaken(({ act }, answer) => {
        if (act.kind !== "naming") return;
        setKnown(answer as NamingQuestion);
        setAnsweredFor(act.levels.join());
      }),
    [outbox],
  );

  const answer = (choice: NamingChoice): void => {
    // A new answer takes the place of one that the server would not take.
    for (const { id, act, refusal } of pending)
      if (act.kind === "naming" && refusal !== undefined) void outbox.discard(id);
    void outbox.add({ kind: "naming", answer: choice, levels });
  };

  const shown = useMemo(() => {
    if (known === null) return null;
    const { question, levels: saidFor } = withPending(known, pending);
    const about = saidFor?.join() ?? answeredFor;
    return { ...question, outdated: question.outdated || (about !== null && about !== present) };
  }, [known, pending, answeredFor, present]);
  return {
    question: shown,
    isOpen: shown !== null && shown.asked && (shown.answer === null || shown.outdated),
    answer,
  };
}
