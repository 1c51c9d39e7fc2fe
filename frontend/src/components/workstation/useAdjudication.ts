import { useEffect, useMemo, useState } from "react";
import { t } from "@/i18n";
import type { AdjudicationItem, AppliedChoice, AssignmentDetail, NamingDispute } from "@/api/assignments";
import { nameOf } from "@/domain/labels";
import { decodeSlices } from "@/domain/vbd1";
import type { EditSync } from "@/state/edits/editSync";
import type { Act, ChoiceAct } from "@/state/outbox/acts";
import type { Outbox, Pending } from "@/state/outbox/outbox";
import type { Viewer } from "@/viewer";
import type { Choice } from "./AdjudicatePanel";
import { isNameOnly } from "./undecided";
import { TAKEN } from "./useEditSync";
import { usePending } from "./useOutbox";

export interface Adjudication {
  readonly items: readonly AdjudicationItem[];
  readonly naming: NamingDispute | null;
  /** The vertebrae are being named: choices wait for it. */
  readonly busy: boolean;
  /** A decision that changes the mask is on its way: what were painted now would undo it. */
  readonly maskWaits: boolean;
  readonly choose: (choice: Choice) => void;
  /** Name the disputed vertebrae, from the head down. */
  readonly settle: (labels: readonly number[], reason: string) => void;
}

type NamesAct = Extract<Act, { kind: "names" }>;
interface Decided {
  readonly items: readonly AdjudicationItem[];
  readonly naming: NamingDispute | null;
}

function stepName(act: ChoiceAct | NamesAct): string {
  if (act.kind === "names") return t("Name the vertebrae");
  return t("Take {{label}} from {{choice}}", {
    label: nameOf(act.label),
    choice: act.choice === "fused" ? t("the fused mask") : (act.slot ?? t("a rater")),
  });
}

function withChoice(decided: Decided, { label, choice, slot, reason }: ChoiceAct): Decided {
  const decision = { choice, slot, reason, carried: false };
  return { ...decided, items: decided.items.map((item) => (item.label === label ? { ...item, decision } : item)) };
}

function withNames({ items, naming }: Decided, { labels, reason }: NamesAct): Decided {
  if (naming === null) return { items, naming };
  const renamed = new Map(naming.instances.map(({ label }, place) => [label, labels[place] ?? label]));
  const named = { choice: "named", slot: null, reason, carried: false };
  return {
    items: items.map((item) => ({
      ...item,
      label: renamed.get(item.label) ?? item.label,
      // whose name alone was in dispute is decided with it, here as on the server
      decision: item.decision ?? (isNameOnly(item) ? named : null),
    })),
    naming: {
      ...naming,
      chosen: labels,
      reason,
      instances: naming.instances.map((row) => ({ ...row, label: renamed.get(row.label) ?? row.label })),
    },
  };
}

/** What is decided once all that waits is sent. */
export function decidedWith(decided: Decided, pending: readonly Pick<Pending, "act" | "refusal">[]): Decided {
  return pending.reduce((sofar, { act, refusal }) => {
    if (refusal !== undefined) return sofar;
    if (act.kind === "choice") return withChoice(sofar, act);
    return act.kind === "names" ? withNames(sofar, act) : sofar;
  }, decided);
}

/** Do here what the server did to its mask, as one step. */
async function follow(
  act: ChoiceAct | NamesAct,
  applied: AppliedChoice,
  viewer: Viewer,
  sync: EditSync,
): Promise<void> {
  const payload = Uint8Array.from(atob(applied.payload_b64), (character) => character.charCodeAt(0));
  const delta = await decodeSlices(payload, viewer.geometry.shape);
  viewer.applyDelta(delta, TAKEN, stepName(act), act.kind === "choice" ? act.label : (act.labels[0] ?? 0));
  // Without an operation the mask was so already, and nothing was saved.
  if (applied.operation_id !== null) sync.adopt(applied.revision, new Date());
}

/** Decisions of an expert. The server edits its mask; the same slices are then applied here, as one step. */
export function useAdjudication(
  detail: AssignmentDetail,
  viewer: Viewer | null,
  sync: EditSync | null,
  outbox: Outbox,
): Adjudication {
  const [taken, setTaken] = useState<Decided>({
    items: detail.adjudication?.items ?? [],
    naming: detail.adjudication?.naming ?? null,
  });
  const pending = usePending(outbox);
  const { items, naming } = useMemo(() => decidedWith(taken, pending), [taken, pending]);

  useEffect(
    () =>
      outbox.onTaken(async ({ act }, answer) => {
        if (act.kind !== "choice" && act.kind !== "names") return;
        if (viewer && sync) await follow(act, answer as AppliedChoice, viewer, sync);
        setTaken((before) => (act.kind === "choice" ? withChoice(before, act) : withNames(before, act)));
      }),
    [outbox, viewer, sync],
  );

  const send = (act: ChoiceAct | NamesAct): void => {
    if (!viewer || !sync) return;
    viewer.editor.endStroke();
    void outbox.add(act);
  };
  const waiting = pending.filter(({ refusal }) => refusal === undefined).map(({ act }) => act);
  return {
    items,
    naming,
    busy: waiting.some(({ kind }) => kind === "names"),
    maskWaits: waiting.some((act) => act.kind === "names" || (act.kind === "choice" && act.choice !== "painted")),
    choose: ({ label, choice, slot, reason }) => send({ kind: "choice", label, choice, slot, reason }),
    settle: (labels, reason) => naming !== null && send({ kind: "names", labels, reason }),
  };
}
