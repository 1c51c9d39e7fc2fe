import { useEffect, useSyncExternalStore } from "react";
import type { ChosenFile } from "@/state/uploads/files";
import type { UploadState } from "@/state/uploads/machine";
import { uploadSession, type UploadSession } from "@/state/uploads/session";

interface Uploads {
  readonly session: UploadSession;
  readonly state: UploadState;
  /** Uploads that come after this one. */
  readonly waiting: readonly (readonly ChosenFile[])[];
}

/** The project's uploads and their state; warns before the window closes while files are under way or wait. */
export function useUploadSession(slug: string): Uploads {
  const session = uploadSession(slug);
  const state = useSyncExternalStore(session.subscribe, session.snapshot);
  const waiting = useSyncExternalStore(session.subscribe, session.waiting);
  const busy = state.phase === "sending" || state.phase === "preparing" || waiting.length > 0;
  useEffect(() => {
    if (!busy) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [busy]);
  return { session, state, waiting };
}
