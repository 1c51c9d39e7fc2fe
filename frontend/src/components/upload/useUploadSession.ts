import { useEffect, useSyncExternalStore } from "react";
import type { UploadState } from "@/state/uploads/machine";
import { uploadSession, type UploadSession } from "@/state/uploads/session";

/** The project's upload and its state; warns before the window closes while files are under way. */
export function useUploadSession(slug: string): { session: UploadSession; state: UploadState } {
  const session = uploadSession(slug);
  const state = useSyncExternalStore(session.subscribe, session.snapshot);
  const busy = state.phase === "sending" || state.phase === "preparing";
  useEffect(() => {
    if (!busy) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [busy]);
  return { session, state };
}
