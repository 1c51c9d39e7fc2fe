/**
 * The mask's part of the outbox: what an edit was made on, and whether the server's mask is still the one shown.
 *
 * An edit carries the revision that it was made on; the answer carries the digest of the server's mask after it,
 * which is compared with the digest of the mask as it was here right after the edit.
 */

import { t } from "@/i18n";
import type { MaskStore } from "@/domain/maskStore";
import { deflate } from "@/domain/vbd1";
import type { Entry } from "@/state/outbox/acts";
import type { Outbox, Outcome, Sendable } from "@/state/outbox/outbox";
import type { SaveStatus } from "@/state/outbox/status";
import type { SendEdit } from "./transport";

export interface RecordedEdit {
  readonly kind: string;
  readonly name: string;
  readonly label: number | null;
  readonly slices: readonly number[];
}

export interface EditSyncOptions {
  readonly outbox: Outbox;
  /** The mask as the viewer edits it. */
  readonly mask: MaskStore;
  readonly revision: number;
  readonly send: SendEdit;
}

export class EditSync {
  /** Of the mask right after each edit that is on its way. */
  private readonly digests = new Map<string, Promise<string>>();
  private revision: number;

  constructor(private readonly options: EditSyncOptions) {
    this.revision = options.revision;
  }

  /** Begin to carry edits. After `dispose` too. */
  start(): void {
    this.options.outbox.setEditCarrier((entry) => this.carry(entry));
  }

  dispose(): void {
    this.options.outbox.setEditCarrier(null);
  }

  get knownRevision(): number {
    return this.revision;
  }

  /** The digest of the mask as it is now in the browser. */
  currentDigest(): Promise<string> {
    return this.options.mask.digest();
  }

  /** Resolves when every act that changes the mask is with the server, or with what keeps it from being. */
  settled(): Promise<SaveStatus> {
    return this.options.outbox.settled("mask");
  }

  /**
   * Take in an edit that has just been made. Its slices are copied before this returns; the promise resolves
   * when they are on disk.
   */
  record({ kind, name, label, slices }: RecordedEdit): Promise<void> {
    const { outbox, mask } = this.options;
    const packed = mask.pack(slices);
    const id = crypto.randomUUID();
    const behind = [...this.digests.keys()];
    this.digests.set(id, mask.digestAfter(packed));
    return outbox.add({ kind: "edit", edit: kind, label, name, packed, knownRevision: this.revision, behind }, id);
  }

  /** Go on with an edit that was kept and has been applied to the mask again; it stays on disk where it is. */
  resume(entry: Entry): void {
    if (entry.act.kind !== "edit") return;
    this.digests.set(entry.id, this.options.mask.digestAfter(entry.act.packed));
    this.options.outbox.load([entry]);
  }

  /** The server changed the mask itself (a choice in adjudication) and the browser has applied it. */
  adopt(revision: number, savedAt: Date): void {
    this.revision = revision;
    this.options.outbox.savedMaskAt(savedAt);
  }

  private async carry({ id, act }: Sendable): Promise<Outcome> {
    if (act.kind !== "edit") return { kind: "away" };
    const payload = await deflate(act.packed);
    const outcome = await this.options.send({
      operationId: id,
      baseRevision: this.revision,
      kind: act.edit,
      label: act.label,
      payload,
    });
    switch (outcome.kind) {
      case "saved": {
        this.revision = outcome.revision;
        const expected = await this.digests.get(id);
        this.digests.delete(id);
        const taken = { kind: "taken", at: outcome.savedAt, answer: null } as const;
        return expected === outcome.digest
          ? taken
          : { ...taken, conflict: t("The server's mask is not the one shown here.") };
      }
      case "away":
      case "signed_out":
        return outcome;
      case "stale":
        return { kind: "stopped", state: "conflict", message: t("The mask was changed elsewhere meanwhile.") };
      case "closed":
        return { kind: "stopped", state: "closed", message: outcome.message };
      case "rejected":
        return {
          kind: "stopped",
          state: "conflict",
          message: t("The server did not accept an edit: {{message}}", { message: outcome.message }),
        };
    }
  }
}
