/** What a viewer is made of, and what it is like at the start. */

import type { Plane, Vec3, VolumeGeometry } from "@/domain/geometry";
import type { MaskStore } from "@/domain/maskStore";
import type { OperationRunner } from "@/domain/operationTask";
import type { SlabSource } from "@/workers/slabSource";
import type { Drawing } from "./drawing";
import { WINDOW_PRESETS, type MaskStyle, type ViewerState } from "./types";

export interface ViewerOptions {
  readonly volume: SlabSource;
  /** What the tools write to, on the volume's grid. */
  readonly mask: MaskStore;
  readonly canEdit: boolean;
  /** The label in hand at the start. */
  readonly activeLabel: number;
  /** Where to look first; the volume's middle by default. */
  readonly startVoxel?: Vec3;
  /** What draws the planes; by default the graphics card, where there is one. */
  readonly drawing?: Drawing;
  /** Where operations on whole vertebrae run; in this thread by default. */
  readonly runner?: OperationRunner;
}

export type ViewerElements = Readonly<Record<Plane, HTMLDivElement>>;

const START_RADIUS_MM = 4;
const START_STYLE: MaskStyle = { opacity: 0.35, look: "both", visible: true };

export function firstState(
  options: ViewerOptions,
  geometry: VolumeGeometry,
  levels: ViewerState["levels"],
): ViewerState {
  const { shape } = geometry;
  const { history } = options.mask;
  const middle: Vec3 = [Math.floor(shape[0] / 2), Math.floor(shape[1] / 2), Math.floor(shape[2] / 2)];
  return {
    tool: "crosshair",
    brush: { radiusMm: START_RADIUS_MM, eraseShape: "circle" },
    scissors: { mode: "erase-inside", outline: "lasso", depth: 0 },
    contourWay: "livewire",
    contourNodes: 0,
    rulerPoints: 0,
    grow: { gate: { kind: "adaptive", toleranceHu: 150 }, reachMm: 15, depth: "volume" },
    splitTarget: null,
    scope: "one",
    preview: null,
    busy: null,
    activeLabel: options.activeLabel,
    paintOver: "everything",
    gate: { kind: "off" },
    window: WINDOW_PRESETS.bone,
    slab: { thicknessMm: 0, blend: "max" },
    maskStyle: START_STYLE,
    crosshairVisible: true,
    zoomLinked: false,
    hidden: new Set(),
    locks: new Map(),
    levels,
    history: history.list.map(({ id, name }) => ({ id, name })),
    applied: history.applied,
    crosshair: geometry.clampToVoxel(options.startVoxel ?? middle),
    loading: { loaded: 0, total: options.volume.index.slabs.length, error: null },
    canEdit: options.canEdit,
  };
}
