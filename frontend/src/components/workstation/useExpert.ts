import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { t } from "@/i18n";
import { assignments, type AssignmentDetail, type LookedLevel, type SecondRound } from "@/api/assignments";
import { levelsLookedKey } from "@/state/outbox/answers";
import type { Outbox } from "@/state/outbox/outbox";
import type { SaveStatus } from "@/state/outbox/status";
import type { LookedState } from "./LookedMark";
import { onwards } from "./deciding";
import { nextUnticked, withLooks } from "./secondRound";
import { usePending } from "./useOutbox";

/** After an edit is saved: strokes that follow each other are asked about together. */
const PAUSE_MS = 250;

/** What an adjudicator or reviewer has looked at. */
export interface Expert {
  readonly looked: readonly LookedLevel[] | undefined;
  /** For the strip: ticked vertebrae, and those that have changed since. */
  readonly marks: ReadonlyMap<number, LookedState>;
  /** Vertebrae of the mask without a tick; null while the ticks are not known. */
  readonly unticked: readonly number[] | null;
  readonly tick: (label: number) => void;
  /** Done with the vertebra in hand: tick it where it is decided, and on to what is open. */
  readonly done: (
    at: { readonly labels: readonly number[]; readonly undecided: readonly number[]; readonly active: number },
    go: (label: number) => void,
  ) => void;
  /** To the next vertebra without a tick. */
  readonly next: (active: number, go: (label: number) => void) => void;
}

export const isExpertWork = (kind: AssignmentDetail["kind"]): boolean => kind === "adjudicate" || kind === "review";

/** Ask again after what was saved: it may have changed what the server says of the work. */
function useAskedAgain(key: readonly unknown[], status: SaveStatus, enabled: boolean): void {
  const client = useQueryClient();
  const savedAt = status.kind === "saved" ? status.at?.getTime() : undefined;
  useEffect(() => {
    if (!enabled || savedAt === undefined) return undefined;
    const timer = setTimeout(() => void client.invalidateQueries({ queryKey: key }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [enabled, savedAt, client, key]);
}

/** What was asked of work that came back, and what has changed since; null in a first round, and until it is known. */
export function useSecondRound(
  { id, round, return_comment: words }: Pick<AssignmentDetail, "id" | "round" | "return_comment">,
  status: SaveStatus,
): SecondRound | null {
  const enabled = round > 1 || words !== "";
  const queryKey = useMemo(() => ["assignment", id, "second-round"] as const, [id]);
  const query = useQuery({ queryKey, queryFn: () => assignments.secondRound(id), enabled });
  useAskedAgain(queryKey, status, enabled);
  return query.data ?? null;
}

/** @returns null where the task is no expert's */
export function useExpert(
  detail: Pick<AssignmentDetail, "id" | "kind">,
  outbox: Outbox,
  status: SaveStatus,
  isWorking: boolean,
): Expert | null {
  const isExpert = isExpertWork(detail.kind);
  const ticksKey = useMemo(() => levelsLookedKey(detail.id), [detail.id]);
  const ticks = useQuery({
    queryKey: ticksKey,
    queryFn: () => assignments.levelsLooked(detail.id),
    enabled: isExpert,
  });
  useAskedAgain(ticksKey, status, isExpert);

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
  const tick = (label: number): void => {
    const row = looked?.find((one) => one.label === label);
    if (isWorking && row) void outbox.add({ kind: "level-looked", label, looked: !row.looked });
  };
  return {
    looked,
    marks,
    unticked,
    tick,
    done: ({ labels, undecided, active }, go) => {
      const { ticks, next } = onwards(labels, undecided, unticked ?? [], active);
      if (ticks) tick(active);
      if (next !== null) return go(next);
      notifications.show({ id: "looked", color: "petrol", message: t("Every vertebra is decided and looked at.") });
    },
    next: (active, go) => {
      const labels = looked?.map(({ label }) => label) ?? [];
      const label = nextUnticked(labels, unticked ?? [], active);
      if (label !== null) return go(label);
      notifications.show({ id: "looked", color: "petrol", message: t("Every vertebra is ticked as looked at.") });
    },
  };
}
