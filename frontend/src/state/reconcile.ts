/**
 * What a message on the project's socket means for what the browser holds.
 *
 * Delivery is best effort, so each message carries a number. A number that was skipped means that news was
 * lost: then everything of the project is fetched again, rather than guessed.
 */

import type { JobNews, ProjectMessage } from "@/api/socket";
import type { JobState } from "@/api/types";

export type Effect =
  | { readonly kind: "refetchProject" }
  | { readonly kind: "patchJob"; readonly job: JobNews }
  | {
      readonly kind: "patchRun";
      readonly runId: string;
      readonly state: JobState;
      readonly progress: number | null;
      readonly stage: string | null;
    }
  | { readonly kind: "invalidate"; readonly what: Invalidated; readonly id: string | null };

type Invalidated =
  | "jobs"
  | "runs"
  | "series"
  | "board"
  | "batch"
  | "case"
  | "assignment"
  | "release"
  | "model"
  | "training"
  | "question";

/** Number of the last message; null before the first snapshot of this page. */
export type LastSeq = number | null;

export interface Reconciled {
  readonly last: LastSeq;
  readonly effects: readonly Effect[];
}

const FINISHED: readonly JobState[] = ["succeeded", "failed", "cancelled"];

export function reconcile(last: LastSeq, message: ProjectMessage): Reconciled {
  if (message.type === "snapshot") {
    // A later snapshot follows a lost connection: what happened in between is unknown.
    const missed: Effect[] = last === null || last === message.seq ? [] : [{ kind: "refetchProject" }];
    const jobs = message.jobs.map((job): Effect => ({ kind: "patchJob", job }));
    return { last: message.seq, effects: [...missed, ...jobs] };
  }
  if (message.type === "pong") {
    const behind = last !== null && message.seq > last;
    return behind ? { last: message.seq, effects: [{ kind: "refetchProject" }] } : { last, effects: [] };
  }
  // Before the snapshot, or a copy of what came already.
  if (last === null || message.seq <= last) return { last, effects: [] };
  const gap: Effect[] = message.seq > last + 1 ? [{ kind: "refetchProject" }] : [];
  return { last: message.seq, effects: [...gap, ...effectsOf(message)] };
}

function effectsOf(message: Exclude<ProjectMessage, { type: "snapshot" | "pong" }>): Effect[] {
  switch (message.type) {
    case "job": {
      const patch: Effect = { kind: "patchJob", job: message.job };
      return isFinished(message.job.state)
        ? [patch, { kind: "invalidate", what: "jobs", id: message.job.id }]
        : [patch];
    }
    case "run": {
      const { runId, state, progress, stage } = message;
      const patch: Effect = { kind: "patchRun", runId, state, progress, stage };
      return isFinished(state)
        ? [patch, { kind: "invalidate", what: "runs", id: runId }, { kind: "invalidate", what: "series", id: null }]
        : [patch];
    }
    case "assignment":
      return [{ kind: "invalidate", what: "assignment", id: message.caseId }];
    case "board":
    case "batch":
    case "case":
    case "release":
    case "model":
    case "training":
    case "question":
      return [{ kind: "invalidate", what: message.type, id: message.id }];
  }
}

function isFinished(state: JobState): boolean {
  return FINISHED.includes(state);
}
