import { useCallback, useEffect, useMemo, useRef } from "react";
import { EditSync } from "@/state/edits/editSync";
import { editSender } from "@/state/edits/transport";
import type { EditEvent, Viewer } from "@/viewer";
import type { OpenedWork } from "./useWorkstationSession";

/** Events of this kind are applied here and never recorded: the server's own edits, and those that are kept already. */
export const TAKEN = "taken";

export interface EditSaving {
  readonly sync: EditSync | null;
  /** Resolves when every edit so far is on this computer's disk. */
  readonly kept: () => Promise<void>;
}

/** Carries every edit of the viewer to the outbox. */
export function useEditSync(work: OpenedWork, viewer: Viewer | null): EditSaving {
  const recordings = useRef<Promise<void>>(Promise.resolve());
  const sync = useMemo(() => {
    const { detail, mask, revision, outbox, userId } = work;
    if (!detail.can_edit) return null;
    return new EditSync({ outbox, mask, revision, send: editSender(detail.id, userId) });
  }, [work]);

  useEffect(() => {
    if (!sync) return undefined;
    sync.start();
    // The first digest reads the whole mask; done now, so that the first stroke does not wait for it.
    void sync.currentDigest();
    return () => sync.dispose();
  }, [sync]);

  useEffect(() => {
    if (!viewer || !sync) return undefined;
    return viewer.on("edit", (event: EditEvent) => {
      // First, as the digest of what it sends is then known.
      const recorded = event.kind === TAKEN ? undefined : sync.record(event);
      work.steps?.note();
      recordings.current = Promise.all([recordings.current, recorded]).then(() => undefined);
    });
  }, [viewer, sync, work]);

  const kept = useCallback(() => recordings.current, []);
  return { sync, kept };
}
