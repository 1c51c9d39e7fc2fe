import { useState } from "react";
import { notifyFailure } from "@/components/common/notify";
import type { Viewer } from "@/viewer/viewer";
import { RecoveryDialog } from "./RecoveryDialog";
import type { OpenedWork } from "./useWorkstationSession";

interface Props {
  readonly work: OpenedWork;
  readonly viewer: Viewer;
  readonly kept: () => Promise<void>;
}

/** Offers the kept edits once; after that they are ordinary edits, or gone. */
export function Recovering({ work, viewer, kept }: Props) {
  const [open, setOpen] = useState(true);
  const { recovery, store } = work;
  if (!open || !recovery) return null;
  const newest = Math.max(0, ...recovery.edits.map((edit) => edit.kept.seq));

  const finish = async (): Promise<void> => {
    try {
      // Unreadable ones too, but none of those recorded since.
      const all = await store.of(work.detail.id);
      await store.remove(all.filter((edit) => edit.seq <= newest || recovery.edits.length === 0).map((edit) => edit.seq));
      setOpen(false);
    } catch (error) {
      notifyFailure(error);
    }
  };

  const apply = async (): Promise<void> => {
    for (const { kept: edit, delta } of recovery.edits) {
      viewer.applyDelta(delta, edit.kind, `${edit.name} (kept)`, edit.label);
    }
    // Recorded anew before the old ones go: at no moment is an edit nowhere.
    await kept();
    await finish();
  };

  return <RecoveryDialog recovery={recovery} onDiscard={finish} onApply={apply} />;
}
