/**
 * Planes that the processor draws. Where WebGL has no graphics card behind it, a plane of 700,000 pixels takes it
 * some 100 ms; a slice is an array of a few hundred kilobytes, which is read and enlarged in a few.
 */

import type { Vec3, VolumeGeometry } from "@/domain/geometry";
import { greySlab, greySlice } from "./greySlice";
import { LabelLayers } from "./labelLayers";
import { sizedContext } from "./overlay";
import { slabLayers } from "./slab";
import type { PlaneCamera, Stage, StagePlane, StageVolumes } from "./stage";
import type { MaskStyle, Slab, WindowLevel } from "./types";

/** How the mask is drawn: one object for all planes of a stage. */
interface Look {
  style: MaskStyle;
  hidden: ReadonlySet<number>;
  active: number;
}

/**
 * A fill as opaque as Cornerstone draws it: there opacity is what 1 mm takes away, and a plane looks through one step
 * of its ray, which is a sixth of the three edges of a voxel together.
 */
function shownOpacity(opacity: number, [x, y, z]: Vec3): number {
  return 1 - (1 - opacity) ** ((x + y + z) / 6);
}

class SoftwarePlane implements StagePlane {
  private readonly canvas = document.createElement("canvas");
  /** The slice in grey, one pixel a voxel, and what it was made of. */
  private readonly slice = document.createElement("canvas");
  private made = "";
  private window: WindowLevel = { centre: 0, width: 1 };
  private slab: Slab = { thicknessMm: 0, blend: "max" };
  private maskShown = true;
  private readonly layers: LabelLayers;

  constructor(
    private readonly camera: PlaneCamera,
    element: HTMLDivElement,
    private readonly geometry: VolumeGeometry,
    private readonly volumes: StageVolumes,
    private readonly look: Look,
    private readonly closed: (plane: SoftwarePlane) => void,
  ) {
    this.canvas.className = "plane-picture";
    this.canvas.setAttribute("aria-hidden", "true");
    Object.assign(this.canvas.style, { position: "absolute", inset: "0", width: "100%", height: "100%" });
    element.append(this.canvas);
    this.layers = new LabelLayers(camera, geometry);
  }

  show(window: WindowLevel): Promise<void> {
    this.setWindow(window);
    return Promise.resolve();
  }

  setWindow(window: WindowLevel): void {
    this.window = window;
  }

  setSlab(slab: Slab): void {
    this.slab = slab;
  }

  moved(): void {
    // Each drawing asks the camera.
  }

  setMaskShown(shown: boolean): void {
    this.maskShown = shown;
  }

  release(): void {
    this.canvas.remove();
    this.closed(this);
  }

  forgetCt(): void {
    this.made = "";
  }

  forgetMask(): void {
    this.layers.forget();
  }

  draw(): void {
    const { width, height } = this.camera.size;
    const context = sizedContext(this.canvas, width, height);
    if (!context) return;
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    this.drawCt(context);
    if (!this.maskShown) return;
    const { style, hidden, active } = this.look;
    const mask = { kind: "mask", mask: this.volumes.mask } as const;
    this.layers.draw(context, mask, {
      ...style,
      hidden,
      active,
      opacity: shownOpacity(style.opacity, this.geometry.spacingMm),
    });
  }

  private drawCt(context: CanvasRenderingContext2D): void {
    const { camera, window, geometry, slab } = this;
    const { throughAxis } = camera.view;
    const wanted = `${camera.sliceIndex} ${window.centre} ${window.width} ${slab.thicknessMm} ${slab.blend}`;
    if (wanted !== this.made) {
      const spacing = geometry.spacingMm[throughAxis];
      const { first, last } = slabLayers(slab, spacing, camera.sliceIndex, geometry.shape[throughAxis]);
      const image =
        first === last
          ? greySlice(this.volumes.hu, geometry.shape, camera.view, camera.sliceIndex, window)
          : greySlab(this.volumes.hu, geometry.shape, camera.view, { first, last, blend: slab.blend }, window);
      [this.slice.width, this.slice.height] = [image.width, image.height];
      this.slice.getContext("2d")?.putImageData(image, 0, 0);
      this.made = wanted;
    }
    const [left, top] = this.corner(1);
    const [right, bottom] = this.corner(0);
    context.drawImage(this.slice, left, top, right - left, bottom - top);
  }

  /** A corner of the volume on the screen: of the last voxels (1) of both axes, or the first (0). */
  private corner(end: 0 | 1): [number, number] {
    const { view, sliceIndex } = this.camera;
    const voxel: [number, number, number] = [0, 0, 0];
    voxel[view.throughAxis] = sliceIndex;
    for (const axis of [view.horizontalAxis, view.verticalAxis]) voxel[axis] = end * this.geometry.shape[axis] - 0.5;
    return this.camera.voxelToCanvas(voxel);
  }
}

export class SoftwareStage implements Stage {
  private readonly planes = new Set<SoftwarePlane>();
  private readonly look: Look = { style: { opacity: 1, look: "both", visible: true }, hidden: new Set(), active: 0 };

  constructor(
    private readonly geometry: VolumeGeometry,
    private readonly volumes: StageVolumes,
  ) {}

  open(camera: PlaneCamera, element: HTMLDivElement): SoftwarePlane {
    const { geometry, volumes, look } = this;
    const opened = new SoftwarePlane(camera, element, geometry, volumes, look, (closed) => this.planes.delete(closed));
    this.planes.add(opened);
    return opened;
  }

  ctChanged(): void {
    for (const plane of this.planes) plane.forgetCt();
  }

  maskChanged(): void {
    for (const plane of this.planes) plane.forgetMask();
  }

  setActive(label: number): void {
    this.look.active = label;
  }

  setStyle(style: MaskStyle): void {
    this.look.style = style;
  }

  setLabelVisible(label: number, visible: boolean): void {
    const hidden = new Set(this.look.hidden);
    if (visible) hidden.delete(label);
    else hidden.add(label);
    this.look.hidden = hidden;
  }

  resized(): void {
    // Each drawing takes the size that the element has then.
  }

  draw(planes: readonly SoftwarePlane[]): void {
    for (const plane of planes) plane.draw();
  }

  dispose(): void {
    for (const plane of [...this.planes]) plane.release();
  }
}
