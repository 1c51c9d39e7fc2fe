/** Comments on a case as threads: a first one, its answers, and whether it is closed. */

import type { CaseComment } from "@/api/assignments";
import type { Pending } from "./outbox/outbox";

/** A comment as it is shown; one that waits to be sent has no place in the case yet and cannot be answered. */
export interface ShownComment extends CaseComment {
  readonly waits?: boolean;
}

/** The comments of a case with what waits to be sent. */
export function withPending(comments: readonly CaseComment[], pending: readonly Pending[]): ShownComment[] {
  const shown: ShownComment[] = [...comments];
  for (const { id, act, at } of pending) {
    if (act.kind === "note") {
      const { text, label, voxel, parent } = act;
      shown.push({
        id,
        author: "",
        mine: true,
        label,
        voxel,
        parent,
        text,
        resolved: false,
        created_at: new Date(at).toISOString(),
        waits: true,
      });
    } else if (act.kind === "thread") {
      const place = shown.findIndex((comment) => comment.id === act.comment);
      const found = shown[place];
      if (found) shown[place] = { ...found, resolved: act.resolved };
    }
  }
  return shown;
}

export interface Thread {
  readonly first: ShownComment;
  readonly replies: readonly ShownComment[];
}

/** Threads in the order in which they began. An answer whose first comment the reader may not see opens its own. */
export function threadsOf(comments: readonly ShownComment[]): Thread[] {
  const ids = new Set(comments.map(({ id }) => id));
  const isReply = ({ parent }: ShownComment): boolean => parent !== null && ids.has(parent);
  return comments
    .filter((comment) => !isReply(comment))
    .map((first) => ({ first, replies: comments.filter(({ parent }) => parent === first.id) }));
}

/** Open threads by level; those on the whole case under `null`. */
export function openByLevel(threads: readonly Thread[]): Map<number | null, number> {
  const counts = new Map<number | null, number>();
  for (const { first } of threads) {
    if (!first.resolved) counts.set(first.label, (counts.get(first.label) ?? 0) + 1);
  }
  return counts;
}
