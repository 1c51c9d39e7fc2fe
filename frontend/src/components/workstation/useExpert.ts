import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { t } from "@/i18n";
import { assignments, type AssignmentDetail, type LookedLevel, type SecondRound } from "@/api/assignments";
import { levelsLookedKey } from "@/state/outbox/answers";
import type { Outbox } from "@/state/outbox/outbox";
import type { SaveStatus } from "@/state/outbox/status";
import type { LookedState } from "./LookedMark";
import { nextUnticked, withLooks } from "./secondRound";
import { usePending } from "./useOutbox";

/** After an edit is saved: strokes that follow each other are asked about together. */
const PAUSE_MS = 250;

/** What an adjudicator or reviewer is told of a case that came back, and what they have looked at. */
export interface Expert {
  /** Null in a first round, and until it is known. */
  readonly round: SecondRound | null;
  readonly looked: readonly LookedLevel[] | undefined;
  /** For the strip: ticked vertebrae, and those that have changed since. */
  readonly marks: ReadonlyMap<number, LookedState>;
  /** Vertebrae of the mask without a tick; null while the ticks are not known. */
  readonly unticked: readonly number[] | null;
  readonly tick: (label: number) => void;
  /** To the next vertebra without a tick. */
  readonly next: (active: number, go: (label: number) => void) => void;
}

const comes = (kind: AssignmentDetail["kind"]): boolean => kind === "adjudicate" || kind === "review";

/** @returns null where the task is no expert's */
export function useExpert(
  detail: Pick<AssignmentDetail, "id" | "kind" | "round" | "return_comment">,
  outbox: Outbox,
  status: SaveStatus,
  isWorking: boolean,
): Expert | null {
  const client = useQueryClient();
  const isExpert = comes(detail.kind);
  const roundKey = useMemo(() => ["assignment", detail.id, "second-round"] as const, [detail.id]);
  const round = useQuery({
    queryKey: roundKey,
    queryFn: () => assignments.secondRound(detail.id),
    enabled: isExpert && (detail.round > 1 || detail.return_comment !== ""),
  });
  const ticks = useQuery({
    queryKey: levelsLookedKey(detail.id),
    queryFn: () => assignments.levelsLooked(detail.id),
    enabled: isExpert,
  });
  // A saved edit may change what was settled, and takes ticks away.
  const savedAt = status.kind === "saved" ? status.at?.getTime() : undefined;
  useEffect(() => {
    if (!isExpert || savedAt === undefined) return undefined;
    const ask = (): void => {
      void client.invalidateQueries({ queryKey: roundKey });
      void client.invalidateQueries({ queryKey: levelsLookedKey(detail.id) });
    };
    const timer = setTimeout(ask, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [isExpert, savedAt, client, roundKey, detail.id]);

  const pending = usePending(outbox);
  const looked = useMemo(() => ticks.data && withLooks(ticks.data, pending), [ticks.data, pending]);
  const marks = useMemo(() => {
    const found = new Map<number, LookedState>();
    for (const row of looked ?? [])
      if (row.looked || row.changed) found.set(row.label, row.looked ? "looked" : "changed");
    return found;
  }, [looked]);
  if (!isExpert) return null;
  const unticked = looked?.filter((row) => !row.looked).map(({ label }) => label) ?? null;
  return {
    round: round.data ?? null,
    looked,
    marks,
    unticked,
    tick: (label) => {
      const row = looked?.find((one) => one.label === label);
      if (isWorking && row) void outbox.add({ kind: "level-looked", label, looked: !row.looked });
    },
    next: (active, go) => {
      const labels = looked?.map(({ label }) => label) ?? [];
      const label = nextUnticked(labels, unticked ?? [], active);
      if (label !== null) return go(label);
      notifications.show({ id: "looked", color: "petrol", message: t("Every vertebra is ticked as looked at.") });
    },
  };
}
