import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { assignments, type FindingAnswer } from "@/api/assignments";
import { notifyFailure } from "@/components/common/notify";
import type { EditSync } from "@/state/edits/editSync";
import { saveText } from "./SaveState";
import { useActiveTime } from "./useActiveTime";

export interface HandIn {
  readonly submit: (comment: string, answers: readonly FindingAnswer[]) => Promise<void>;
  readonly decide: (accept: boolean, comment: string) => Promise<void>;
  readonly deciding: boolean;
}

/** Submit, or decide a review: only after every edit is with the server. */
export function useHandIn(assignmentId: string, sync: EditSync | null, onFinished: () => void): HandIn {
  const time = useActiveTime(assignmentId);
  const client = useQueryClient();
  const [deciding, setDeciding] = useState(false);

  const finished = useCallback(
    (message: string) => {
      time.clear();
      // Work lists and boards show the new state without waiting for the socket.
      void client.invalidateQueries();
      notifications.show({ color: "petrol", message });
      onFinished();
    },
    [client, onFinished, time],
  );

  const submit = async (comment: string, answers: readonly FindingAnswer[]): Promise<void> => {
    let digest = "";
    if (sync) {
      sync.retryNow();
      const status = await sync.settled();
      if (status.kind !== "saved") throw new Error(`Not submitted: ${saveText(status)}.`);
      digest = await sync.currentDigest();
    }
    await assignments.submit(assignmentId, { digest, active_seconds: time.read(), comment, answers });
    finished("Submitted. Thank you.");
  };

  const decide = async (accept: boolean, comment: string): Promise<void> => {
    setDeciding(true);
    try {
      await assignments.decide(assignmentId, { accept, comment, active_seconds: time.read() });
      finished(accept ? "The case is accepted." : "The case went back with your comment.");
    } catch (error) {
      notifyFailure(error);
    } finally {
      setDeciding(false);
    }
  };

  return { submit, decide, deciding };
}
