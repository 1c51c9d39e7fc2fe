import { useEffect, useState } from "react";
import { assignments, type AssignmentDetail, type NamingChoice, type NamingQuestion } from "@/api/assignments";
import { notifyFailure } from "@/components/common/notify";
import type { EditSync } from "@/state/edits/editSync";
import type { Outbox } from "@/state/outbox/outbox";
import { saveText } from "./SaveState";

export interface NamingDoubt {
  /** null: nobody doubts the names. */
  readonly question: NamingQuestion | null;
  /** It keeps the work from being handed in. */
  readonly isOpen: boolean;
  readonly busy: boolean;
  readonly answer: (choice: NamingChoice) => Promise<void>;
}

/**
 * The question whether names that the engine guessed are right. An answer is about the levels that were there:
 * with other ones it is asked again. The server has the last word and looks at where each name went.
 */
export function useNamingQuestion(
  detail: AssignmentDetail,
  outbox: Outbox,
  sync: EditSync | null,
  levels: readonly number[],
  settledNames: string,
): NamingDoubt {
  const [question, setQuestion] = useState(detail.naming_question);
  const [busy, setBusy] = useState(false);
  const present = levels.join();
  const [answeredFor, setAnsweredFor] = useState<string | null>(null);

  // Who settles a dispute has answered with it: the server knows how.
  useEffect(() => {
    if (settledNames === "") return;
    assignments.get(detail.id).then(
      (fresh) => {
        setQuestion(fresh.naming_question);
        setAnsweredFor(null);
      },
      (error: unknown) => notifyFailure(error),
    );
  }, [detail.id, settledNames]);

  const answer = async (choice: NamingChoice): Promise<void> => {
    setBusy(true);
    try {
      if (sync) {
        // The server holds the answer against its mask: everything done here has to be there first.
        outbox.retryNow();
        const status = await sync.settled();
        if (status.kind !== "saved") throw new Error(`Not answered: ${saveText(status)}.`);
      }
      setQuestion(await assignments.answerNaming(detail.id, choice));
      setAnsweredFor(present);
    } catch (error) {
      notifyFailure(error);
    } finally {
      setBusy(false);
    }
  };

  const outdated = question !== null && (question.outdated || (answeredFor !== null && answeredFor !== present));
  const shown = question === null ? null : { ...question, outdated };
  return {
    question: shown,
    isOpen: shown !== null && shown.asked && (shown.answer === null || outdated),
    busy,
    answer,
  };
}
