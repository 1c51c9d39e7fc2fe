/** A plane in use: viewport, overlay and what the pointer does there. */

import { PLANE_AXIS, type Plane, type Vec3 } from "@/domain/geometry";
import { cssColourOf } from "@/domain/labels";
import type { BrushShape } from "@/domain/painting";
import type { Grabbed } from "./annotations";
import type { AnnotationEvent } from "./annotationShapes";
import { ContourHand } from "./contourHand";
import { LabelLayers } from "./labelLayers";
import { Overlay } from "./overlay";
import { tellCursor, type PaneHost } from "./paneHost";
import { OWN_MASK, showsOwnMask, type PaneMask } from "./paneMask";
import { PlaneViewport } from "./planeViewport";
import { extended, type Point } from "./outline";
import { listenToPointer, type PointerTarget } from "./pointer";
import type { Stage } from "./stage";
import type { ToolName } from "./types";

/** A ruler's point that moved no farther was clicked, not dragged. */
const TREMOR_PX = 4;

/** HU per pixel of a window drag: level upward, width to the right. */
const WINDOW_HU_PER_PIXEL = 3;

function distance(from: Point, to: Point | null): number {
  return to ? Math.hypot(to[0] - from[0], to[1] - from[1]) : 0;
}

export class PlanePane implements PointerTarget {
  readonly viewport: PlaneViewport;
  isStroking = false;
  /** Laid out on the page; others are not drawn. */
  isShown = true;
  mask: PaneMask = OWN_MASK;
  private readonly overlay: Overlay;
  private readonly layers: LabelLayers;
  private readonly contour: ContourHand;
  private grabbed: Grabbed | null = null;
  private readonly stopListening: () => void;
  private pointer: Point | null = null;
  /** Where a point of a ruler was pressed. */
  private rulerFrom: Point = [0, 0];
  private outline: readonly Point[] | null = null;
  /** What the outline was begun with: with another tool or vertebra in hand it means nothing any more. */
  private begun = "";
  private readonly inner = document.createElement("div");

  constructor(
    readonly plane: Plane,
    readonly element: HTMLDivElement,
    private readonly host: PaneHost,
    stage: Stage,
    /** It was panned, or zoomed by a factor. */
    private readonly moved: (pane: PlanePane, zoom?: number) => void,
  ) {
    Object.assign(this.inner.style, { position: "absolute", inset: "0" });
    element.append(this.inner);
    this.viewport = new PlaneViewport(plane, this.inner, stage, host.geometry);
    this.layers = new LabelLayers(this.viewport, host.geometry);
    this.contour = new ContourHand(host, plane, this.viewport);
    this.overlay = new Overlay(this.viewport);
    element.append(this.overlay.canvas);
    element.style.touchAction = "none";
    this.stopListening = listenToPointer(element, this);
  }

  activeTool(): ToolName {
    return this.host.getState().tool;
  }

  hover(point: Point | null, shiftKey: boolean): void {
    this.pointer = point;
    const voxel = point ? this.viewport.canvasToVoxel(point) : null;
    if (voxel && shiftKey && this.host.geometry.contains(voxel)) this.host.lookAt(voxel, this.plane);
    tellCursor(this.host, this.plane, voxel);
    this.contour.hover(voxel);
    if (!this.host.ruler.isHolding) this.host.ruler.hover(this.plane, point && this.rasUnder(point));
    this.drawOverlay();
  }

  toolStart(point: Point): boolean {
    this.grabbed = this.host.annotations.grab(this.viewport, point);
    if (this.grabbed) return true;
    const { tool, brush, canEdit } = this.host.getState();
    const { editor } = this.host;
    const voxel = this.viewport.canvasToVoxel(point);
    const erase = this.host.hand.isErasing;
    switch (tool) {
      case "crosshair":
        this.host.lookAt(voxel, this.plane);
        return true;
      case "circle":
      case "sphere":
      case "erase": {
        const sphere = tool === "sphere" || (tool === "erase" && brush.eraseShape === "sphere");
        const shape: BrushShape = sphere ? { kind: "sphere" } : { kind: "circle", plane: this.plane };
        this.isStroking = canEdit && editor.startStroke(shape, erase, brush.radiusMm, voxel);
        return this.isStroking;
      }
      case "contour":
        if (!canEdit) return false;
        if (this.host.getState().contourWay !== "freehand") return this.contour.start(point);
        [this.outline, this.begun] = [[point], this.host.hand.holds];
        return true;
      case "fill":
        if (canEdit) editor.fill(this.plane, voxel, erase);
        return false;
      case "scissors":
      case "split":
        if (canEdit) [this.outline, this.begun] = [[point], this.host.hand.holds];
        return canEdit;
      case "grow":
        if (canEdit) void this.host.desk.growAt(this.plane, voxel, this.host.getState().grow);
        return false;
      case "refine":
        if (canEdit)
          this.host.events.emit("click", { voxel: this.host.geometry.clampToVoxel(voxel), positive: !erase });
        return false;
      case "length":
      case "angle":
      case "cobb":
        this.rulerFrom = point;
        this.host.ruler.press(tool, this.plane, this.rasUnder(point));
        return true;
      case "window":
      case "pan":
      case "zoom":
        return false;
    }
  }

  private rasUnder(point: Point): Vec3 {
    return this.host.geometry.voxelToRasMm(this.viewport.canvasToVoxel(point));
  }

  private tellAnnotation(event: AnnotationEvent | null): void {
    if (event) this.host.events.emit("annotation", event);
  }

  toolMove(point: Point): void {
    if (this.grabbed) {
      this.tellAnnotation(this.host.annotations.drag(this.grabbed, this.viewport, point));
    } else if (this.host.ruler.isHolding) {
      this.host.ruler.hover(this.plane, this.rasUnder(point));
    } else if (this.contour.isHolding) {
      this.contour.move(point);
    } else if (this.outline) {
      this.outline = extended(this.outline, point, this.outlineKind());
      this.drawOverlay();
    } else if (this.isStroking) {
      this.host.editor.continueStroke(this.viewport.canvasToVoxel(point));
    } else if (this.activeTool() === "crosshair") {
      this.host.lookAt(this.viewport.canvasToVoxel(point), this.plane);
    }
  }

  private outlineKind(): "lasso" | "rectangle" | "line" {
    const tool = this.activeTool();
    return tool === "split" ? "line" : tool === "contour" ? "lasso" : this.host.getState().scissors.outline;
  }

  toolEnd(): void {
    const { grabbed } = this;
    this.grabbed = null;
    this.contour.end();
    this.host.ruler.release(distance(this.rulerFrom, this.pointer) > TREMOR_PX);
    if (grabbed) this.tellAnnotation(this.host.annotations.drop(grabbed));
    if (this.isStroking) {
      this.isStroking = false;
      this.host.editor.endStroke();
    }
    const { outline, begun } = this;
    this.outline = null;
    if (outline && begun === this.host.hand.holds) this.finish(outline);
    this.drawOverlay();
  }

  /** What an outline or a line is for that was drawn in one go. */
  private finish(outline: readonly Point[]): void {
    const polygon = outline.map((point) => this.contour.inPlane(this.viewport.canvasToVoxel(point)));
    const [from, to] = polygon;
    const { splitTarget, scissors } = this.host.getState();
    const { sliceIndex } = this.viewport;
    if (this.activeTool() === "contour") this.host.contour.fill(this.plane, sliceIndex, polygon);
    else if (this.activeTool() === "scissors") this.host.editor.cut(this.plane, sliceIndex, polygon, scissors);
    else if (from && to) void this.host.desk.splitBy(this.plane, [from, to], splitTarget);
  }

  doubleClick(): void {
    if (this.activeTool() === "contour") this.host.contour.close();
  }

  toolCancel(): void {
    this.grabbed = null;
    this.contour.cancel();
    this.host.ruler.cancel();
    this.host.annotations.cancel();
    this.outline = null;
    if (this.isStroking) this.host.editor.cancelStroke();
    this.isStroking = false;
    this.drawOverlay();
  }

  pan(dx: number, dy: number): void {
    this.viewport.pan(dx, dy);
    this.moved(this);
  }

  zoom(factor: number, anchor: Point): void {
    this.viewport.zoom(factor, anchor);
    this.moved(this, factor);
  }

  window(dx: number, dy: number): void {
    const { centre, width } = this.host.getState().window;
    this.host.setWindow({ centre: centre - dy * WINDOW_HU_PER_PIXEL, width: width + dx * WINDOW_HU_PER_PIXEL });
  }

  scroll(steps: number): void {
    // Wheel down goes on: caudally in axial, to the reader's right in sagittal, backward in coronal.
    this.host.scroll(this.plane, PLANE_AXIS[this.plane] === 0 ? steps : -steps);
    if (this.pointer) tellCursor(this.host, this.plane, this.viewport.canvasToVoxel(this.pointer));
  }

  brushSize(steps: number): void {
    this.host.hand.stepBrush(steps);
  }

  /** Labels have changed. */
  forgetLabels(): void {
    this.layers.forget();
  }

  drawOverlay(): void {
    if (!this.isShown) return;
    const { tool, brush, crosshair, crosshairVisible, maskStyle, hidden, activeLabel } = this.host.getState();
    const { annotations } = this.host;
    const overHandle =
      this.pointer !== null && (this.grabbed ?? annotations.grab(this.viewport, this.pointer)) !== null;
    const brushing = !overHandle && (tool === "circle" || tool === "sphere" || tool === "erase");
    this.element.style.cursor = overHandle ? "grab" : brushing && this.pointer ? "none" : "crosshair";
    this.overlay.draw({
      below: (context) => {
        this.layers.draw(context, this.mask, { ...maskStyle, hidden });
        if (showsOwnMask(this.mask))
          this.layers.drawProposal(context, this.host.editor.preview, { ...maskStyle, hidden });
        annotations.draw(context, this.viewport);
        this.contour.draw(context);
      },
      crosshair: crosshairVisible ? crosshair : null,
      outline: this.begun === this.host.hand.holds ? this.outline : null,
      brush:
        brushing && this.pointer
          ? {
              at: this.pointer,
              radiusMm: brush.radiusMm,
              erasing: this.host.hand.isErasing,
              sphere: tool === "sphere" || (tool === "erase" && brush.eraseShape === "sphere"),
              colour: cssColourOf(activeLabel),
            }
          : null,
    });
  }

  dispose(): void {
    this.stopListening();
    this.viewport.picture.release();
    this.overlay.canvas.remove();
    this.inner.remove();
  }
}
