/** One edit to the server, and what came of it: a closed union, so that nothing is forgotten. */

import { addressOf } from "@/api/client";
import { errorFromResponse, type ApiError } from "@/api/errors";
import { fetchWithCsrf, pauseAskedBy } from "@/api/http";
import type { components } from "@/api/schema";
import { actingUser, isSignedOut, TIMEOUT_MS } from "@/state/outbox/carriers";

interface Acknowledged {
  readonly kind: "saved";
  readonly revision: number;
  readonly digest: string;
  readonly savedAt: Date;
}

export type SendOutcome =
  | Acknowledged
  /** No answer, or the server is not well: try again. */
  | { readonly kind: "away"; readonly pauseMs?: number | undefined }
  | { readonly kind: "signed_out" }
  /** Somebody wrote meanwhile. */
  | { readonly kind: "stale"; readonly revision: number | null }
  /** Handed in, taken back, or not to be edited any more. */
  | { readonly kind: "closed"; readonly message: string }
  /** The server will never take this edit. */
  | { readonly kind: "rejected"; readonly message: string };

export interface EditToSend {
  readonly operationId: string;
  readonly baseRevision: number;
  readonly kind: string;
  readonly label: number | null;
  readonly payload: Uint8Array<ArrayBuffer>;
}

export type SendEdit = (edit: EditToSend) => Promise<SendOutcome>;

type Saved = components["schemas"]["Saved"];

/** @param pauseMs how long the server wants to be left alone */
function outcomeOfError(error: ApiError, pauseMs?: number): SendOutcome {
  if (isSignedOut(error)) return { kind: "signed_out" };
  switch (error.kind) {
    case "offline":
    case "unavailable":
      return { kind: "away", pauseMs };
    case "conflict": {
      if (error.code === "operation_reused") return { kind: "rejected", message: error.message };
      if (error.code !== "stale_base") return { kind: "closed", message: error.message };
      const revision = error.extra["revision"];
      return { kind: "stale", revision: typeof revision === "number" ? revision : null };
    }
    case "not_found":
      return { kind: "closed", message: error.message };
    default:
      return { kind: "rejected", message: error.message };
  }
}

/** Does not go through `send`: an ended session must not take the reader away from unsaved work. */
export function editSender(assignmentId: string, userId: string): SendEdit {
  return async (edit) => {
    try {
      const headers: Record<string, string> = {
        "Content-Type": "application/octet-stream",
        "X-Operation-Id": edit.operationId,
        "X-Base-Revision": String(edit.baseRevision),
        "X-Operation-Kind": edit.kind,
        ...actingUser(userId),
      };
      if (edit.label !== null) headers["X-Operation-Label"] = String(edit.label);
      const response = await fetchWithCsrf(
        addressOf("/api/v1/assignments/{assignment_id}/operations", { assignment_id: assignmentId }),
        {
          method: "POST",
          headers,
          body: edit.payload,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        },
      );
      if (!response.ok) {
        const body: unknown = await response.json().catch(() => null);
        return outcomeOfError(errorFromResponse(response.status, body), pauseAskedBy(response));
      }
      const body = (await response.json()) as Saved;
      return {
        kind: "saved",
        revision: body.revision,
        digest: body.digest,
        savedAt: body.saved_at ? new Date(body.saved_at) : new Date(),
      };
    } catch {
      // No answer, an answer cut off, or none in time: the same operation id makes another try safe.
      return { kind: "away" };
    }
  };
}
