/**
 * Brings edits to the server one by one, in order, and tells the truth about it.
 *
 * An edit is written to the browser's store when it is made and removed when the server has acknowledged it.
 * Retries carry the same operation id, so an acknowledgement that was lost on the way does no harm.
 */

import { MaskDigest } from "@/domain/digest";
import type { Shape } from "@/domain/geometry";
import { deflate, packSlices } from "@/domain/vbd1";
import type { KeptEdit, KeptEditStore } from "./keptEdits";
import type { Acknowledged, SendEdit, SendOutcome } from "./transport";

export type SaveStatus =
  | { readonly kind: "saved"; readonly at: Date | null }
  | { readonly kind: "saving"; readonly pending: number }
  | { readonly kind: "offline"; readonly pending: number }
  | { readonly kind: "signed_out"; readonly pending: number }
  | { readonly kind: "conflict"; readonly pending: number; readonly message: string }
  | { readonly kind: "closed"; readonly pending: number; readonly message: string };

export interface RecordedEdit {
  readonly kind: string;
  readonly name: string;
  readonly label: number | null;
  readonly slices: readonly number[];
}

export interface EditSyncOptions {
  readonly assignmentId: string;
  readonly shape: Shape;
  /** The mask as the viewer edits it, in place. */
  readonly mask: Uint8Array;
  readonly revision: number;
  readonly savedAt: Date | null;
  readonly store: KeptEditStore;
  readonly send: SendEdit;
  /** Told when the browser cannot keep edits on disk (private window, full disk); sending goes on. */
  readonly onStoreFailure?: (error: unknown) => void;
}

interface QueuedEdit {
  readonly operationId: string;
  readonly kind: string;
  readonly label: number | null;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly stored: Promise<KeptEdit | null>;
  /** The digest of the mask right after this edit. */
  readonly digest: Promise<string>;
}

const BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 15_000];

export class EditSync {
  private readonly queue: QueuedEdit[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly digest: MaskDigest;
  private status: SaveStatus;
  private revision: number;
  private savedAt: Date | null;
  private failures = 0;
  private sending = false;
  private halted: SaveStatus["kind"] | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private disposed = true;
  private readonly wake = (): void => this.retryNow();

  constructor(private readonly options: EditSyncOptions) {
    this.revision = options.revision;
    this.savedAt = options.savedAt;
    this.status = { kind: "saved", at: options.savedAt };
    this.digest = new MaskDigest(options.mask, options.shape);
  }

  /** Begin to send, and to try again when the network or the reader comes back. After `dispose` too. */
  start(): void {
    this.disposed = false;
    globalThis.addEventListener?.("online", this.wake);
    globalThis.addEventListener?.("focus", this.wake);
    void this.pump();
  }

  readonly getStatus = (): SaveStatus => this.status;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  get knownRevision(): number {
    return this.revision;
  }

  get pending(): number {
    return this.queue.length;
  }

  /** The digest of the mask as it is now in the browser. */
  currentDigest(): Promise<string> {
    return this.digest.hex();
  }

  /**
   * Take in an edit that has just been made. Its slices are copied before this returns; the promise resolves
   * when they are on disk.
   */
  async record(edit: RecordedEdit): Promise<void> {
    const { assignmentId, mask, shape, store } = this.options;
    const packed = packSlices(mask, shape, edit.slices);
    const operationId = crypto.randomUUID();
    const stored = store
      .add({
        assignmentId,
        operationId,
        kind: edit.kind,
        label: edit.label,
        name: edit.name,
        packed,
        knownRevision: this.revision,
        behind: this.queue.map((queued) => queued.operationId),
        at: Date.now(),
      })
      .catch((error: unknown) => {
        this.options.onStoreFailure?.(error);
        return null;
      });
    this.queue.push({ operationId, kind: edit.kind, label: edit.label, packed, stored, digest: this.digest.hexAfter(packed) });
    this.setStatus(this.runningStatus());
    void this.pump();
    await stored;
  }

  /** The server changed the mask itself (a choice in adjudication) and the browser has applied it. */
  adopt(revision: number, slices: readonly number[], savedAt: Date): void {
    this.revision = revision;
    this.digest.touch(slices);
    this.savedAt = savedAt;
    this.setStatus(this.runningStatus());
  }

  private runningStatus(): SaveStatus {
    const pending = this.queue.length;
    if (this.halted) return { ...this.status, ...("pending" in this.status ? { pending } : {}) };
    if (pending === 0) return { kind: "saved", at: this.savedAt };
    return this.failures > 0 ? { kind: "offline", pending } : { kind: "saving", pending };
  }

  private setStatus(status: SaveStatus): void {
    this.status = status;
    for (const listener of [...this.listeners]) listener();
  }

  private async pump(): Promise<void> {
    if (this.sending || this.disposed || this.halted === "conflict" || this.halted === "closed") return;
    const [edit] = this.queue;
    if (!edit) return;
    this.sending = true;
    const outcome = await this.sendOne(edit);
    this.sending = false;
    if (!this.disposed) await this.handle(edit, outcome);
  }

  private async sendOne(edit: QueuedEdit): Promise<SendOutcome> {
    await edit.stored;
    const payload = await deflate(edit.packed);
    return this.options.send({
      operationId: edit.operationId,
      baseRevision: this.revision,
      kind: edit.kind,
      label: edit.label,
      payload,
    });
  }

  private async handle(edit: QueuedEdit, outcome: SendOutcome): Promise<void> {
    switch (outcome.kind) {
      case "saved":
        await this.acknowledged(edit, outcome);
        return;
      case "away":
        this.halted = null;
        this.failures++;
        this.setStatus(this.runningStatus());
        this.retryLater();
        return;
      case "signed_out":
        this.halt({ kind: "signed_out", pending: this.queue.length });
        return;
      case "stale":
        this.halt({ kind: "conflict", pending: this.queue.length, message: "The mask was changed elsewhere meanwhile." });
        return;
      case "closed":
        this.halt({ kind: "closed", pending: this.queue.length, message: outcome.message });
        return;
      case "rejected":
        this.halt({ kind: "conflict", pending: this.queue.length, message: `The server did not accept an edit: ${outcome.message}` });
    }
  }

  private async acknowledged(edit: QueuedEdit, saved: Acknowledged): Promise<void> {
    this.halted = null;
    this.failures = 0;
    this.revision = saved.revision;
    this.savedAt = saved.savedAt;
    this.queue.shift();
    const kept = await edit.stored;
    if (kept) await this.options.store.remove([kept.seq]).catch((error: unknown) => this.options.onStoreFailure?.(error));
    if ((await edit.digest) !== saved.digest) {
      this.halt({ kind: "conflict", pending: this.queue.length, message: "The server's mask is not the one shown here." });
      return;
    }
    this.setStatus(this.runningStatus());
    void this.pump();
  }

  private halt(status: SaveStatus): void {
    this.halted = status.kind;
    this.setStatus(status);
  }

  private retryLater(): void {
    const pause = BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length) - 1] ?? 500;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.pump();
    }, pause);
  }

  /** Try at once: the network came back, the reader returned to the tab or signed in again. */
  retryNow(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    void this.pump();
  }

  /** Resolves when everything is saved, or with the state that keeps it from being. */
  settled(): Promise<SaveStatus> {
    return new Promise((resolve) => {
      const check = (): boolean => {
        const { kind } = this.status;
        if (kind === "saving") return false;
        resolve(this.status);
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
