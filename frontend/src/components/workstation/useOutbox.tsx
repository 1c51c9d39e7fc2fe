import { createContext, useContext, useEffect, useSyncExternalStore } from "react";
import type { Outbox, Pending } from "@/state/outbox/outbox";
import type { SaveStatus } from "@/state/outbox/status";
import { useConnection } from "@/state/projectSocket";

/** The outbox of the assignment that is open. */
export const OutboxContext = createContext<Outbox | null>(null);

export function useOutbox(): Outbox {
  const outbox = useContext(OutboxContext);
  if (outbox === null) throw new Error("there is an outbox only where an assignment is open");
  return outbox;
}

/** What waits to be sent, in the order in which it was done. */
export function usePending(outbox: Outbox): readonly Pending[] {
  return useSyncExternalStore(outbox.subscribe, outbox.getPending);
}

export interface OutboxStatus {
  /** Of all that is done here. */
  readonly status: SaveStatus;
  /** Of the mask alone. */
  readonly maskStatus: SaveStatus;
}

/** How far sending is. Asks before the tab is closed over what is not sent, and tries again when the line is back. */
export function useOutboxStatus(outbox: Outbox): OutboxStatus {
  const connection = useConnection();
  useEffect(() => {
    if (connection === "live") outbox.retryNow();
  }, [connection, outbox]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (outbox.pending > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [outbox]);
  return {
    status: useSyncExternalStore(outbox.subscribe, outbox.getStatus),
    maskStatus: useSyncExternalStore(outbox.subscribe, outbox.getMaskStatus),
  };
}
