/** What a viewer is like at the moment: where it begins, and who is told of each change. */

import type { Vec3, VolumeGeometry } from "@/domain/geometry";
import type { ViewerOptions } from "./createViewer";
import { Emitter } from "./emitter";
import { WINDOW_PRESETS, type MaskStyle, type ViewerEvents, type ViewerState } from "./types";

const BRUSH_RADII_MM = [0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30];
const START_RADIUS_MM = 4;
const START_STYLE: MaskStyle = { opacity: 0.35, look: "both", visible: true };

/** The size so many steps larger or smaller than the one nearest to a radius. */
export function steppedRadius(radiusMm: number, steps: number): number {
  const distances = BRUSH_RADII_MM.map((radius) => Math.abs(radius - radiusMm));
  const nearest = distances.indexOf(Math.min(...distances));
  return BRUSH_RADII_MM[Math.min(BRUSH_RADII_MM.length - 1, Math.max(0, nearest + steps))] ?? radiusMm;
}

export function firstState(
  options: ViewerOptions,
  geometry: VolumeGeometry,
  levels: ViewerState["levels"],
): ViewerState {
  const { shape } = geometry;
  const middle: Vec3 = [Math.floor(shape[0] / 2), Math.floor(shape[1] / 2), Math.floor(shape[2] / 2)];
  return {
    tool: "crosshair",
    brush: { radiusMm: START_RADIUS_MM, eraseShape: "circle" },
    scissors: { mode: "erase-inside", outline: "lasso", depth: 0 },
    grow: { gate: { kind: "adaptive", toleranceHu: 150 }, reachMm: 15, depth: "volume" },
    splitTarget: null,
    scope: "one",
    preview: null,
    busy: null,
    activeLabel: options.activeLabel,
    paintOver: "everything",
    gate: { kind: "off" },
    window: WINDOW_PRESETS.bone,
    maskStyle: START_STYLE,
    crosshairVisible: true,
    hidden: new Set(),
    locks: new Map(),
    levels,
    history: [],
    applied: 0,
    crosshair: geometry.clampToVoxel(options.startVoxel ?? middle),
    loading: { loaded: 0, total: options.volume.index.slabs.length, error: null },
    canEdit: options.canEdit,
  };
}

/** Immutable snapshots for whoever shows them (made for `useSyncExternalStore`), and events. */
export abstract class ViewerStore {
  protected abstract state: ViewerState;
  protected readonly events = new Emitter<ViewerEvents>();
  private readonly listeners = new Set<() => void>();
  protected disposed = false;

  readonly getState = (): ViewerState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  on<Name extends keyof ViewerEvents>(name: Name, handler: (payload: ViewerEvents[Name]) => void): () => void {
    return this.events.on(name, handler);
  }

  protected setState(change: Partial<ViewerState>): void {
    if (this.disposed) return;
    this.state = { ...this.state, ...change };
    for (const listener of [...this.listeners]) listener();
  }

  /** Nobody is told of anything any more. */
  protected fallSilent(): void {
    this.disposed = true;
    this.listeners.clear();
    this.events.clear();
  }
}
