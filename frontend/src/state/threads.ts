/** Comments on a case as threads: a first one, its answers, and whether it is closed. */

import type { CaseComment } from "@/api/assignments";

export interface Thread {
  readonly first: CaseComment;
  readonly replies: readonly CaseComment[];
}

/** Threads in the order in which they began. An answer whose first comment the reader may not see opens its own. */
export function threadsOf(comments: readonly CaseComment[]): Thread[] {
  const ids = new Set(comments.map(({ id }) => id));
  const isReply = ({ parent }: CaseComment): boolean => parent !== null && ids.has(parent);
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
