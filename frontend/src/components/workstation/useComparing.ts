import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { t } from "@/i18n";
import { assignments, type AssignmentDetail, type DisagreementSpot, type NamingDispute } from "@/api/assignments";
import { notifyFailure } from "@/components/common/notify";
import { changesBetween, inOtherNames, voteEntropy, type MaskChanges } from "@/domain/compareMasks";
import { PLANES } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
import { decodeMask } from "@/domain/vbd1";
import { OWN_MASK, type MaskOutline, type PaneMask, type Viewer } from "@/viewer";
import type { MaskPane } from "./RaterPanes";
import { differingAt, levelsAt } from "./spotFocus";

/** Colours of sources, apart from each other and from the levels' fills on a dark ground. */
const COLOURS: Readonly<Record<string, string>> = {
  fused: "#ffffff",
  A: "#ff9f43",
  B: "#36d1ff",
  C: "#ff6bd6",
  D: "#b6f24a",
  E: "#ffe14d",
};
const ADDED = "#4ade80";
const REMOVED = "#ff5d5d";
const RENAMED = "#c084fc";
/** The expert's own mask, where a version is asked for. */
export const OWN = "own";

export type SpotOrder = "volume_mm3" | "max_distance_mm";

export function colourOfSource(key: string): string {
  return COLOURS[key] ?? "#c4b5fd";
}

/** Outlines of what was added (green), removed (red) and renamed (violet). */
export function outlinesOf({ added, removed, renamed }: MaskChanges): MaskOutline[] {
  return [
    { id: "removed", mask: removed, colour: REMOVED },
    { id: "renamed", mask: renamed, colour: RENAMED },
    { id: "added", mask: added, colour: ADDED },
  ];
}

interface ShownChanges extends MaskChanges {
  readonly from: string;
  readonly to: string;
  /** The one level that was asked for; null for all. */
  readonly label: number | null;
}

export interface Comparing {
  readonly keys: readonly string[];
  readonly shown: ReadonlySet<string>;
  readonly heat: boolean;
  readonly sideBySide: boolean;
  readonly changes: ShownChanges | null;
  readonly loading: boolean;
  /** At a spot only the outlines of those who differ there are drawn, on that vertebra. */
  readonly onlyThere: boolean;
  readonly setOnlyThere: (only: boolean) => void;
  /** Sources whose outlines are asked for and left out at this spot, where they draw what is in work. */
  readonly alike: ReadonlySet<string>;
  readonly toggle: (key: string) => void;
  /** Show the outlines of these sources and of no other. */
  readonly showOutlines: (keys: readonly string[]) => void;
  readonly toggleHeat: () => void;
  readonly toggleSideBySide: () => void;
  /** Show one source's outline for as long as it is pointed at; `null` ends it. */
  readonly preview: (key: string | null) => void;
  readonly showChanges: (from: string, to: string, label: number | null) => void;
  readonly hideChanges: () => void;
  /** The source's mask under the names of the expert's mask, once it is here. */
  readonly maskOf: (key: string) => LabelArray | undefined;
  readonly order: SpotOrder;
  readonly setOrder: (order: SpotOrder) => void;
  readonly spots: readonly DisagreementSpot[];
  /** How many spots there are; the smallest of very many are not listed. */
  readonly spotsTotal: number;
  /** Place in `spots` of the one looked at; -1 before the first. */
  readonly spot: number;
  readonly goToSpot: (place: number) => void;
}

/** The expert's own mask and each source that is loaded, to stand side by side. */
export function panesOf({ keys, maskOf }: Comparing): MaskPane[] {
  const own = { key: OWN, title: sourceName(OWN), colour: "var(--mantine-color-petrol-4)" };
  const sources = keys.map((key) => ({ key, title: sourceName(key), colour: colourOfSource(key), mask: maskOf(key) }));
  return [own, ...sources.filter(({ mask }) => mask !== undefined)];
}

export function sourceName(key: string): string {
  if (key === OWN) return t("My mask");
  return key === "fused" ? t("Fused") : t("Rater {{key}}", { key });
}

type Masks = Readonly<Record<string, Uint8Array>>;

type Compared = Pick<Viewer, "geometry" | "mask" | "on" | "setPaneMask" | "centreOn" | "setActiveLabel">;

/** The sources' masks, loaded when first asked for and kept for the tab's life; they never change. */
function useSourceMasks(
  detail: Pick<AssignmentDetail, "id">,
  viewer: Pick<Viewer, "geometry"> | null,
  wanted: readonly string[],
): { masks: Masks; loading: boolean } {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["assignment", detail.id, "sources", ...wanted],
    enabled: viewer !== null && wanted.length > 0,
    staleTime: Infinity,
    queryFn: async () => {
      const shape = viewer?.geometry.shape;
      const load = (key: string) =>
        client.fetchQuery({
          queryKey: ["assignment", detail.id, "source", key],
          staleTime: Infinity,
          queryFn: async () => decodeMask((await assignments.sourceMask(detail.id, key)).payload, shape),
        });
      const loaded = await Promise.all(wanted.map(async (key) => [key, await load(key)] as const));
      return Object.fromEntries(loaded) as Masks;
    },
  });
  useEffect(() => {
    if (query.error) notifyFailure(query.error, t("A rater's mask could not be loaded"));
  }, [query.error]);
  return { masks: query.data ?? {}, loading: query.isFetching };
}

/** Each source's mask under the names that the expert's mask has now. */
function useRenamed(masks: Masks, naming: NamingDispute | null): Masks {
  return useMemo(() => {
    if (naming === null) return masks;
    const renamed = Object.entries(masks).map(([key, mask]) => {
      const names = new Map(
        naming.instances.filter((row) => row.names[key]).map((row) => [row.names[key] ?? 0, row.label]),
      );
      return [key, inOtherNames(mask, names)] as const;
    });
    return Object.fromEntries(renamed);
  }, [masks, naming]);
}

/**
 * What an expert sees of the raters' masks: outlines, entropy, changes, and the way from spot to spot. Where
 * nothing of that is shown, `doubt` (the engine's) lies over the mask.
 */
export function useComparing(
  detail: Pick<AssignmentDetail, "id" | "adjudication">,
  viewer: Compared | null,
  naming: NamingDispute | null,
  doubt: Uint8Array | null,
  activeLabel: number,
): Comparing {
  const keys = useMemo(() => (detail.adjudication?.sources ?? []).map(({ key }) => key), [detail]);
  const raters = useMemo(() => keys.filter((key) => key !== "fused"), [keys]);
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set());
  const [heat, setHeat] = useState(false);
  const [sideBySide, setSideBySide] = useState(false);
  const [previewed, preview] = useState<string | null>(null);
  const [changes, setChanges] = useState<ShownChanges | null>(null);
  const [onlyThere, setOnlyThere] = useState(true);
  const [everUsed, setEverUsed] = useState(false);
  const wanted = everUsed || shown.size > 0 || heat || sideBySide || previewed !== null ? keys : [];
  const { masks, loading } = useSourceMasks(detail, viewer, wanted);
  const named = useRenamed(masks, naming);
  const entropy = useMemo(() => {
    const all = raters.map((key) => named[key]).filter((mask) => mask !== undefined);
    return heat && all.length > 1 && all.length === raters.length ? voteEntropy(all) : null;
  }, [heat, named, raters]);

  const walk = useSpots(detail.adjudication?.spots ?? NO_SPOTS, detail.adjudication?.spots_total ?? 0, viewer);
  const there = useThere(walk, onlyThere ? activeLabel : null, viewer, named);
  const alike = useMemo(
    () => new Set(there === null ? [] : keys.filter((key) => shown.has(key) && !there.keys.includes(key))),
    [there, keys, shown],
  );

  const paneMask = useMemo((): PaneMask => {
    const outline = (key: string): MaskOutline[] => {
      const mask = named[key];
      if (mask === undefined) return [];
      const only = there && previewed === null ? { only: levelsAt(mask, there.at, there.label) } : {};
      return [{ id: key, mask, colour: colourOfSource(key), ...only }];
    };
    if (changes !== null) {
      return { kind: "outlines", masks: outlinesOf(changes), own: changes.to === OWN };
    }
    const outlined = previewed !== null ? [previewed] : keys.filter((key) => shown.has(key) && !alike.has(key));
    const outlines = outlined.flatMap(outline);
    if (outlines.length === 0 && entropy === null)
      return doubt === null ? OWN_MASK : { kind: "outlines", masks: [], own: true, heat: doubt };
    return { kind: "outlines", masks: outlines, own: entropy === null, ...(entropy !== null && { heat: entropy }) };
  }, [alike, changes, doubt, entropy, keys, named, previewed, shown, there]);
  useEffect(() => {
    if (viewer) for (const plane of PLANES) viewer.setPaneMask(plane, paneMask);
  }, [viewer, paneMask]);

  const maskOf = useCallback((key: string) => (key === OWN ? viewer?.mask : named[key]), [named, viewer]);
  const showChanges = useCallback(
    (from: string, to: string, label: number | null): void => {
      setEverUsed(true);
      const [before, after] = [maskOf(from), maskOf(to)];
      if (before && after) setChanges({ from, to, label, ...changesBetween(before, after, label) });
    },
    [maskOf],
  );
  useEffect(() => {
    if (viewer === null || changes === null) return undefined;
    const { from, to, label } = changes;
    if (from !== OWN && to !== OWN) return undefined;
    return viewer.on("edit", () => showChanges(from, to, label)); // else they would tell of the mask before
  }, [viewer, changes, showChanges]);
  const showOutlines = useCallback((next: readonly string[]): void => setShown(new Set(next)), []);
  const toggle = (key: string): void => {
    const next = new Set(shown);
    if (!next.delete(key)) next.add(key);
    setShown(next);
    setChanges(null);
  };
  return {
    keys,
    shown,
    heat,
    sideBySide,
    changes,
    loading,
    onlyThere,
    setOnlyThere,
    alike,
    toggle,
    showOutlines,
    toggleHeat: () => setHeat(!heat),
    toggleSideBySide: () => setSideBySide(!sideBySide),
    preview: (key) => {
      setEverUsed(true);
      preview(key);
    },
    showChanges,
    hideChanges: () => setChanges(null),
    maskOf,
    ...walk,
  };
}

/** The spot in hand while its vertebra is, and the sources that differ there from the mask in work. */
function useThere(
  { spots, spot }: Pick<Comparing, "spots" | "spot">,
  activeLabel: number | null,
  viewer: Compared | null,
  masks: Masks,
): { readonly at: number; readonly label: number; readonly keys: readonly string[] } | null {
  const found = spots[spot];
  return useMemo(() => {
    if (!viewer || !found || found.label !== activeLabel) return null;
    const [nx, ny] = viewer.geometry.shape;
    const [i, j, k] = found.voxel;
    const at = i + nx * (j + ny * k);
    return { at, label: found.label, keys: differingAt(viewer.mask, masks, at) };
  }, [viewer, found, activeLabel, masks]);
}

export type Spots = Pick<Comparing, "spots" | "spotsTotal" | "spot" | "goToSpot" | "order" | "setOrder">;

const NO_SPOTS: readonly DisagreementSpot[] = [];

/** The way from one place where the raters differ to the next. */
export function useSpots(
  all: readonly DisagreementSpot[],
  spotsTotal: number,
  viewer: Pick<Viewer, "centreOn" | "setActiveLabel"> | null,
): Spots {
  const [order, setOrder] = useState<SpotOrder>("volume_mm3");
  const [spot, setSpot] = useState(-1);
  const spots = useMemo(() => [...all].sort((a, b) => b[order] - a[order]), [all, order]);
  const goToSpot = useCallback(
    (place: number): void => {
      if (spots.length === 0 || !viewer) return;
      const next = ((place % spots.length) + spots.length) % spots.length;
      const found = spots[next];
      if (!found) return;
      setSpot(next);
      viewer.centreOn(found.voxel);
      viewer.setActiveLabel(found.label);
    },
    [spots, viewer],
  );
  return {
    order,
    setOrder: (next: SpotOrder) => {
      setOrder(next);
      setSpot(-1);
    },
    spots,
    spotsTotal,
    spot,
    goToSpot,
  };
}
