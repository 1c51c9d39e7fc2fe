import { useCallback, useEffect, useMemo, useState } from "react";
import { t } from "@/i18n";
import { assignments } from "@/api/assignments";
import { confirmed } from "@/components/common/confirm";
import { notifyFailure } from "@/components/common/notify";
import type { EditSync } from "@/state/edits/editSync";
import type { Viewer } from "@/viewer";
import { ReturnedMask, type NumberReading, type ShownFile } from "./returnedMask";
import { saveText } from "./SaveState";

export interface NumbersQuestion {
  readonly message: string;
  readonly readings: readonly NumberReading[];
  readonly answer: (numbering: string | null) => void;
}

export interface ReturnedMasks {
  /** Take in a file; null where this mask is not edited. */
  readonly take: ((file: File) => void) | null;
  readonly shown: ShownFile | null;
  readonly question: NumbersQuestion | null;
}

/** Masks that come back from other programs. They are held against the saved mask, so edits go there first. */
export function useReturnedMask(assignmentId: string, viewer: Viewer | null, sync: EditSync | null): ReturnedMasks {
  const [shown, setShown] = useState<ShownFile | null>(null);
  const [question, setQuestion] = useState<NumbersQuestion | null>(null);
  const returned = useMemo(() => {
    if (!viewer || !sync) return null;
    return new ReturnedMask(viewer.editor, {
      ask: (file, said) =>
        viewer.desk.ask(t("Reading {{name}}", { name: file.name }), async (signal) => {
          const status = await sync.settled();
          if (status.kind !== "saved") throw new Error(t("Not read: {{status}}.", { status: saveText(status) }));
          return assignments.desktopMask(assignmentId, file, said, signal);
        }),
      replaces: (message) =>
        confirmed({ title: t("Edited here meanwhile"), body: message, verb: t("Show what it changes"), danger: true }),
      numbersOf: (message, readings) =>
        new Promise((resolve) => {
          const answer = (numbering: string | null): void => {
            setQuestion(null);
            resolve(numbering);
          };
          setQuestion({ message, readings, answer });
        }),
      onShown: setShown,
    });
  }, [assignmentId, viewer, sync]);
  useEffect(() => {
    // Accepted, cancelled, or another change is proposed: what was told of the file is of no more use.
    return viewer?.subscribe(() => {
      const { preview } = viewer.getState();
      setShown((now) => (now && preview?.name.endsWith(now.name) ? now : null));
    });
  }, [viewer]);
  const take = useCallback(
    (file: File) =>
      void returned
        ?.take(file)
        .catch((error: unknown) => notifyFailure(error, t("{{name}} was not taken in", { name: file.name }))),
    [returned],
  );
  return { take: returned && take, shown, question };
}
