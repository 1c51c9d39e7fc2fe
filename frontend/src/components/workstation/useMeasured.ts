import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { assignments, type HeightLine, type Measurement } from "@/api/assignments";
import { ApiError } from "@/api/errors";
import { notifyFailure } from "@/components/common/notify";
import type { Vec3 } from "@/domain/geometry";

/** Where a region of interest is to be: moved by so much, and scaled about its centre. */
export interface RegionChange {
  readonly shift_ras_mm: Vec3;
  readonly scale: number;
}

export interface Measured {
  readonly data: Measurement | undefined;
  readonly state: "measured" | "loading" | "none" | "failed";
  readonly stale: boolean;
  readonly saving: boolean;
  setLines(lines: readonly HeightLine[]): void;
  resetLines(): void;
  setRegion(change: RegionChange): void;
  resetRegion(): void;
}

type Change =
  | { readonly kind: "lines"; readonly lines: readonly HeightLine[] | null }
  | { readonly kind: "region"; readonly change: RegionChange | null };

function send(assignmentId: string, label: number, asked: Change): Promise<Measurement> {
  if (asked.kind === "lines")
    return asked.lines
      ? assignments.setLines(assignmentId, label, asked.lines)
      : assignments.resetLines(assignmentId, label);
  return asked.change
    ? assignments.setRegion(assignmentId, label, asked.change)
    : assignments.resetRegion(assignmentId, label);
}

/** What was measured of one vertebra, and how the reader moves its lines and its region of interest. */
export function useMeasured(assignmentId: string, label: number, answered: boolean, enabled: boolean): Measured {
  const cache = useQueryClient();
  const key = useMemo(
    () => ["assignment", assignmentId, "measurements", label, answered] as const,
    [assignmentId, label, answered],
  );
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: key,
    queryFn: () => assignments.measurement(assignmentId, label),
    enabled,
    placeholderData: (previous: Measurement | undefined) => (previous?.label === label ? previous : undefined),
    retry: (count, failed) => count < 1 && !(failed instanceof ApiError && failed.kind === "not_found"),
  });
  const { mutate, isPending } = useMutation({
    mutationFn: (asked: Change) => send(assignmentId, label, asked),
    onSuccess: (row) => cache.setQueryData(key, row),
    onError: (failed) => notifyFailure(failed, "Not moved"),
  });
  const none = error instanceof ApiError && error.kind === "not_found";
  return {
    data,
    state: none ? "none" : error ? "failed" : data === undefined ? "loading" : "measured",
    stale: isPlaceholderData,
    saving: isPending,
    setLines: (lines) => mutate({ kind: "lines", lines }),
    resetLines: () => mutate({ kind: "lines", lines: null }),
    setRegion: (change) => mutate({ kind: "region", change }),
    resetRegion: () => mutate({ kind: "region", change: null }),
  };
}
