/** What the viewer shows: the panes, the volumes behind them, when each is drawn, and where they look. */

import type { RenderingEngine } from "@cornerstonejs/core";
import { PLANES, type Plane, type Vec3, type VolumeGeometry } from "@/domain/geometry";
import { LentVolume } from "./cornerstone";
import type { ViewerElements } from "./createViewer";
import { MaskDisplay } from "./maskDisplay";
import { PlanePane } from "./planePane";
import type { WindowLevel } from "./types";
import type { Viewer } from "./viewer";

/** While a stroke runs, planes other than its own are drawn at most this often. */
const OTHER_PLANES_MS = 120;

export interface ScreenVolumes {
  readonly hu: Int16Array;
  readonly mask: Uint8Array;
}

export class Screen {
  readonly panes: Readonly<Record<Plane, PlanePane>>;
  readonly display: MaskDisplay;
  private readonly ctVolume: LentVolume;
  private readonly maskVolume: LentVolume;
  private readonly resizes: ResizeObserver;
  private dirtyPlanes = new Set<Plane>();
  private frame = 0;
  private lastOthers = 0;
  private disposed = false;

  constructor(
    name: string,
    private readonly engine: RenderingEngine,
    elements: ViewerElements,
    private readonly geometry: VolumeGeometry,
    private readonly volumes: ScreenVolumes,
    viewer: Viewer,
  ) {
    this.ctVolume = new LentVolume(`${name}-ct`, geometry, volumes.hu, name);
    this.maskVolume = new LentVolume(`${name}-mask`, geometry, volumes.mask, name);
    this.panes = {
      sagittal: new PlanePane("sagittal", elements.sagittal, viewer, engine, name),
      coronal: new PlanePane("coronal", elements.coronal, viewer, engine, name),
      axial: new PlanePane("axial", elements.axial, viewer, engine, name),
    };
    this.display = new MaskDisplay(`${name}-segmentation`, PLANES.map((plane) => this.panes[plane].viewport.viewportId));
    this.resizes = new ResizeObserver(() => this.resized());
    for (const plane of PLANES) this.resizes.observe(elements[plane]);
  }

  async start(window: WindowLevel, activeLabel: number, maskOpacity: number): Promise<void> {
    for (const plane of PLANES) await this.panes[plane].viewport.showVolume(this.ctVolume.volumeId, window);
    await this.display.show(this.maskVolume.volumeId);
    this.display.setActive(activeLabel);
    this.display.setStyle(maskOpacity, true);
  }

  // Voxels

  /** CT slices have come in. */
  slabArrived(k0: number, k1: number, voxels: Int16Array): void {
    this.volumes.hu.set(voxels, k0 * this.geometry.shape[0] * this.geometry.shape[1]);
    this.ctVolume.refresh(range(k0, k1));
    this.redraw();
  }

  maskDrawn(ks: readonly number[]): void {
    if (ks.length === 0) return;
    this.maskVolume.refresh(ks);
    this.redraw(this.strokePlane());
  }

  private strokePlane(): Plane | null {
    return PLANES.find((plane) => this.panes[plane].isStroking) ?? null;
  }

  // Position

  /** Planes follow to a voxel, and move only where it would be off the screen. */
  reveal(voxel: Vec3, except: Plane | null): void {
    for (const plane of PLANES) if (plane !== except) this.panes[plane].viewport.reveal(voxel);
    this.redraw();
  }

  centreOn(voxel: Vec3): void {
    for (const plane of PLANES) this.panes[plane].viewport.centreOn(voxel);
    this.redraw();
  }

  resetViews(crosshair: Vec3): void {
    for (const plane of PLANES) {
      this.panes[plane].viewport.fit();
      this.panes[plane].viewport.setSlice(crosshair[this.panes[plane].viewport.view.throughAxis]);
    }
    this.redraw();
  }

  setWindow(window: WindowLevel): void {
    for (const plane of PLANES) this.panes[plane].viewport.setWindow(window);
    this.redraw();
  }

  // Drawing

  /** Draw at the next frame: everything, or during a stroke its own plane at once and the others now and then. */
  redraw(first: Plane | null = null): void {
    if (this.disposed) return;
    if (first) this.dirtyPlanes.add(first);
    const others = first === null || performance.now() - this.lastOthers > OTHER_PLANES_MS;
    if (others) {
      this.lastOthers = performance.now();
      for (const plane of PLANES) this.dirtyPlanes.add(plane);
    }
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.drawFrame());
  }

  private drawFrame(): void {
    this.frame = 0;
    const planes = [...this.dirtyPlanes];
    this.dirtyPlanes.clear();
    this.engine.renderViewports(planes.map((plane) => this.panes[plane].viewport.viewportId));
    for (const plane of planes) this.panes[plane].drawOverlay();
  }

  redrawOverlays(): void {
    for (const plane of PLANES) this.panes[plane].drawOverlay();
  }

  private resized(): void {
    if (this.disposed) return;
    this.engine.resize(true, true);
    for (const plane of PLANES) this.panes[plane].viewport.applyCamera();
    this.redraw();
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    cancelAnimationFrame(this.frame);
    this.resizes.disconnect();
    for (const plane of PLANES) this.panes[plane].dispose();
    this.display.remove();
    this.engine.destroy();
    this.maskVolume.release();
    this.ctVolume.release();
  }
}

function* range(from: number, to: number): Generator<number> {
  for (let value = from; value < to; value++) yield value;
}
