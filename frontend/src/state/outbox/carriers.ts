/** How each act goes to the server, and what its answer means. */

import { client, outgoing } from "@/api/client";
import { errorFromResponse, type ApiError } from "@/api/errors";
import { pauseAskedBy } from "@/api/http";
import type { Act } from "./acts";
import type { Outcome, Sendable } from "./outbox";

/** How long to wait for an answer before an act counts as not sent. */
export const TIMEOUT_MS = 20_000;

/** What the client hands back; a body that is no JSON has thrown. */
interface Reply {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response: Response;
}

/** Send an act under its id, as who meant it. */
function send({ id: key, assignmentId: id, userId }: Sendable, act: Exclude<Act, { kind: "edit" }>): Promise<Reply> {
  const header = { "Idempotency-Key": key, ...actingUser(userId) };
  const call = { params: { path: { assignment_id: id }, header }, signal: AbortSignal.timeout(TIMEOUT_MS) };
  const of = (label: number) => ({ ...call, params: { path: { assignment_id: id, label }, header } });
  switch (act.kind) {
    case "grade": {
      const { label, ...answer } = act.answer;
      return client.PUT("/api/v1/assignments/{assignment_id}/gradings/{label}", { ...of(label), body: answer });
    }
    case "rest":
      return client.POST("/api/v1/assignments/{assignment_id}/gradings/normal-rest", {
        ...call,
        body: outgoing({ labels: act.labels }),
      });
    case "naming":
      return client.PUT("/api/v1/assignments/{assignment_id}/naming-answer", { ...call, body: { answer: act.answer } });
    case "lines":
      return act.lines === null
        ? client.DELETE("/api/v1/assignments/{assignment_id}/measurements/{label}/lines", of(act.label))
        : client.PUT("/api/v1/assignments/{assignment_id}/measurements/{label}/lines", {
            ...of(act.label),
            body: outgoing({ lines_ras_mm: act.lines }),
          });
    case "region":
      return act.change === null
        ? client.DELETE("/api/v1/assignments/{assignment_id}/measurements/{label}/region", of(act.label))
        : client.PUT("/api/v1/assignments/{assignment_id}/measurements/{label}/region", {
            ...of(act.label),
            body: outgoing(act.change),
          });
    case "ruler": {
      const { id: ruler_id, ruler } = act;
      const one = { ...call, params: { path: { assignment_id: id, ruler_id }, header } };
      if (ruler === null) return client.DELETE("/api/v1/assignments/{assignment_id}/rulers/{ruler_id}", one);
      const { kind, plane, name, pointsRasMm } = ruler;
      return client.PUT("/api/v1/assignments/{assignment_id}/rulers/{ruler_id}", {
        ...one,
        body: outgoing({ kind, plane, name, points_ras_mm: pointsRasMm }),
      });
    }
    case "note": {
      const { text, label, voxel, parent } = act;
      return client.POST("/api/v1/assignments/{assignment_id}/comments", {
        ...call,
        body: outgoing({ text, label, voxel, parent }),
      });
    }
    case "thread":
      return client.PUT("/api/v1/assignments/{assignment_id}/comments/{comment_id}/resolved", {
        ...call,
        params: { path: { assignment_id: id, comment_id: act.comment }, header },
        body: { resolved: act.resolved },
      });
    case "choice": {
      const { label, choice, slot, reason } = act;
      return client.POST("/api/v1/assignments/{assignment_id}/choices", {
        ...call,
        body: { label, choice, slot, reason },
      });
    }
    case "names":
      return client.POST("/api/v1/assignments/{assignment_id}/names", {
        ...call,
        body: outgoing({ labels: act.labels, reason: act.reason }),
      });
    case "looked":
      return client.PUT("/api/v1/assignments/{assignment_id}/places/looked", {
        ...call,
        body: outgoing({ ...act.place, looked: act.looked }),
      });
    case "level-looked":
      return client.PUT("/api/v1/assignments/{assignment_id}/levels-looked/{label}", {
        ...of(act.label),
        body: { looked: act.looked },
      });
    case "decision": {
      const { accept, comment } = act;
      return client.POST("/api/v1/assignments/{assignment_id}/decision", {
        ...call,
        body: { accept, comment, active_seconds: 0 },
      });
    }
    case "time":
      return client.POST("/api/v1/assignments/{assignment_id}/active-time", {
        ...call,
        body: { seconds: act.seconds },
      });
  }
}

/** Whether nobody is signed in, or somebody else. Without a session DRF says 403 where its scheme has no challenge. */
export function isSignedOut({ kind, code }: ApiError): boolean {
  return kind === "signed_out" || code === "not_authenticated" || code === "other_account";
}

/** @param pauseMs how long the server wants to be left alone */
function outcomeOfRefusal(error: ApiError, pauseMs?: number): Outcome {
  if (isSignedOut(error)) return { kind: "signed_out" };
  if (error.kind === "offline" || error.kind === "unavailable") return { kind: "away", pauseMs };
  return { kind: "refused", message: error.message };
}

/** Who meant it: the server refuses it under another account. */
export function actingUser(userId: string | null): Record<string, string> {
  return userId === null ? {} : { "X-Acting-User": userId };
}

/**
 * Send anything but an edit. Does not go through `answer`: an ended session must not take the person away from
 * unsaved work.
 */
export async function carryAct(entry: Sendable): Promise<Outcome> {
  if (entry.act.kind === "edit") return { kind: "away" };
  try {
    const { data, error, response } = await send(entry, entry.act);
    if (!response.ok) return outcomeOfRefusal(errorFromResponse(response.status, error), pauseAskedBy(response));
    // A good answer without its body was cut off.
    return data === undefined ? { kind: "away" } : { kind: "taken", at: new Date(), answer: data };
  } catch {
    // No answer, an answer cut off, or none in time: the same id makes another try safe.
    return { kind: "away" };
  }
}
