import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { t } from "@/i18n";
import { assignments, type Concern, type FindingAnswer } from "@/api/assignments";
import type { EditSync } from "@/state/edits/editSync";
import { keys } from "@/state/keys";
import type { Outbox } from "@/state/outbox/outbox";
import { saveText } from "./SaveState";
import { useActiveTime } from "./useActiveTime";
import { usePending } from "./useOutbox";
import type { SeenLevels } from "./useSeenLevels";

export interface HandIn {
  /** `next`: go on with the next task. */
  readonly submit: (comment: string, answers: readonly FindingAnswer[], next: boolean) => Promise<void>;
  /** Tell the manager about the task, and give it back where asked: what was painted is with the server before. */
  readonly tell: (concern: Concern) => Promise<void>;
  readonly decide: (accept: boolean, comment: string) => Promise<void>;
  /** A decision is on its way. */
  readonly deciding: boolean;
}

/** Submit, or decide a review: only after everything else is with the server. */
export function useHandIn(
  outbox: Outbox,
  userId: string,
  sync: EditSync | null,
  seen: SeenLevels,
  isWorking: boolean,
  onFinished: (next: boolean) => void,
): HandIn {
  const report = useActiveTime(outbox, userId, isWorking);
  const client = useQueryClient();
  const pending = usePending(outbox);
  /** The same hand-in sent again, after its answer was lost, is the same. */
  const attempt = useRef({ key: "", content: "" });

  const finished = useCallback(
    (message: string, next = false) => {
      seen.clear();
      // Work lists and boards show the new state without waiting for the socket.
      void client.invalidateQueries();
      // What was kept of the first page still names this task: it would be shown until the new one has come.
      client.removeQueries({ queryKey: keys.myWork, type: "inactive" });
      notifications.show({ color: "petrol", message });
      onFinished(next);
    },
    [client, onFinished, seen],
  );

  useEffect(
    () =>
      outbox.onTaken(({ act }) => {
        if (act.kind === "decision")
          finished(act.accept ? t("The case is accepted.") : t("The case went back with your comment."));
      }),
    [outbox, finished],
  );

  const allSaved = async (otherwise: string): Promise<void> => {
    await report();
    outbox.retryNow();
    const status = await outbox.settled();
    if (status.kind !== "saved" || outbox.pending > 0) throw new Error(`${otherwise}: ${saveText(status)}.`);
  };

  const submit: HandIn["submit"] = async (comment, answers, next) => {
    await allSaved(t("Not submitted"));
    const digest = sync ? await sync.currentDigest() : "";
    const shown = seen.read();
    const content = JSON.stringify([digest, comment, answers, shown]);
    if (attempt.current.content !== content) attempt.current = { key: crypto.randomUUID(), content };
    await assignments.submit(
      outbox.assignmentId,
      { digest, active_seconds: 0, comment, answers, seen: shown },
      attempt.current.key,
    );
    finished(t("Submitted. Thank you."), next);
  };

  const tell = async (concern: Concern): Promise<void> => {
    if (concern.give_back) await allSaved(t("Not given back"));
    await assignments.tell(outbox.assignmentId, concern);
    if (concern.give_back) return finished(t("The task is given back. The manager reads why."));
    void client.invalidateQueries();
    notifications.show({ color: "petrol", message: t("The manager reads it. The task stays yours.") });
  };

  const decide = async (accept: boolean, comment: string): Promise<void> => {
    await report();
    await outbox.add({ kind: "decision", accept, comment });
  };

  const deciding = pending.some(({ act, refusal }) => act.kind === "decision" && refusal === undefined);
  return { submit, tell, decide, deciding };
}
