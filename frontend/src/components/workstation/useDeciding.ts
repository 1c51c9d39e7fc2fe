import { useCallback, useEffect, useRef, useState } from "react";
import type { AssignmentDetail } from "@/api/assignments";
import type { Viewer } from "@/viewer";
import { choiceOfKey, firstSpotOf, placeInAny, spotPlace } from "./deciding";
import type { Adjudication } from "./useAdjudication";
import type { Comparing } from "./useComparing";

export interface Deciding {
  /** Take a vertebra in hand and move the planes to it, also where the mask in work does not have it. */
  readonly goTo: (label: number) => void;
  /** Decide the vertebra by a key; false where the key decides nothing. */
  readonly byKey: (key: string, label: number) => boolean;
  readonly reasonOf: (label: number) => string;
  readonly writeReason: (label: number, reason: string) => void;
}

/** Open at the first spot that is to be decided, near and with the raters' outlines; decide by keys. */
export function useDeciding(
  detail: AssignmentDetail,
  viewer: Viewer | null,
  adjudication: Adjudication,
  comparing: Comparing,
  /** The address says where to look. */
  isPlaced: boolean,
): Deciding {
  const [reasons, setReasons] = useState<ReadonlyMap<number, string>>(new Map());
  const { items, choose, busy } = adjudication;
  const { spots, goToSpot, showOutlines, keys, maskOf } = comparing;
  const opened = useRef<Viewer | null>(null);

  useEffect(() => {
    if (!viewer || opened.current === viewer) return;
    opened.current = viewer;
    const at = firstSpotOf(spots, items);
    const label = spots[at]?.label;
    if (isPlaced || label === undefined) return;
    viewer.zoomToLevel(label);
    goToSpot(at);
    showOutlines(keys.filter((key) => key !== "fused"));
  }, [viewer, spots, items, goToSpot, showOutlines, keys, isPlaced]);

  const goTo = useCallback(
    (label: number): void => {
      if (!viewer || viewer.goToLevel(label)) return;
      const masks = keys.map(maskOf).filter((mask) => mask !== undefined);
      const voxel = spotPlace(spots, label) ?? placeInAny(masks, viewer.geometry.shape, label);
      if (voxel) viewer.centreOn(voxel);
    },
    [viewer, spots, keys, maskOf],
  );
  const reasonOf = (label: number): string =>
    reasons.get(label) ?? items.find((item) => item.label === label)?.decision?.reason ?? "";
  const isWorking = detail.state === "open" || detail.state === "returned";
  return {
    goTo,
    byKey: (key, label) => {
      const keyed = choiceOfKey(key, keys);
      if (!keyed || busy || !isWorking || !items.some((item) => item.label === label)) return false;
      choose({ label, ...keyed, reason: reasonOf(label).trim() });
      return true;
    },
    reasonOf,
    writeReason: (label, reason) => setReasons((before) => new Map(before).set(label, reason)),
  };
}
