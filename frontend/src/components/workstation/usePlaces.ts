import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { t } from "@/i18n";
import { assignments, type Place } from "@/api/assignments";
import { placesKey } from "@/state/outbox/answers";
import type { Outbox } from "@/state/outbox/outbox";
import type { SaveStatus } from "@/state/outbox/status";
import type { Viewer } from "@/viewer";
import { boxAround, nextPlace, placeIn, withTicks } from "./places";
import { usePending } from "./useOutbox";

export interface Places {
  readonly list: readonly Place[] | undefined;
  readonly error: unknown;
  readonly isFetching: boolean;
  /** The mask has been edited since the list was asked for. */
  readonly behind: boolean;
  /** The one that is shown; -1 before the walk. */
  readonly at: number;
  readonly go: (index: number) => void;
  /** To the next one that is not ticked, ticking the one that is left; or to the one before. */
  readonly walk: (step: 1 | -1) => void;
  readonly tick: (place: Place, looked: boolean) => void;
  readonly refetch: () => void;
}

/** After the last edit is saved: the list is looked through anew by the server, which nobody waits for. */
const PAUSE_MS = 1500;

/**
 * Where the mask is most likely wrong: the server's short list, walked one by one and ticked. While it is on the
 * screen it follows what is saved.
 */
export function usePlaces(
  outbox: Outbox,
  viewer: Viewer | null,
  isWorking: boolean,
  { status, isShown }: { readonly status: SaveStatus; readonly isShown: boolean },
): Places {
  const [shown, setShown] = useState<Place | null>(null);
  const [behind, setBehind] = useState(false);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: placesKey(outbox.assignmentId),
    queryFn: () => assignments.places(outbox.assignmentId),
    enabled: viewer !== null,
    staleTime: Infinity,
    gcTime: 0,
    retry: 1,
  });
  useEffect(() => viewer?.on("edit", () => setBehind(true)), [viewer]);
  const pending = usePending(outbox);
  const list = useMemo(() => data && withTicks(data, pending), [data, pending]);
  const at = useMemo(
    () => (shown && list && viewer ? placeIn(list, shown, viewer.geometry.spacingMm) : -1),
    [shown, list, viewer],
  );
  const again = useCallback((): void => {
    setBehind(false);
    void refetch();
  }, [refetch]);
  const isSaved = status.kind === "saved";
  useEffect(() => {
    if (!behind || !isShown || !isSaved || isFetching) return undefined;
    const timer = setTimeout(again, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [behind, isShown, isSaved, isFetching, again]);

  const tick = (place: Place, looked: boolean): void => {
    if (!isWorking || place.looked === looked) return;
    const { kind, label, voxel } = place;
    void outbox.add({ kind: "looked", place: { kind, label, voxel }, looked });
  };
  const go = (index: number): void => {
    const place = list?.[index];
    if (!viewer || !place) return;
    setShown(place);
    if (place.label !== null) viewer.setActiveLabel(place.label);
    viewer.zoomToBox(boxAround(place, viewer.geometry.spacingMm), place.voxel);
  };
  const walk = (step: 1 | -1): void => {
    if (!list) return;
    const left = list[at];
    if (left && step > 0) tick(left, true);
    const now = isWorking
      ? list.map((place, index) => (index === at && step > 0 ? { ...place, looked: true } : place))
      : list;
    const next = nextPlace(now, at, step);
    if (next !== null) return go(next);
    setShown(null);
    notifications.show({ id: "places", color: "petrol", message: t("No place is left to look at.") });
  };
  return { list, error, isFetching, behind, at, go, walk, tick, refetch: again };
}
