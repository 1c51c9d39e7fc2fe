import { useEffect, useState } from "react";
import { t } from "@/i18n";
import { notifyFailure } from "@/components/common/notify";
import type { EditSync } from "@/state/edits/editSync";
import type { Viewer } from "@/viewer";
import { RecoveryDialog } from "./RecoveryDialog";
import { TAKEN } from "./useEditSync";
import type { OpenedWork } from "./useWorkstationSession";

interface Props {
  readonly work: OpenedWork;
  readonly viewer: Viewer;
  readonly sync: EditSync | null;
}

/** Offers the kept edits once; after that they are ordinary edits, or gone. Then what was done after them follows. */
export function Recovering({ work, viewer, sync }: Props) {
  const { recovery, journal, later, outbox } = work;
  const [open, setOpen] = useState(recovery !== null && sync !== null);
  useEffect(() => {
    if (open) return;
    outbox.load(later);
    outbox.holdMask(false);
  }, [open, outbox, later]);
  if (!open || !recovery || !sync) return null;

  const drop = async (seqs: readonly number[]): Promise<void> => {
    try {
      await journal.remove(seqs);
      setOpen(false);
    } catch (error) {
      notifyFailure(error);
    }
  };
  const unreadable = recovery.unreadable.map(({ seq }) => seq);

  const apply = async (): Promise<void> => {
    for (const { kept, delta } of recovery.edits) {
      const { name, label } = kept.act;
      viewer.applyDelta(delta, TAKEN, t("{{name}} (kept)", { name }), label);
      // It stays on disk as it is: at no moment is an edit nowhere.
      sync.resume(kept);
    }
    await drop(unreadable);
  };
  const discard = (): Promise<void> => drop([...recovery.edits.map(({ kept }) => kept.seq), ...unreadable]);

  return <RecoveryDialog recovery={recovery} onDiscard={discard} onApply={apply} />;
}
