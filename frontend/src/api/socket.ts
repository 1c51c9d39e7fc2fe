/** The messages of `/ws/projects/<slug>/`, checked at the door: what is not one of these is dropped. */

import type { JobState } from "./types";

export interface JobNews {
  readonly id: string;
  readonly kind: string;
  readonly state: JobState;
  readonly progress: number;
  readonly message: string;
  readonly subjectId: string | null;
}

export type ProjectMessage =
  | { readonly type: "snapshot"; readonly seq: number; readonly jobs: readonly JobNews[] }
  /** The answer to a ping: where the stream is. */
  | { readonly type: "pong"; readonly seq: number }
  | { readonly type: "job"; readonly seq: number; readonly job: JobNews }
  | {
      readonly type: "run";
      readonly seq: number;
      readonly runId: string;
      readonly volumeId: string | null;
      readonly state: JobState;
      readonly progress: number | null;
      readonly stage: string | null;
    }
  | {
      readonly type: "board" | "batch" | "case" | "assignment" | "release" | "model" | "training";
      readonly seq: number;
      readonly id: string | null;
      /** The case that an assignment is on. */
      readonly caseId: string | null;
      /** Somebody wrote a note that this person may read. */
      readonly isComment: boolean;
    };

const JOB_STATES: readonly string[] = ["queued", "running", "succeeded", "failed", "cancelled"];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);

function jobState(value: unknown): JobState | null {
  return typeof value === "string" && JOB_STATES.includes(value) ? (value as JobState) : null;
}

function parseJob(raw: unknown): JobNews | null {
  if (!isRecord(raw)) return null;
  const id = text(raw["id"]);
  const state = jobState(raw["state"]);
  if (id === null || state === null) return null;
  return {
    id,
    state,
    kind: text(raw["kind"]) ?? "",
    progress: number(raw["progress"]) ?? 0,
    message: text(raw["message"]) ?? "",
    subjectId: text(raw["subject_id"]),
  };
}

/** The message in a frame, or null where it is none that this client knows. */
export function parseProjectMessage(frame: string): ProjectMessage | null {
  let raw: unknown;
  try {
    raw = JSON.parse(frame);
  } catch {
    return null;
  }
  if (!isRecord(raw)) return null;
  const seq = number(raw["seq"]);
  if (seq === null) return null;
  switch (raw["type"]) {
    case "snapshot": {
      const jobs = Array.isArray(raw["jobs"]) ? raw["jobs"].map(parseJob) : [];
      return { type: "snapshot", seq, jobs: jobs.filter((job) => job !== null) };
    }
    case "pong":
      return { type: "pong", seq };
    case "job": {
      const job = parseJob(raw);
      return job === null ? null : { type: "job", seq, job };
    }
    case "run": {
      const runId = text(raw["id"]);
      const state = jobState(raw["state"]);
      if (runId === null || state === null) return null;
      return {
        type: "run",
        seq,
        runId,
        state,
        volumeId: text(raw["volume_id"]),
        progress: number(raw["progress"]),
        stage: text(raw["stage"]) || null,
      };
    }
    case "board":
    case "batch":
    case "case":
    case "assignment":
    case "release":
    case "model":
    case "training":
      return {
        type: raw["type"],
        seq,
        id: text(raw["id"]),
        caseId: text(raw["case_id"]),
        isComment: raw["state"] === "comment",
      };
    default:
      return null;
  }
}
