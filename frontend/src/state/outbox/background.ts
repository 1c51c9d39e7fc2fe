/** Sends what was kept for assignments that are not open: a tab was closed offline, and the site is opened again. */

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isTabOpen } from "@/state/edits/tabLock";
import { changesMask, readsMask, type Act, type Entry } from "./acts";
import { intoCache } from "./answers";
import { carryAct } from "./carriers";
import type { Journal } from "./journal";
import { Outbox } from "./outbox";

/** What is kept in this browser for one assignment. */
interface KeptWork {
  readonly assignmentId: string;
  readonly acts: readonly Act[];
  /** Why the server will not take some of it. */
  readonly refusals: readonly string[];
}

export interface KeptHere {
  readonly mine: readonly KeptWork[];
  /** Of other people who use this browser: it goes out when they sign in. */
  readonly ofOthers: readonly Act[];
}

function byAssignment(entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.assignmentId, [...(groups.get(entry.assignmentId) ?? []), entry]);
  return groups;
}

/** What may be sent without the case being opened: edits are looked at first, and what follows them waits for them. */
export function sendable(entries: readonly Entry[]): Entry[] {
  const firstEdit = entries.find(({ act }) => act.kind === "edit")?.seq ?? Infinity;
  return entries.filter(
    ({ act, seq }) => act.kind !== "edit" && !((changesMask(act) || readsMask(act)) && seq > firstEdit),
  );
}

export function keptHere(entries: readonly Entry[], userId: string): KeptHere {
  const mine = entries.filter((entry) => entry.userId === userId || entry.userId === null);
  return {
    mine: [...byAssignment(mine)].map(([assignmentId, kept]) => ({
      assignmentId,
      acts: kept.map(({ act }) => act),
      refusals: kept.flatMap(({ refusal }) => refusal ?? []),
    })),
    ofOthers: entries.filter((entry) => !mine.includes(entry)).map(({ act }) => act),
  };
}

/** Outboxes for all that this person left behind, of assignments that no tab has open. */
async function sendKept(
  journal: Journal,
  userId: string,
  client: QueryClient,
  onChange: () => void,
): Promise<Outbox[]> {
  const mine = (await journal.all()).filter((entry) => entry.userId === userId);
  const made: Outbox[] = [];
  for (const [assignmentId, entries] of byAssignment(mine)) {
    const ready = sendable(entries);
    if (ready.length === 0 || (await isTabOpen(assignmentId))) continue;
    const outbox = new Outbox({ assignmentId, userId, journal, carry: carryAct, shared: true });
    outbox.onTaken(intoCache(client));
    outbox.subscribe(onChange);
    outbox.load(ready);
    outbox.start();
    made.push(outbox);
  }
  return made;
}

const NOTHING: KeptHere = { mine: [], ofOthers: [] };

/** Sends what was kept while a page of the site (not the workstation) is shown, and tells what is still there. */
export function useKeptWork(journal: Journal, userId: string): KeptHere {
  const client = useQueryClient();
  const [kept, setKept] = useState(NOTHING);
  useEffect(() => {
    let ended = false;
    let outboxes: readonly Outbox[] = [];
    const look = (): void => {
      journal
        .all()
        .then((entries) => {
          if (!ended) setKept(keptHere(entries, userId));
        })
        // A browser that keeps nothing has nothing to tell; the workstation says so where it matters.
        .catch(() => undefined);
    };
    const begin = (): void => {
      look();
      sendKept(journal, userId, client, look)
        .then((made) => {
          outboxes.forEach((outbox) => outbox.dispose());
          outboxes = made;
          if (ended) made.forEach((outbox) => outbox.dispose());
        })
        .catch(() => undefined);
    };
    begin();
    // A case that a tab had open then may be closed now.
    window.addEventListener("focus", begin);
    window.addEventListener("online", begin);
    return () => {
      ended = true;
      window.removeEventListener("focus", begin);
      window.removeEventListener("online", begin);
      outboxes.forEach((outbox) => outbox.dispose());
    };
  }, [journal, userId, client]);
  return kept;
}
