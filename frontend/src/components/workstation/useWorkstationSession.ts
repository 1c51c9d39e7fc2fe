import { useCallback, useEffect, useState } from "react";
import { assignments, type AssignmentDetail } from "@/api/assignments";
import { decodeMask } from "@/domain/vbd1";
import { openKeptEdits, type KeptEditStore } from "@/state/edits/keptEdits";
import { findRecovery, type Recovery } from "@/state/edits/recovery";
import { claimTab, type TabLock } from "@/state/edits/tabLock";
import { parseSlabIndex, type SlabIndex } from "@/workers/slabIndex";

export interface OpenedWork {
  readonly detail: AssignmentDetail;
  readonly index: SlabIndex;
  readonly mask: Uint8Array;
  readonly revision: number;
  readonly savedAt: Date | null;
  readonly recovery: Recovery | null;
  readonly store: KeptEditStore;
}

export type WorkstationSession =
  | { readonly kind: "opening"; readonly step: string }
  | { readonly kind: "busy"; readonly takeOver: () => void }
  | { readonly kind: "lost" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "ready"; readonly work: OpenedWork };

const store = openKeptEdits();

async function openWork(id: string, say: (step: string) => void): Promise<OpenedWork> {
  say("Opening the case");
  const detail = await assignments.open(id);
  say("Loading the mask");
  const [index, download] = await Promise.all([
    assignments.slabIndex(detail.volume.index_url).then(parseSlabIndex),
    assignments.mask(id),
  ]);
  const mask = await decodeMask(download.payload, index.shape);
  const recovery = detail.can_edit
    ? await findRecovery(store, id, { mask, shape: index.shape, revision: download.revision }, async (after) => {
        const operations = await assignments.operationsAfter(id, after);
        return new Set(operations.map((operation) => operation.operation_id));
      })
    : null;
  const savedAt = detail.session?.saved_at;
  return { detail, index, mask, revision: download.revision, savedAt: savedAt ? new Date(savedAt) : null, recovery, store };
}

/**
 * Open an assignment for work in this tab alone.
 *
 * @param saveAll called when another tab asks for the work: everything has to be with the server after it
 */
export function useWorkstationSession(id: string, saveAll: () => Promise<void>): { session: WorkstationSession; reload: () => void } {
  const [session, setSession] = useState<WorkstationSession>({ kind: "opening", step: "Opening the case" });
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let cancelled = false;
    let lock: TabLock | null = null;
    const show = (next: WorkstationSession): void => {
      if (!cancelled) setSession(next);
    };
    const hooks = { onAsked: saveAll, onLost: () => show({ kind: "lost" }) };
    const proceed = async (held: TabLock): Promise<void> => {
      if (cancelled) {
        held.release();
        return;
      }
      lock = held;
      const work = await openWork(id, (step) => show({ kind: "opening", step }));
      show({ kind: "ready", work });
    };
    const start = async (): Promise<void> => {
      show({ kind: "opening", step: "Opening the case" });
      // An effect that React throws away at once must not hold the lock against its successor.
      await Promise.resolve();
      if (cancelled) return;
      const claim = await claimTab(id, hooks);
      if (claim.kind === "held") {
        await proceed(claim.lock);
        return;
      }
      const takeOver = (): void => {
        show({ kind: "opening", step: "Taking over from the other tab" });
        claim.takeOver().then(proceed).catch((error: unknown) => show({ kind: "failed", error }));
      };
      show({ kind: "busy", takeOver });
    };
    start().catch((error: unknown) => show({ kind: "failed", error }));
    return () => {
      cancelled = true;
      lock?.release();
    };
  }, [id, attempt, saveAll]);

  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  return { session, reload };
}
