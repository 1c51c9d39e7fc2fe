/** Planes that Cornerstone draws, all in one context of the graphics card. */

import * as core from "@cornerstonejs/core";
import { add, scale, type Vec3, type VolumeGeometry } from "@/domain/geometry";
import { LentVolume, startCornerstone } from "./cornerstone";
import { MaskDisplay } from "./maskDisplay";
import type { PlaneCamera, Stage, StagePlane, StageVolumes } from "./stage";
import type { MaskStyle, Slab, WindowLevel } from "./types";

/** Camera distance from the slice; a parallel projection looks the same from anywhere in front. */
const CAMERA_DISTANCE_MM = 2000;

function point3(v: Vec3): core.Types.Point3 {
  return [v[0], v[1], v[2]];
}

export class GraphicsPlane implements StagePlane {
  constructor(
    readonly viewportId: string,
    private readonly engine: core.RenderingEngine,
    private readonly volumeId: string,
    private readonly display: MaskDisplay,
    private readonly camera: PlaneCamera,
    element: HTMLDivElement,
  ) {
    const { normal, up } = camera.view;
    engine.enableElement({
      viewportId,
      type: core.Enums.ViewportType.ORTHOGRAPHIC,
      element,
      defaultOptions: {
        background: [0, 0, 0],
        orientation: { viewPlaneNormal: point3(normal), viewUp: point3(up) },
      },
    });
  }

  private get viewport(): core.VolumeViewport {
    return this.engine.getViewport(this.viewportId) as core.VolumeViewport;
  }

  async show(window: WindowLevel): Promise<void> {
    await this.viewport.setVolumes([{ volumeId: this.volumeId }]);
    this.setWindow(window);
    await this.display.attach(this.viewportId);
  }

  setWindow({ centre, width }: WindowLevel): void {
    this.viewport.setProperties({ voiRange: { lower: centre - width / 2, upper: centre + width / 2 } });
  }

  setSlab({ thicknessMm, blend }: Slab): void {
    const { COMPOSITE, MAXIMUM_INTENSITY_BLEND, AVERAGE_INTENSITY_BLEND } = core.Enums.BlendModes;
    // The mask is another actor of the viewport: it stays as thin as it is.
    const ct = this.viewport.getActors().filter(({ referencedId }) => referencedId === this.volumeId);
    const ids = ct.map(({ uid }) => uid);
    const thick = blend === "max" ? MAXIMUM_INTENSITY_BLEND : AVERAGE_INTENSITY_BLEND;
    this.viewport.setBlendMode(thicknessMm > 0 ? thick : COMPOSITE, ids);
    // Cornerstone's thickness goes to either side of the slice.
    this.viewport.setSlabThickness(thicknessMm / 2, ids);
  }

  moved(): void {
    const { view, centreLps, heightMm } = this.camera;
    const { normal, up } = view;
    this.viewport.setCamera({
      parallelProjection: true,
      parallelScale: heightMm / 2,
      focalPoint: point3(centreLps),
      position: point3(add(centreLps, scale(normal, CAMERA_DISTANCE_MM))),
      viewPlaneNormal: point3(normal),
      viewUp: point3(up),
    });
  }

  setMaskShown(shown: boolean): void {
    this.display.setShownIn(this.viewportId, shown);
  }

  release(): void {
    this.display.detach(this.viewportId);
    this.engine.disableElement(this.viewportId);
  }

  /** LPS mm under a point of the element after Cornerstone's own camera: a check of ours. */
  lpsUnder([x, y]: readonly [number, number]): Vec3 {
    const [r, s, t] = this.viewport.canvasToWorld([x, y]);
    return [r, s, t];
  }
}

export class GraphicsStage implements Stage {
  private readonly engine: core.RenderingEngine;
  private readonly display: MaskDisplay;
  private readonly ctVolume: LentVolume;
  private readonly maskVolume: LentVolume;
  private opened = 0;

  constructor(
    private readonly name: string,
    geometry: VolumeGeometry,
    { hu, mask }: StageVolumes,
  ) {
    startCornerstone();
    this.engine = new core.RenderingEngine(name);
    this.ctVolume = new LentVolume(`${name}-ct`, geometry, hu, name);
    this.maskVolume = new LentVolume(`${name}-mask`, geometry, mask, name);
    this.display = new MaskDisplay(`${name}-segmentation`);
    this.display.lend(this.maskVolume.volumeId);
  }

  open(camera: PlaneCamera, element: HTMLDivElement): GraphicsPlane {
    const { engine, display } = this;
    const viewportId = `${this.name}-${++this.opened}`;
    return new GraphicsPlane(viewportId, engine, this.ctVolume.volumeId, display, camera, element);
  }

  ctChanged(ks: Iterable<number>): void {
    this.ctVolume.refresh(ks);
  }

  maskChanged(ks: Iterable<number>): void {
    this.maskVolume.refresh(ks);
  }

  setActive(label: number): void {
    this.display.setActive(label);
  }

  setStyle(style: MaskStyle): void {
    this.display.setStyle(style);
  }

  setLabelVisible(label: number, visible: boolean): void {
    this.display.setLabelVisible(label, visible);
  }

  resized(): void {
    this.engine.resize(true, true);
  }

  draw(planes: readonly GraphicsPlane[]): void {
    this.engine.renderViewports(planes.map(({ viewportId }) => viewportId));
  }

  dispose(): void {
    this.display.remove();
    this.engine.destroy();
    this.maskVolume.release();
    this.ctVolume.release();
  }
}
