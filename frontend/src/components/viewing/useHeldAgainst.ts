import { useEffect, useMemo, useState } from "react";
import { t } from "@/i18n";
import { notifyFailure } from "@/components/common/notify";
import type { MaskPane } from "@/components/workstation/RaterPanes";
import { outlinesOf } from "@/components/workstation/useComparing";
import { changesBetween, type MaskChanges } from "@/domain/compareMasks";
import { PLANES } from "@/domain/geometry";
import { useMaskVersion, type LookAt, type LookMask } from "@/state/looking";
import { OWN_MASK, type PaneMask, type Viewer } from "@/viewer";
import type { SlabIndex } from "@/workers/slabIndex";
import type { Place } from "./place";

export interface HeldAgainst {
  readonly other: LookMask | undefined;
  readonly labels: Uint8Array | undefined;
  /** From the other mask to the one shown; null while there is none to hold it against. */
  readonly changes: MaskChanges | null;
  readonly loading: boolean;
  readonly everyLevel: boolean;
  readonly setEveryLevel: (every: boolean) => void;
  readonly sideBySide: boolean;
  readonly toggleSideBySide: () => void;
}

interface Wanted {
  readonly what: LookAt;
  readonly shown: LookMask | undefined;
  readonly place: Place;
  readonly index: SlabIndex;
  readonly viewer: Viewer | null;
  readonly activeLabel: number;
}

const OTHER_COLOUR = "#ff9f43";

/** The mask shown against another one of the case: what differs lies over the planes, or both stand side by side. */
export function useHeldAgainst({ what, shown, place, index, viewer, activeLabel }: Wanted): HeldAgainst {
  const [everyLevel, setEveryLevel] = useState(true);
  const [side, setSide] = useState(false);
  const other = what.masks.find(({ id }) => id === place.against && id !== shown?.id);
  const query = useMaskVersion(other, index);
  const labels = other === undefined ? undefined : query.data;
  const scope = everyLevel || activeLabel === 0 ? null : activeLabel;
  const changes = useMemo(
    () => (labels && viewer ? changesBetween(labels, viewer.mask, scope) : null),
    [labels, viewer, scope],
  );
  useEffect(() => {
    if (query.error) notifyFailure(query.error, t("The other mask could not be loaded"));
  }, [query.error]);
  const paneMask = useMemo(
    (): PaneMask => (changes === null ? OWN_MASK : { kind: "outlines", masks: outlinesOf(changes), own: true }),
    [changes],
  );
  useEffect(() => {
    if (viewer) for (const plane of PLANES) viewer.setPaneMask(plane, paneMask);
  }, [viewer, paneMask]);
  return {
    other,
    labels,
    changes,
    loading: query.isFetching,
    everyLevel,
    setEveryLevel,
    sideBySide: side && labels !== undefined,
    toggleSideBySide: () => setSide(!side),
  };
}

/** The other mask and the one shown, in this order: what was first stands on the left. */
export function panesBeside(shown: LookMask | undefined, { other, labels }: HeldAgainst): MaskPane[] {
  if (other === undefined || labels === undefined) return [];
  return [
    { key: "other", title: other.title, colour: OTHER_COLOUR, mask: labels },
    { key: "own", title: shown?.title ?? "", colour: "var(--mantine-color-petrol-4)" },
  ];
}
