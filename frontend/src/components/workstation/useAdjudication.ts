import { useState } from "react";
import { assignments, type AdjudicationItem, type AssignmentDetail } from "@/api/assignments";
import { notifyFailure } from "@/components/common/notify";
import { nameOf } from "@/domain/labels";
import { decodeSlices } from "@/domain/vbd1";
import type { EditSync } from "@/state/edits/editSync";
import type { Viewer } from "@/viewer/viewer";
import type { Choice } from "./AdjudicatePanel";
import { saveText } from "./SaveState";
import { TAKEN } from "./useEditSync";

export interface Adjudication {
  readonly items: readonly AdjudicationItem[];
  readonly busy: boolean;
  readonly choose: (choice: Choice) => Promise<void>;
}

function stepName({ label, choice, slot }: Choice): string {
  return `Take ${nameOf(label)} from ${choice === "fused" ? "the fused mask" : (slot ?? "a rater")}`;
}

/** Decisions of an expert. The server edits its mask; the same slices are then applied here, as one step. */
export function useAdjudication(detail: AssignmentDetail, viewer: Viewer | null, sync: EditSync | null): Adjudication {
  const [items, setItems] = useState(detail.adjudication?.items ?? []);
  const [busy, setBusy] = useState(false);

  const choose = async (choice: Choice): Promise<void> => {
    if (!viewer || !sync) return;
    setBusy(true);
    try {
      // The server works on its own state: everything painted here has to be there first.
      const status = await sync.settled();
      if (status.kind !== "saved") throw new Error(`Not taken: ${saveText(status)}.`);
      const applied = await assignments.choose(detail.id, choice);
      const payload = Uint8Array.from(atob(applied.payload_b64), (character) => character.charCodeAt(0));
      const delta = await decodeSlices(payload, viewer.geometry.shape);
      viewer.applyDelta(delta, TAKEN, stepName(choice), choice.label);
      // Without an operation the mask was so already, and nothing was saved.
      if (applied.operation_id !== null) sync.adopt(applied.revision, delta.slices.map((slice) => slice.k), new Date());
      const decision = { choice: choice.choice, slot: choice.slot, reason: choice.reason };
      setItems((list) => list.map((item) => (item.label === choice.label ? { ...item, decision } : item)));
    } catch (error) {
      notifyFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return { items, busy, choose };
}
