/**
 * Brings to the server what a person does at one assignment, one by one and in order, and tells the truth about it.
 *
 * Each act is written to the browser's journal when it is done and removed when the server has acknowledged it.
 * Retries carry the same id, so an acknowledgement that was lost on the way does no harm. What the server refuses
 * stays, with the reason, until the person decides; it holds up only what builds on it.
 */

import { t } from "@/i18n";
import { changesMask, readsMask, type Act, type Entry } from "./acts";
import { exclusively } from "./exclusively";
import type { Journal } from "./journal";
import { isSameStatus, statusOf, type SaveStatus } from "./status";

export type Outcome =
  | { readonly kind: "taken"; readonly at: Date; readonly answer: unknown; readonly conflict?: string }
  /** No answer, or the server is not well: try again, where it named a pause not before that is over. */
  | { readonly kind: "away"; readonly pauseMs?: number | undefined }
  /** Nobody is signed in, or somebody else. */
  | { readonly kind: "signed_out" }
  /** The server will never take this act. */
  | { readonly kind: "refused"; readonly message: string }
  /** Nor any other that changes the mask. */
  | { readonly kind: "stopped"; readonly state: "conflict" | "closed"; readonly message: string };

export type Carrier = (entry: Sendable) => Promise<Outcome>;
export type Sendable = Omit<Entry, "seq">;
/** Told of what was taken, with the answer, before it leaves the queue and before anything after it is sent. */
export type OnTaken = (entry: Sendable, answer: unknown) => void | Promise<void>;

export interface Pending extends Sendable {
  readonly refusal?: string;
}

interface Item {
  readonly entry: Sendable;
  refusal: string | null;
  /** Resolves when the entry is on disk; null where the browser keeps nothing. */
  readonly stored: Promise<Entry | null>;
}

export interface OutboxOptions {
  readonly assignmentId: string;
  readonly userId: string;
  readonly journal: Journal;
  readonly carry: Carrier;
  /**
   * Whether other tabs may be sending the same: what is no longer in the journal is theirs then. Elsewhere it is sent
   * all the same, as the browser may have been told to forget.
   */
  readonly shared?: boolean;
  /** Told when the browser cannot keep acts on disk (private window, full disk); sending goes on. */
  readonly onStoreFailure?: (error: unknown) => void;
}

const BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 15_000];

export class Outbox {
  private queue: Item[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly takenListeners = new Set<OnTaken>();
  private editCarrier: Carrier | null = null;
  private status: SaveStatus = { kind: "saved", at: null };
  private maskStatus: SaveStatus = this.status;
  private snapshot: readonly Pending[] = [];
  private savedAt: Date | null = null;
  private maskSavedAt: Date | null = null;
  private readonly shared: boolean;
  private stopped: { readonly kind: "conflict" | "closed"; readonly message: string } | null = null;
  private signedOut = false;
  /** The last try was answered, by a wish to be left alone. */
  private paused = false;
  private failures = 0;
  /** When the server wants to hear from this browser again, in milliseconds since 1970. */
  private notBefore = 0;
  private sending = false;
  private maskHeld = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private disposed = true;
  private readonly wake = (): void => this.retryNow();

  constructor(private readonly options: OutboxOptions) {
    this.shared = options.shared ?? false;
  }

  get assignmentId(): string {
    return this.options.assignmentId;
  }

  /** Begin to send, and to try again when the network or the person comes back. */
  start(): void {
    this.disposed = false;
    globalThis.addEventListener?.("online", this.wake);
    globalThis.addEventListener?.("focus", this.wake);
    void this.pump();
  }

  // What it tells

  readonly getStatus = (): SaveStatus => this.status;
  /** Of the acts that change the mask alone. */
  readonly getMaskStatus = (): SaveStatus => this.maskStatus;
  /** What waits, in order; the same list until it changes. */
  readonly getPending = (): readonly Pending[] => this.snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  onTaken(listener: OnTaken): () => void {
    this.takenListeners.add(listener);
    return () => this.takenListeners.delete(listener);
  }

  get pending(): number {
    return this.queue.length;
  }

  private changed(): void {
    const queue = this.queue.map(({ entry, refusal }) => ({ act: entry.act, refusal }));
    const { stopped, signedOut, paused } = this;
    const line = { stopped, signedOut, failing: this.failures > 0, paused };
    const status = statusOf(queue, line, this.savedAt);
    const maskStatus = statusOf(
      queue.filter(({ act }) => changesMask(act)),
      line,
      this.maskSavedAt,
    );
    if (!isSameStatus(status, this.status)) this.status = status;
    if (!isSameStatus(maskStatus, this.maskStatus)) this.maskStatus = maskStatus;
    this.snapshot = this.queue.map(({ entry, refusal }) => (refusal === null ? entry : { ...entry, refusal }));
    for (const listener of [...this.listeners]) listener();
  }

  // What comes in

  /** Take in what was just done. Resolves when it is on disk. */
  async add(act: Act, id: string = crypto.randomUUID()): Promise<void> {
    if (this.queue.some(({ entry }) => entry.id === id)) return;
    const { assignmentId, userId, journal } = this.options;
    const entry = { id, assignmentId, userId, act, at: Date.now() };
    const stored = journal.add(entry).catch((error: unknown) => {
      this.options.onStoreFailure?.(error);
      return null;
    });
    this.push({ entry, refusal: null, stored });
    await stored;
  }

  /** Take in what the journal kept. */
  load(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const { refusal, ...rest } = entry;
      if (this.queue.some((item) => item.entry.id === entry.id)) continue;
      this.push({ entry: rest, refusal: refusal ?? null, stored: Promise.resolve(entry) });
    }
  }

  private push(item: Item): void {
    this.queue.push(item);
    this.changed();
    void this.pump();
  }

  /** Who carries edits of the mask: until then they wait. */
  setEditCarrier(carrier: Carrier | null): void {
    this.editCarrier = carrier;
    void this.pump();
  }

  /** Send nothing that changes the mask until it is let go: the mask is being loaded, or looked at. */
  holdMask(held: boolean): void {
    this.maskHeld = held;
    if (!held) void this.pump();
  }

  /** The server's mask was saved otherwise than through here. */
  savedMaskAt(at: Date): void {
    this.savedAt = this.maskSavedAt = at;
    this.changed();
  }

  // What the person decides of what was refused

  async retry(id: string): Promise<void> {
    const item = this.queue.find(({ entry }) => entry.id === id);
    if (!item) return;
    item.refusal = null;
    const kept = await item.stored;
    if (kept) await this.keeping(this.options.journal.refuse(kept.seq, null));
    this.changed();
    void this.pump();
  }

  /** Throw an act away. One that is on its way may have been done all the same. */
  async discard(id: string): Promise<void> {
    const item = this.queue.find(({ entry }) => entry.id === id);
    if (item) await this.drop(item);
  }

  private async drop(item: Item): Promise<void> {
    this.queue = this.queue.filter((other) => other !== item);
    const kept = await item.stored;
    if (kept) await this.keeping(this.options.journal.remove([kept.seq]));
    this.changed();
  }

  private async keeping(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => this.options.onStoreFailure?.(error));
  }

  // Sending

  /**
   * The first that may go. Nothing that changes the mask, or is held against it, overtakes what changes it; and a
   * decision overtakes nothing.
   */
  private next(): Item | null {
    let maskWaits = this.maskHeld || this.stopped !== null;
    let changeWaits = false;
    let somethingWaits = false;
    for (const item of this.queue) {
      const { act } = item.entry;
      if (item.refusal !== null) continue;
      if (act.kind === "edit" && this.editCarrier === null) maskWaits = true;
      const waits =
        (changesMask(act) && maskWaits) ||
        (readsMask(act) && changeWaits) ||
        (act.kind === "decision" && somethingWaits);
      if (!waits) return item;
      changeWaits ||= changesMask(act);
      somethingWaits = true;
    }
    return null;
  }

  private async pump(): Promise<void> {
    if (this.sending || this.disposed) return;
    const item = this.next();
    if (!item) return;
    if (Date.now() < this.notBefore) return this.later(this.notBefore - Date.now());
    this.sending = true;
    const outcome = await this.send(item);
    await this.handle(item, outcome);
    this.sending = false;
    if (outcome.kind === "away") this.retryLater(outcome.pauseMs ?? 0);
    else if (outcome.kind !== "signed_out") void this.pump();
  }

  private async send(item: Item): Promise<Outcome | { readonly kind: "gone" }> {
    const kept = await item.stored;
    const carrier = item.entry.act.kind === "edit" ? this.editCarrier : this.options.carry;
    if (!carrier) return { kind: "away" };
    return exclusively(this.assignmentId, async () => {
      if (kept && this.shared && (await this.isGone(kept.seq))) return { kind: "gone" };
      return carrier(item.entry);
    });
  }

  /** Whether another tab has sent it meanwhile, or thrown it away. */
  private async isGone(seq: number): Promise<boolean> {
    try {
      return !(await this.options.journal.has(seq));
    } catch (error) {
      this.options.onStoreFailure?.(error);
      return false; // sent twice it is done once
    }
  }

  private async handle(item: Item, outcome: Outcome | { readonly kind: "gone" }): Promise<void> {
    if (outcome.kind !== "away") this.failures = 0;
    this.signedOut = outcome.kind === "signed_out";
    switch (outcome.kind) {
      case "taken":
        return this.taken(item, outcome);
      case "gone":
        return this.drop(item);
      case "away":
        this.failures++;
        this.paused = outcome.pauseMs !== undefined;
        break;
      case "signed_out":
        break;
      case "refused": {
        item.refusal = outcome.message;
        const kept = await item.stored;
        if (kept) await this.keeping(this.options.journal.refuse(kept.seq, outcome.message));
        break;
      }
      case "stopped":
        this.stopped = { kind: outcome.state, message: outcome.message };
    }
    this.changed();
  }

  private async taken(item: Item, { at, answer, conflict }: Extract<Outcome, { kind: "taken" }>): Promise<void> {
    const { act } = item.entry;
    if (act.kind !== "time") this.savedAt = at;
    if (changesMask(act)) this.maskSavedAt = at;
    if (conflict !== undefined) this.stopped = { kind: "conflict", message: conflict };
    for (const listener of [...this.takenListeners]) {
      try {
        await listener(item.entry, answer);
      } catch (error) {
        const message = t("The server's answer could not be shown ({{error}}).", {
          error: error instanceof Error ? error.message : String(error),
        });
        this.stopped = { kind: "conflict", message };
      }
    }
    await this.drop(item);
  }

  private retryLater(pauseMs: number): void {
    this.notBefore = Date.now() + pauseMs;
    this.later(Math.max(pauseMs, BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length) - 1] ?? 500));
  }

  private later(pause: number): void {
    if (this.disposed) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.pump();
    }, pause);
  }

  /** Try as soon as the server takes it: the network came back, the person returned to the tab or signed in again. */
  retryNow(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    void this.pump();
  }

  /** Resolves when everything (or all that changes the mask) is saved, or with the state that keeps it from being. */
  settled(part: "all" | "mask" = "all"): Promise<SaveStatus> {
    return new Promise((resolve) => {
      const check = (): boolean => {
        const status = part === "all" ? this.status : this.maskStatus;
        const isOpen = this.queue.some(
          ({ entry, refusal }) => refusal === null && (part === "all" || changesMask(entry.act)),
        );
        // Time that is being sent shows in no status.
        if (status.kind === "saving" || (status.kind === "saved" && isOpen)) return false;
        resolve(status);
        return true;
      };
      if (check()) return;
      const stop = this.subscribe(() => {
        if (check()) stop();
      });
    });
  }

  dispose(): void {
    this.disposed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    globalThis.removeEventListener?.("online", this.wake);
    globalThis.removeEventListener?.("focus", this.wake);
  }
}
