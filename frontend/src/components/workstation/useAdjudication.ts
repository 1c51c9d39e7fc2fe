import { useState } from "react";
import { assignments, type AdjudicationItem, type AppliedChoice, type AssignmentDetail, type NamingDispute } from "@/api/assignments";
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
  readonly naming: NamingDispute | null;
  readonly busy: boolean;
  readonly choose: (choice: Choice) => Promise<void>;
  /** Name the disputed vertebrae, from the head down. */
  readonly settle: (labels: readonly number[], reason: string) => Promise<void>;
}

function stepName({ label, choice, slot }: Choice): string {
  return `Take ${nameOf(label)} from ${choice === "fused" ? "the fused mask" : (slot ?? "a rater")}`;
}

/** Decisions of an expert. The server edits its mask; the same slices are then applied here, as one step. */
export function useAdjudication(detail: AssignmentDetail, viewer: Viewer | null, sync: EditSync | null): Adjudication {
  const [items, setItems] = useState(detail.adjudication?.items ?? []);
  const [naming, setNaming] = useState(detail.adjudication?.naming ?? null);
  const [busy, setBusy] = useState(false);

  /** Have the server edit its mask, and follow. True where that worked. */
  const follow = async (ask: () => Promise<AppliedChoice>, title: string, label: number): Promise<boolean> => {
    if (!viewer || !sync) return false;
    setBusy(true);
    try {
      // The server works on its own state: everything painted here has to be there first.
      const status = await sync.settled();
      if (status.kind !== "saved") throw new Error(`Not taken: ${saveText(status)}.`);
      const applied = await ask();
      const payload = Uint8Array.from(atob(applied.payload_b64), (character) => character.charCodeAt(0));
      const delta = await decodeSlices(payload, viewer.geometry.shape);
      viewer.applyDelta(delta, TAKEN, title, label);
      // Without an operation the mask was so already, and nothing was saved.
      if (applied.operation_id !== null) sync.adopt(applied.revision, delta.slices.map((slice) => slice.k), new Date());
      return true;
    } catch (error) {
      notifyFailure(error);
      return false;
    } finally {
      setBusy(false);
    }
  };

  const choose = async (choice: Choice): Promise<void> => {
    if (!(await follow(() => assignments.choose(detail.id, choice), stepName(choice), choice.label))) return;
    const decision = { choice: choice.choice, slot: choice.slot, reason: choice.reason };
    setItems((list) => list.map((item) => (item.label === choice.label ? { ...item, decision } : item)));
  };

  const settle = async (labels: readonly number[], reason: string): Promise<void> => {
    if (naming === null) return;
    const [highest] = labels;
    if (!(await follow(() => assignments.settleNames(detail.id, { labels, reason }), "Name the vertebrae", highest ?? 0))) return;
    const renamed = new Map(naming.instances.map(({ label }, place) => [label, labels[place] ?? label]));
    const named = { choice: "named", slot: null, reason };
    setItems((list) =>
      list.map((item) => ({
        ...item,
        label: renamed.get(item.label) ?? item.label,
        // whose name alone was in dispute is decided with it, here as on the server
        decision: item.decision ?? (item.reason === "naming" ? named : null),
      })),
    );
    setNaming({
      ...naming,
      chosen: labels,
      reason,
      instances: naming.instances.map((row) => ({ ...row, label: renamed.get(row.label) ?? row.label })),
    });
  };

  return { items, naming, busy, choose, settle };
}
