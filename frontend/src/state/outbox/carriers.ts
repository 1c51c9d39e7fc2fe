/** How each act goes to the server, and what its answer means. */

import { errorFromResponse, type ApiError } from "@/api/errors";
import { fetchWithCsrf, pauseAskedBy } from "@/api/http";
import type { Act } from "./acts";
import type { Outcome, Sendable } from "./outbox";

/** How long to wait for an answer before an act counts as not sent. */
export const TIMEOUT_MS = 20_000;

interface Call {
  readonly method: "POST" | "PUT" | "DELETE";
  readonly rest: string;
  readonly body?: unknown;
}

function callOf(act: Exclude<Act, { kind: "edit" }>): Call {
  switch (act.kind) {
    case "grade": {
      const { label, ...answer } = act.answer;
      return { method: "PUT", rest: `/gradings/${label}`, body: answer };
    }
    case "rest":
      return { method: "POST", rest: "/gradings/normal-rest", body: { labels: act.labels } };
    case "naming":
      return { method: "PUT", rest: "/naming-answer", body: { answer: act.answer } };
    case "lines": {
      const rest = `/measurements/${act.label}/lines`;
      return act.lines === null
        ? { method: "DELETE", rest }
        : { method: "PUT", rest, body: { lines_ras_mm: act.lines } };
    }
    case "region": {
      const rest = `/measurements/${act.label}/region`;
      return act.change === null ? { method: "DELETE", rest } : { method: "PUT", rest, body: act.change };
    }
    case "note": {
      const { text, label, voxel, parent } = act;
      return { method: "POST", rest: "/comments", body: { text, label, voxel, parent } };
    }
    case "thread":
      return { method: "PUT", rest: `/comments/${act.comment}/resolved`, body: { resolved: act.resolved } };
    case "choice": {
      const { label, choice, slot, reason } = act;
      return { method: "POST", rest: "/choices", body: { label, choice, slot, reason } };
    }
    case "names":
      return { method: "POST", rest: "/names", body: { labels: act.labels, reason: act.reason } };
    case "decision":
      return {
        method: "POST",
        rest: "/decision",
        body: { accept: act.accept, comment: act.comment, active_seconds: 0 },
      };
    case "time":
      return { method: "POST", rest: "/active-time", body: { seconds: act.seconds } };
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
 * Send anything but an edit. Does not go through `send`: an ended session must not take the person away from
 * unsaved work.
 */
export async function carryAct({ id, assignmentId, userId, act }: Sendable): Promise<Outcome> {
  if (act.kind === "edit") return { kind: "away" };
  const { method, rest, body } = callOf(act);
  try {
    const response = await fetchWithCsrf(`/api/v1/assignments/${assignmentId}${rest}`, {
      method,
      headers: { "Content-Type": "application/json", "Idempotency-Key": id, ...actingUser(userId) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer: unknown = await response.json().catch((error: unknown) => {
      // A proxy's page is no JSON; a good answer that was cut off is no answer.
      if (response.ok) throw error;
      return null;
    });
    return response.ok
      ? { kind: "taken", at: new Date(), answer }
      : outcomeOfRefusal(errorFromResponse(response.status, answer), pauseAskedBy(response));
  } catch {
    // No answer, an answer cut off, or none in time: the same id makes another try safe.
    return { kind: "away" };
  }
}
