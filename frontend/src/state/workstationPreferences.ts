/** How a rater likes the workstation: window, layout, strip and the look of the mask, kept with the account. */

import { useCallback, useEffect, useRef, useState } from "react";
import { useUpdateMe } from "./account";
import { MASK_LOOKS, type MaskLook } from "@/domain/maskLook";
import { parseWindows, type NamedWindow } from "./ownWindows";
import { useMe } from "./session";

export const LAYOUTS = ["sagittal", "axial", "columns", "one", "four", "compare", "straight"] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface WorkstationPreferences {
  readonly layout: Layout;
  /** The strip of vertebrae below the planes is unfolded. */
  readonly strip: boolean;
  /** How the mask lies over the CT; null until the rater has changed it. */
  readonly mask: { readonly opacity: number; readonly look: MaskLook } | null;
  /** A zoom in one plane zooms the others by as much. */
  readonly zoomLinked: boolean;
  /** HU; null until the rater has chosen one. */
  readonly window: { readonly centre: number; readonly width: number } | null;
  /** Those that the rater has named. */
  readonly windows: readonly NamedWindow[];
}

/** A window drag gives many values in a row; one request follows the last. */
const PAUSE_MS = 1500;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function parseMask(kept: unknown): WorkstationPreferences["mask"] {
  if (!isRecord(kept)) return null;
  const opacity = kept["opacity"];
  const look = MASK_LOOKS.find((name) => name === kept["look"]);
  return typeof opacity === "number" && opacity >= 0 && opacity <= 1 && look ? { opacity, look } : null;
}

/** What the account holds, as far as it makes sense: an older or newer version may have written it. */
export function parsePreferences(preferences: unknown): WorkstationPreferences {
  const kept = isRecord(preferences) && isRecord(preferences["workstation"]) ? preferences["workstation"] : {};
  const layout = LAYOUTS.find((name) => name === kept["layout"]) ?? "sagittal";
  const { centre, width } = isRecord(kept["window"]) ? kept["window"] : {};
  const isSound = Number.isFinite(centre) && Number.isFinite(width) && Number(width) > 0;
  return {
    layout,
    strip: kept["strip"] !== false,
    mask: parseMask(kept["mask"]),
    zoomLinked: kept["zoomLinked"] === true,
    window: isSound ? { centre: Number(centre), width: Number(width) } : null,
    windows: parseWindows(kept["windows"]),
  };
}

export interface KeptPreferences {
  /** As they were when the workstation was opened. */
  readonly first: WorkstationPreferences;
  readonly keep: (change: Partial<WorkstationPreferences>) => void;
}

export function useWorkstationPreferences(): KeptPreferences {
  const me = useMe();
  const { mutate } = useUpdateMe();
  const [first] = useState(() => parsePreferences(me.preferences));
  const latest = useRef(first);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);

  const send = useCallback(() => {
    timer.current = null;
    mutate({ preferences: { workstation: latest.current } });
  }, [mutate]);
  const keep = useCallback(
    (change: Partial<WorkstationPreferences>) => {
      latest.current = { ...latest.current, ...change };
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = setTimeout(send, PAUSE_MS);
    },
    [send],
  );
  useEffect(() => {
    const sendNow = (): void => {
      if (timer.current === null) return;
      clearTimeout(timer.current);
      send();
    };
    window.addEventListener("pagehide", sendNow); // closed or loaded anew before the pause is over
    return () => {
      window.removeEventListener("pagehide", sendNow);
      sendNow();
    };
  }, [send]);
  return { first, keep };
}
