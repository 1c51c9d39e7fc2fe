/** The one word on whether what a person did is safe. */

import { changesMask, inWords, type Act } from "./acts";

interface Waiting {
  readonly pending: number;
  /** What waits, in words. */
  readonly what: string;
}

export type SaveStatus =
  | { readonly kind: "saved"; readonly at: Date | null }
  | ({ readonly kind: "saving" } & Waiting)
  | ({ readonly kind: "offline" } & Waiting)
  /** The server was reached, and asks to be left alone for a while. */
  | ({ readonly kind: "paused" } & Waiting)
  | ({ readonly kind: "signed_out" } & Waiting)
  /** The server will not take something; the rest goes on. */
  | ({ readonly kind: "refused" } & Waiting)
  /** The mask here and the mask there are two: nothing that changes it goes on. */
  | ({ readonly kind: "conflict"; readonly message: string } & Waiting)
  /** The work was handed in or taken back elsewhere. */
  | ({ readonly kind: "closed"; readonly message: string } & Waiting);

export interface QueuedAct {
  readonly act: Act;
  readonly refusal: string | null;
}

export interface LineState {
  /** Why no more of the mask is sent. */
  readonly stopped: { readonly kind: "conflict" | "closed"; readonly message: string } | null;
  readonly signedOut: boolean;
  readonly failing: boolean;
  /** It fails because the server asks for a pause. */
  readonly paused: boolean;
}

/** What to say of a queue; the time that somebody worked is sent in passing and keeps nobody waiting. */
export function statusOf(
  queue: readonly QueuedAct[],
  { stopped, signedOut, failing, paused }: LineState,
  savedAt: Date | null,
): SaveStatus {
  const waiting = (entries: readonly QueuedAct[]): Waiting => ({
    pending: entries.length,
    what: inWords(entries.map(({ act }) => act)),
  });
  if (stopped) return { ...stopped, ...waiting(queue.filter(({ act }) => changesMask(act))) };
  const refused = queue.filter(({ refusal }) => refusal !== null);
  const open = queue.filter(({ refusal }) => refusal === null);
  const isIdle = open.every(({ act }) => act.kind === "time");
  if (open.length > 0 && signedOut) return { kind: "signed_out", ...waiting(open) };
  if (open.length > 0 && failing) return { kind: paused ? "paused" : "offline", ...waiting(open) };
  if (!isIdle) return { kind: "saving", ...waiting(open) };
  if (refused.length > 0) return { kind: "refused", ...waiting(refused) };
  return { kind: "saved", at: savedAt };
}

export function isSameStatus(a: SaveStatus, b: SaveStatus): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
