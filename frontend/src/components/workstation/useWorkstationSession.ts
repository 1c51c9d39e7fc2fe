import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { t } from "@/i18n";
import { assignments, type AssignmentDetail } from "@/api/assignments";
import { messageOf } from "@/api/errors";
import { MaskStore } from "@/domain/maskStore";
import { decodeMask } from "@/domain/vbd1";
import { findRecovery, isEdit, type Recovery } from "@/state/edits/recovery";
import { findSteps, StepKeeper } from "@/state/edits/stepKeeper";
import { stepStore } from "@/state/edits/stepStore";
import { claimTab, type TabLock } from "@/state/edits/tabLock";
import { changesMask, readsMask, type Entry } from "@/state/outbox/acts";
import { intoCache } from "@/state/outbox/answers";
import { carryAct } from "@/state/outbox/carriers";
import { journal, type Journal } from "@/state/outbox/journal";
import { Outbox, type OnTaken } from "@/state/outbox/outbox";
import { useMe } from "@/state/session";
import { parseSlabIndex, type SlabIndex } from "@/workers/slabIndex";

export interface OpenedWork {
  readonly detail: AssignmentDetail;
  readonly index: SlabIndex;
  readonly mask: MaskStore;
  readonly revision: number;
  readonly recovery: Recovery | null;
  /** Keeps the steps for the next opening; null where the mask is not edited. */
  readonly steps: StepKeeper | null;
  readonly journal: Journal;
  /** What was done to the mask after the kept edits: it waits until those are decided. */
  readonly later: readonly Entry[];
  readonly outbox: Outbox;
  readonly userId: string;
}

export type WorkstationSession =
  | { readonly kind: "opening"; readonly step: string }
  | { readonly kind: "busy"; readonly takeOver: () => void }
  | { readonly kind: "lost" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "ready"; readonly work: OpenedWork };

function warnOfStore(error: unknown): void {
  notifications.show({
    id: "edits-not-kept",
    color: "red",
    title: t("This browser cannot keep your work on disk. It goes to the server only"),
    message: messageOf(error),
    autoClose: false,
  });
}

/** What this person did here before and the server does not have yet. A browser that keeps nothing has nothing. */
async function keptOf(id: string, userId: string): Promise<Entry[]> {
  try {
    return (await journal.of(id)).filter((entry) => entry.userId === null || entry.userId === userId);
  } catch (error) {
    warnOfStore(error);
    return [];
  }
}

interface Opening {
  readonly id: string;
  readonly userId: string;
  readonly onTaken: OnTaken;
  readonly say: (step: string) => void;
  /** To be let go with the tab's hold on the work. */
  readonly onOutbox: (outbox: Outbox) => void;
}

async function openWork({ id, userId, onTaken, say, onOutbox }: Opening): Promise<OpenedWork> {
  say(t("Opening the case"));
  const outbox = new Outbox({ assignmentId: id, userId, journal, carry: carryAct, onStoreFailure: warnOfStore });
  onOutbox(outbox);
  outbox.onTaken(onTaken);
  const kept = await keptOf(id, userId);
  const edits = kept.filter(isEdit);
  // Choices build on the edits before them, and those are shown first. Without edits all goes out before the mask comes in.
  const builds = (entry: Entry): boolean => !isEdit(entry) && (changesMask(entry.act) || readsMask(entry.act));
  const later = edits.length > 0 ? kept.filter(builds) : [];
  outbox.load(kept.filter((entry) => !isEdit(entry) && !later.includes(entry)));
  outbox.start();
  await outbox.settled();
  outbox.holdMask(true);
  const detail = await assignments.open(id);
  say(t("Loading the mask"));
  const [index, download] = await Promise.all([
    assignments.slabIndex(detail.volume.index_url).then(parseSlabIndex),
    assignments.mask(id),
  ]);
  const mask = await decodeMask(download.payload, index.shape);
  const recovery = detail.can_edit
    ? await findRecovery(journal, edits, { mask, shape: index.shape, revision: download.revision }, async (after) => {
        const operations = await assignments.operationsAfter(id, after);
        return new Set(operations.map((operation) => operation.operation_id));
      })
    : null;
  if (!detail.can_edit) {
    const refusal = t("The mask of this work cannot be edited any more.");
    outbox.load([...edits, ...later].map((entry) => ({ ...entry, refusal })));
  }
  const savedAt = detail.session?.saved_at;
  if (savedAt) outbox.savedMaskAt(new Date(savedAt));
  const { digest, revision } = download;
  const found = await findSteps(stepStore, { assignmentId: id, userId }, detail.can_edit ? digest : null);
  const store = new MaskStore(mask, index.shape, found?.kept);
  return {
    detail,
    index,
    mask: store,
    revision,
    recovery,
    steps: detail.can_edit
      ? new StepKeeper({ assignmentId: id, userId, mask: store, store: stepStore, digest, found })
      : null,
    journal,
    later: detail.can_edit ? later : [],
    outbox,
    userId,
  };
}

/**
 * Open an assignment for work in this tab alone.
 *
 * @param saveAll called when another tab asks for the work: everything has to be with the server after it
 */
export function useWorkstationSession(
  id: string,
  saveAll: () => Promise<void>,
): { session: WorkstationSession; reload: () => void } {
  const [session, setSession] = useState<WorkstationSession>({ kind: "opening", step: t("Opening the case") });
  const [attempt, setAttempt] = useState(0);
  const client = useQueryClient();
  const { id: userId } = useMe();

  useEffect(() => {
    let cancelled = false;
    let lock: TabLock | null = null;
    let outbox: Outbox | null = null;
    const show = (next: WorkstationSession): void => {
      if (!cancelled) setSession(next);
    };
    const lost = (): void => {
      outbox?.dispose();
      show({ kind: "lost" });
    };
    const hooks = { onAsked: saveAll, onLost: lost };
    const proceed = async (held: TabLock): Promise<void> => {
      if (cancelled) {
        held.release();
        return;
      }
      lock = held;
      const onOutbox = (made: Outbox): void => {
        outbox = made;
      };
      const work = await openWork({
        id,
        userId,
        onTaken: intoCache(client),
        say: (step) => show({ kind: "opening", step }),
        onOutbox,
      });
      if (cancelled) work.outbox.dispose();
      show({ kind: "ready", work });
    };
    const start = async (): Promise<void> => {
      show({ kind: "opening", step: t("Opening the case") });
      // An effect that React throws away at once must not hold the lock against its successor.
      await Promise.resolve();
      if (cancelled) return;
      const claim = await claimTab(id, hooks);
      if (claim.kind === "held") {
        await proceed(claim.lock);
        return;
      }
      const takeOver = (): void => {
        show({ kind: "opening", step: t("Taking over from the other tab") });
        claim
          .takeOver()
          .then(proceed)
          .catch((error: unknown) => show({ kind: "failed", error }));
      };
      show({ kind: "busy", takeOver });
    };
    start().catch((error: unknown) => show({ kind: "failed", error }));
    return () => {
      cancelled = true;
      outbox?.dispose();
      lock?.release();
    };
  }, [id, attempt, saveAll, client, userId]);

  const reload = useCallback(() => setAttempt((count) => count + 1), []);
  return { session, reload };
}
