/** The messages of `/ws/projects/<slug>/`, checked at the door: what is not one of these is an error. */

import * as v from "valibot";
import { t } from "@/i18n";
import { checked, IncomingError } from "@/domain/incoming";
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
      readonly type: "board" | "batch" | "case" | "assignment" | "release" | "model" | "training" | "question";
      readonly seq: number;
      readonly id: string | null;
      /** The case that an assignment is on. */
      readonly caseId: string | null;
      /** Somebody wrote a note that this person may read. */
      readonly isComment: boolean;
    };

const JOB_STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const satisfies readonly JobState[];
const WHAT = t("News from the server");
const CHANGED = ["board", "batch", "case", "assignment", "release", "model", "training", "question"] as const;

const id = v.optional(v.nullable(v.string()), null);
const job = v.pipe(
  v.object({
    id: v.string(),
    kind: v.optional(v.string(), ""),
    state: v.picklist(JOB_STATES),
    progress: v.optional(v.number(), 0),
    message: v.optional(v.string(), ""),
    subject_id: id,
  }),
  v.transform(({ subject_id: subjectId, ...rest }): JobNews => ({ ...rest, subjectId })),
);

const SCHEMA = v.variant("type", [
  v.object({ type: v.literal("snapshot"), seq: v.number(), jobs: v.array(job) }),
  v.object({ type: v.literal("pong"), seq: v.number() }),
  v.object({ type: v.literal("job"), seq: v.number(), id: v.string() }),
  v.object({
    type: v.literal("run"),
    seq: v.number(),
    id: v.string(),
    volume_id: id,
    state: v.picklist(JOB_STATES),
    progress: v.optional(v.nullable(v.number()), null),
    stage: v.optional(v.nullable(v.string()), null),
  }),
  v.object({
    type: v.picklist(CHANGED),
    seq: v.number(),
    id,
    case_id: id,
    state: v.optional(v.string(), ""),
  }),
]);

function jsonOf(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch (error) {
    throw new IncomingError(`${WHAT}: no JSON`, { cause: error });
  }
}

/**
 * The message in a frame.
 * @throws IncomingError where it is none that this client knows
 */
export function parseProjectMessage(frame: string): ProjectMessage {
  const raw = jsonOf(frame);
  const message = checked(SCHEMA, raw, WHAT);
  switch (message.type) {
    case "snapshot":
    case "pong":
      return message;
    case "job":
      return { type: "job", seq: message.seq, job: checked(job, raw, WHAT) };
    case "run": {
      const { type, seq, id: runId, volume_id: volumeId, state, progress, stage } = message;
      return { type, seq, runId, volumeId, state, progress, stage: stage || null };
    }
    default: {
      const { type, seq, id: changed, case_id: caseId, state } = message;
      return { type, seq, id: changed, caseId, isComment: state === "comment" };
    }
  }
}
