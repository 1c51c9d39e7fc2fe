import { notifications } from "@mantine/notifications";
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { messageOf } from "@/api/errors";
import { EditSync, type SaveStatus } from "@/state/edits/editSync";
import { editSender } from "@/state/edits/transport";
import type { EditEvent } from "@/viewer/types";
import type { Viewer } from "@/viewer/viewer";
import type { OpenedWork } from "./useWorkstationSession";

/** Events of this kind are the server's own edits: applied here, never sent back. */
export const TAKEN = "taken";
const NOTHING: SaveStatus = { kind: "saved", at: null };
const nothing = (): SaveStatus => NOTHING;
const noSubscription = () => () => undefined;

function warnOfStore(error: unknown): void {
  notifications.show({
    id: "edits-not-kept",
    color: "red",
    title: "This browser cannot keep edits on disk. They go to the server only",
    message: messageOf(error),
    autoClose: false,
  });
}

export interface EditSaving {
  readonly sync: EditSync | null;
  readonly status: SaveStatus;
  /** Resolves when every edit so far is on this computer's disk. */
  readonly kept: () => Promise<void>;
}

/** Carries every edit of the viewer to the browser's store and to the server. */
export function useEditSync(work: OpenedWork, viewer: Viewer | null): EditSaving {
  const recordings = useRef<Promise<void>>(Promise.resolve());
  const sync = useMemo(() => {
    const { detail, mask, revision, savedAt, store, index } = work;
    if (!detail.can_edit) return null;
    return new EditSync({
      assignmentId: detail.id,
      shape: index.shape,
      mask,
      revision,
      savedAt,
      store,
      send: editSender(detail.id),
      onStoreFailure: warnOfStore,
    });
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
      if (event.kind === TAKEN) return;
      recordings.current = Promise.all([recordings.current, sync.record(event)]).then(() => undefined);
    });
  }, [viewer, sync]);

  useEffect(() => {
    if (!sync) return undefined;
    const warn = (event: BeforeUnloadEvent): void => {
      if (sync.pending > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [sync]);

  const status = useSyncExternalStore(sync?.subscribe ?? noSubscription, sync?.getStatus ?? nothing);
  const kept = useCallback(() => recordings.current, []);
  return { sync, status, kept };
}
