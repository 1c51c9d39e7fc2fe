import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { assignments, type HeightLine, type Measurement, type RegionChange } from "@/api/assignments";
import { ApiError } from "@/api/errors";
import { add, middleOf, norm, scale, subtract, type Vec3 } from "@/domain/geometry";
import type { MeasureAct } from "@/state/outbox/acts";
import { measurementKey } from "@/state/outbox/answers";
import type { Pending } from "@/state/outbox/outbox";
import { useOutbox, usePending } from "./useOutbox";

type OwnLines = Omit<NonNullable<Measurement["own_lines"]>, "adjusted_at">;
type Hu = Pick<Measurement, "hu_mean" | "hu_sd" | "hu_voxels">;
type OwnRegion = Omit<NonNullable<Measurement["own_region"]>, "adjusted_at" | keyof Hu> & Hu;

/** What the server measured, with what was moved here: that has no time yet, and a region no HU. */
export type ShownMeasurement = Omit<Measurement, "own_lines" | "own_region"> & {
  readonly own_lines: OwnLines | null;
  readonly own_region: OwnRegion | null;
};

export interface Measured {
  readonly data: ShownMeasurement | undefined;
  readonly state: "measured" | "loading" | "none" | "failed";
  readonly stale: boolean;
  /** What was moved is not with the server yet: what it makes of that is not known. */
  readonly waits: boolean;
  setLines(lines: readonly HeightLine[]): void;
  resetLines(): void;
  setRegion(change: RegionChange): void;
  resetRegion(): void;
}

/** Lines as they were moved here: their lengths are the heights, what these suggest is for the server to say. */
function movedLines(lines: readonly HeightLine[]): OwnLines {
  const [anterior = 0, middle = 0, posterior = 0] = lines.map(([low, high]) => norm(subtract(high, low)));
  return {
    anterior_mm: anterior,
    middle_mm: middle,
    posterior_mm: posterior,
    lines_ras_mm: lines,
    suggestion: null,
    outdated: false,
  };
}

/** The region as it was moved here. Its HU are the server's to read. */
function movedRegion(measured: readonly Vec3[], { shift_ras_mm: shift, scale: factor }: RegionChange): OwnRegion {
  const middle = middleOf(measured);
  const to = add(middle, shift);
  return {
    hu_mean: null,
    hu_sd: null,
    hu_voxels: null,
    region_ras_mm: measured.map((point) => add(to, scale(subtract(point, middle), factor))),
    shift_ras_mm: shift,
    scale: factor,
    outdated: false,
  };
}

function isMeasureOf(label: number, { act, refusal }: Pending): boolean {
  return refusal === undefined && (act.kind === "lines" || act.kind === "region") && act.label === label;
}

/** What the server measured, with what was moved here since and waits to be sent. */
function withMoved(measured: Measurement, pending: readonly Pending[]): ShownMeasurement {
  return pending
    .filter((entry) => isMeasureOf(measured.label, entry))
    .reduce<ShownMeasurement>((sofar, { act }) => {
      if (act.kind === "lines") return { ...sofar, own_lines: act.lines && movedLines(act.lines) };
      if (act.kind !== "region") return sofar;
      return { ...sofar, own_region: act.change && movedRegion(measured.region_ras_mm, act.change) };
    }, measured);
}

/** What was measured of one vertebra, and how the reader moves its lines and its region of interest. */
export function useMeasured(label: number, answered: boolean, enabled: boolean): Measured {
  const outbox = useOutbox();
  const pending = usePending(outbox);
  const { assignmentId } = outbox;
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: [...measurementKey(assignmentId, label), answered],
    queryFn: () => assignments.measurement(assignmentId, label),
    enabled,
    placeholderData: (previous: Measurement | undefined) => (previous?.label === label ? previous : undefined),
    retry: (count, failed) => count < 1 && !(failed instanceof ApiError && failed.kind === "not_found"),
  });
  const shown = useMemo(() => data && withMoved(data, pending), [data, pending]);
  const none = error instanceof ApiError && error.kind === "not_found";
  const send = (act: MeasureAct): void => void outbox.add(act);
  return {
    data: shown,
    // Without a network what was measured before is still so.
    state: none ? "none" : data !== undefined ? "measured" : error ? "failed" : "loading",
    stale: isPlaceholderData,
    waits: pending.some((entry) => isMeasureOf(label, entry)),
    setLines: (lines) => send({ kind: "lines", label, lines }),
    resetLines: () => send({ kind: "lines", label, lines: null }),
    setRegion: (change) => send({ kind: "region", label, change }),
    resetRegion: () => send({ kind: "region", label, change: null }),
  };
}
