/** What the viewer shows: the panes, the volumes behind them, when each is drawn, and where they look. */

import type { VoxelBox } from "@/domain/changes";
import { PLANES, type Plane, type Vec3 } from "@/domain/geometry";
import { isInView } from "@/domain/summary";
import type { ViewerElements } from "./options";
import type { PaneHost } from "./paneHost";
import { showsOwnMask, type PaneMask } from "./paneMask";
import { PlanePane } from "./planePane";
import type { Stage } from "./stage";
import type { MaskStyle, Slab, WindowLevel } from "./types";

/** While a stroke runs, planes other than its own are drawn at most this often. */
const OTHER_PLANES_MS = 120;
/** While slabs beside the slice in view come in, planes are drawn at most this often: drawing would slow loading. */
const SLABS_MS = 600;

export class Screen {
  /** By name; the first pane of each plane has the plane's name. */
  private readonly panes = new Map<string, PlanePane>();
  private readonly resizes: ResizeObserver;
  /** Panes whose picture is old; overlays are drawn with every frame. */
  private readonly dirty = new Set<PlanePane>();
  private frame = 0;
  private slabTimer: ReturnType<typeof setTimeout> | null = null;
  private lastOthers = 0;
  private disposed = false;
  /** All panes hold their volumes; before, there is nothing to draw. */
  private isStarted = false;

  constructor(
    readonly stage: Stage,
    elements: ViewerElements,
    private readonly host: PaneHost,
  ) {
    this.resizes = new ResizeObserver(() => this.layoutChanged());
    for (const plane of PLANES) this.makePane(plane, plane, elements[plane]);
  }

  private makePane(id: string, plane: Plane, element: HTMLDivElement): PlanePane {
    const pane = new PlanePane(plane, element, this.host, this.stage, (...how) => this.cameraMoved(...how));
    this.panes.set(id, pane);
    this.resizes.observe(element);
    return pane;
  }

  async start(window: WindowLevel, activeLabel: number, style: MaskStyle): Promise<void> {
    for (const pane of this.panes.values()) await pane.viewport.show(window);
    this.isStarted = true;
    // Slabs that came in meanwhile are in memory, not yet on the graphics card.
    this.stage.ctChanged(range(0, this.host.geometry.shape[2]));
    this.stage.setActive(activeLabel);
    this.stage.setStyle(style);
  }

  // Panes

  /** The first pane of a plane. */
  pane(plane: Plane): PlanePane {
    const pane = this.panes.get(plane);
    if (!pane) throw new Error(`no ${plane} pane`);
    return pane;
  }

  paneOf(id: string): PlanePane | null {
    return this.panes.get(id) ?? null;
  }

  /** One more pane; it looks where the first pane of its plane looks, and its camera stays with it. */
  async addPane(id: string, plane: Plane, element: HTMLDivElement, mask: PaneMask): Promise<void> {
    if (this.panes.has(id)) throw new Error(`there is a pane ${id} already`);
    const pane = this.makePane(id, plane, element);
    await pane.viewport.show(this.host.getState().window);
    pane.viewport.picture.setSlab(this.host.getState().slab);
    if (this.disposed || this.panes.get(id) !== pane) return;
    pane.viewport.follow(this.pane(plane).viewport);
    this.setPaneMask(id, mask);
    this.layoutChanged();
  }

  removePane(id: string): void {
    const pane = this.panes.get(id);
    if (!pane || this.disposed) return;
    this.panes.delete(id);
    this.dirty.delete(pane);
    this.resizes.unobserve(pane.element);
    pane.dispose();
  }

  setPaneMask(id: string, mask: PaneMask): void {
    const pane = this.panes.get(id);
    if (!pane) return;
    pane.mask = mask;
    pane.forgetLabels();
    pane.viewport.picture.setMaskShown(showsOwnMask(mask));
    this.redraw();
  }

  /** The panes of one plane look at the same place; the other planes zoom along where zoom is linked. */
  private cameraMoved(moved: PlanePane, zoom?: number): void {
    const { zoomLinked, crosshair } = this.host.getState();
    const along = zoomLinked && zoom !== undefined;
    for (const pane of this.panes.values()) {
      if (pane === moved) continue;
      if (pane.plane === moved.plane) pane.viewport.follow(moved.viewport);
      else if (along) pane.viewport.zoom(zoom, pane.viewport.voxelToCanvas(crosshair));
    }
    if (along) this.redraw();
    else this.redrawPlane(moved.plane);
  }

  // Voxels

  /** CT slices have come in. */
  slabArrived(k0: number, k1: number, voxels: Int16Array): void {
    const { shape } = this.host.geometry;
    this.host.hu.set(voxels, k0 * shape[0] * shape[1]);
    if (!this.isStarted) return;
    this.stage.ctChanged(range(k0, k1));
    const k = this.host.getState().crosshair[2];
    if (k >= k0 && k < k1) this.redraw();
    else this.slabTimer ??= setTimeout(() => this.slabsDone(), SLABS_MS);
  }

  /** Draw what has come in since the last time. */
  slabsDone(): void {
    if (this.slabTimer !== null) clearTimeout(this.slabTimer);
    this.slabTimer = null;
    this.redraw();
  }

  maskDrawn(ks: readonly number[]): void {
    if (ks.length === 0) return;
    this.stage.maskChanged(ks);
    for (const pane of this.panes.values()) pane.forgetLabels();
    this.redraw([...this.panes.values()].find((pane) => pane.isStroking) ?? null);
  }

  // Position

  /** Planes follow to a voxel, and move only where it would be off the screen. */
  reveal(voxel: Vec3, except: Plane | null): void {
    for (const pane of this.panes.values()) if (pane.plane !== except) pane.viewport.reveal(voxel);
    this.redraw();
  }

  centreOn(voxel: Vec3): void {
    for (const pane of this.panes.values()) pane.viewport.centreOn(voxel);
    this.redraw();
  }

  /** All panes as near as a box of voxels fits in them, around a voxel. */
  zoomTo(box: VoxelBox, voxel: Vec3): void {
    for (const { plane, viewport } of this.panes.values()) {
      const first = this.pane(plane).viewport;
      if (viewport !== first) {
        viewport.follow(first);
        continue;
      }
      viewport.zoomTo(box, voxel);
    }
    this.redraw();
  }

  setSlice(plane: Plane, index: number): void {
    for (const pane of this.panes.values()) {
      if (pane.plane === plane) pane.viewport.setSlice(index);
    }
    this.redrawPlane(plane);
  }

  resetViews(crosshair: Vec3): void {
    for (const { viewport } of this.panes.values()) {
      viewport.fit();
      viewport.setSlice(crosshair[viewport.view.throughAxis]);
    }
    this.redraw();
  }

  setWindow(window: WindowLevel): void {
    for (const { viewport } of this.panes.values()) viewport.picture.setWindow(window);
    this.redraw();
  }

  setSlab(slab: Slab): void {
    for (const { viewport } of this.panes.values()) viewport.picture.setSlab(slab);
    this.redraw();
  }

  /** Of these boxes, the labels of those that a pane on the page shows a slice of; none as long as pictures are missing. */
  labelsInView(boxes: ReadonlyMap<number, VoxelBox>): number[] {
    const { loaded, total } = this.host.getState().loading;
    if (this.disposed || loaded < total) return [];
    const shown = [...this.panes.values()].filter(
      ({ isShown, viewport }) => isShown && viewport.size.width > 0 && viewport.size.height > 0,
    );
    const looks = shown.map(({ viewport }) => ({
      axis: viewport.view.throughAxis,
      slice: viewport.sliceIndex,
      corners: [
        viewport.canvasToVoxel([0, 0]),
        viewport.canvasToVoxel([viewport.size.width, viewport.size.height]),
      ] as const,
    }));
    return [...boxes]
      .filter(([, box]) => looks.some(({ axis, slice, corners }) => isInView(box, axis, slice, corners)))
      .map(([label]) => label);
  }

  // Drawing

  /** Draw at the next frame: everything, or during a stroke its own pane at once and the others now and then. */
  redraw(first: PlanePane | null = null): void {
    if (this.disposed || !this.isStarted) return;
    if (first) this.dirty.add(first);
    const others = first === null || performance.now() - this.lastOthers > OTHER_PLANES_MS;
    if (others) {
      this.lastOthers = performance.now();
      for (const pane of this.panes.values()) this.dirty.add(pane);
    }
    this.askForFrame();
  }

  /** Draw the panes of one plane at the next frame; in the others no more than the crosshair has moved. */
  private redrawPlane(plane: Plane): void {
    if (this.disposed || !this.isStarted) return;
    for (const pane of this.panes.values()) if (pane.plane === plane) this.dirty.add(pane);
    this.askForFrame();
  }

  private askForFrame(): void {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.drawFrame());
  }

  private drawFrame(): void {
    this.frame = 0;
    const shown = [...this.dirty].filter((pane) => pane.isShown);
    this.dirty.clear();
    this.stage.draw(shown.map(({ viewport }) => viewport.picture));
    this.redrawOverlays();
  }

  redrawOverlays(): void {
    for (const pane of this.panes.values()) pane.drawOverlay();
  }

  /** Panes have another size, or were shown or hidden. */
  layoutChanged(): void {
    if (this.disposed) return;
    this.stage.resized();
    const { crosshair } = this.host.getState();
    for (const pane of this.panes.values()) {
      pane.isShown = pane.element.checkVisibility({ visibilityProperty: true });
      pane.viewport.resized(crosshair);
    }
    this.redraw();
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    cancelAnimationFrame(this.frame);
    if (this.slabTimer !== null) clearTimeout(this.slabTimer);
    this.resizes.disconnect();
    for (const pane of this.panes.values()) pane.dispose();
    this.stage.dispose();
  }
}

function* range(from: number, to: number): Generator<number> {
  for (let value = from; value < to; value++) yield value;
}
