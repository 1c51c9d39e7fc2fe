/** Edits that were kept when the tab closed: which the server has already, and what the others would change. */

import type { Shape } from "@/domain/geometry";
import { changesOfDelta } from "@/domain/changes";
import { applySlices, unpackSlices, type SliceDelta } from "@/domain/vbd1";
import type { EditAct, Entry } from "@/state/outbox/acts";
import type { Journal } from "@/state/outbox/journal";

export type KeptEdit = Entry & { readonly act: EditAct };

export function isEdit(entry: Entry): entry is KeptEdit {
  return entry.act.kind === "edit";
}

interface RecoverableEdit {
  readonly kept: KeptEdit;
  readonly delta: SliceDelta;
  /** Voxels that this edit changes, after the ones before it. */
  readonly voxels: number;
}

export interface Recovery {
  readonly edits: readonly RecoverableEdit[];
  /** The server's mask has moved on since the edits were made: they replace whole slices of it. */
  readonly serverMovedOn: boolean;
  /** Kept bytes that cannot be read any more. */
  readonly unreadable: readonly KeptEdit[];
}

/**
 * Look at what is kept. Edits that the server holds already (their acknowledgement was lost) are dropped.
 *
 * @param kept in the order in which they were made
 * @param mask the server's mask; not changed
 * @param knownToServer operation ids the server has stored after a revision
 */
export async function findRecovery(
  journal: Journal,
  kept: readonly KeptEdit[],
  { mask, shape, revision }: { mask: Uint8Array; shape: Shape; revision: number },
  knownToServer: (afterRevision: number) => Promise<ReadonlySet<string>>,
): Promise<Recovery | null> {
  if (kept.length === 0) return null;
  const oldest = Math.min(...kept.map(({ act }) => act.knownRevision));
  const known = revision > oldest ? await knownToServer(oldest) : new Set<string>();
  await journal.remove(kept.filter(({ id }) => known.has(id)).map(({ seq }) => seq));
  const open = kept.filter(({ id }) => !known.has(id));
  if (open.length === 0) return null;
  const trial = mask.slice();
  const edits: RecoverableEdit[] = [];
  const unreadable: KeptEdit[] = [];
  for (const edit of open) {
    try {
      const delta = unpackSlices(edit.act.packed, shape);
      edits.push({ kept: edit, delta, voxels: changesOfDelta(trial, delta)?.count ?? 0 });
      applySlices(trial, delta);
    } catch {
      unreadable.push(edit);
    }
  }
  const own = new Set(kept.flatMap(({ id, act }) => [id, ...act.behind]));
  const ownTaken = [...known].filter((id) => own.has(id)).length;
  return { edits, serverMovedOn: revision > oldest + ownTaken, unreadable };
}
