/** Edits that were kept when the tab closed: which the server has already, and what the others would change. */

import type { Shape } from "@/domain/geometry";
import { changesOfDelta } from "@/domain/changes";
import { applySlices, unpackSlices, type SliceDelta } from "@/domain/vbd1";
import type { KeptEdit, KeptEditStore } from "./keptEdits";

export interface RecoverableEdit {
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
  readonly unreadable: number;
}

/**
 * Look at what is kept. Edits that the server holds already (their acknowledgement was lost) are dropped.
 *
 * @param mask the server's mask; not changed
 * @param knownToServer operation ids the server has stored after a revision
 */
export async function findRecovery(
  store: KeptEditStore,
  assignmentId: string,
  { mask, shape, revision }: { mask: Uint8Array; shape: Shape; revision: number },
  knownToServer: (afterRevision: number) => Promise<ReadonlySet<string>>,
): Promise<Recovery | null> {
  const kept = await store.of(assignmentId);
  if (kept.length === 0) return null;
  const oldest = Math.min(...kept.map((edit) => edit.knownRevision));
  const known = revision > oldest ? await knownToServer(oldest) : new Set<string>();
  await store.remove(kept.filter((edit) => known.has(edit.operationId)).map((edit) => edit.seq));
  const open = kept.filter((edit) => !known.has(edit.operationId));
  if (open.length === 0) return null;
  const trial = mask.slice();
  const edits: RecoverableEdit[] = [];
  let unreadable = 0;
  for (const edit of open) {
    try {
      const delta = unpackSlices(edit.packed, shape);
      edits.push({ kept: edit, delta, voxels: changesOfDelta(trial, delta)?.count ?? 0 });
      applySlices(trial, delta);
    } catch {
      unreadable++;
    }
  }
  const own = new Set(kept.flatMap((edit) => [edit.operationId, ...(edit.behind ?? [])]));
  const ownTaken = [...known].filter((operationId) => own.has(operationId)).length;
  return { edits, serverMovedOn: revision > oldest + ownTaken, unreadable };
}
