/** The vertebrae in 3D: surfaces coloured by level, turned and zoomed with the mouse, a click says which one. */

import "@kitware/vtk.js/Rendering/Profiles/Geometry";
import vtkDataArray from "@kitware/vtk.js/Common/Core/DataArray";
import vtkPolyData from "@kitware/vtk.js/Common/DataModel/PolyData";
import vtkActor from "@kitware/vtk.js/Rendering/Core/Actor";
import vtkMapper from "@kitware/vtk.js/Rendering/Core/Mapper";
import vtkRenderer from "@kitware/vtk.js/Rendering/Core/Renderer";
import vtkRenderWindow from "@kitware/vtk.js/Rendering/Core/RenderWindow";
import vtkOpenGLRenderWindow from "@kitware/vtk.js/Rendering/OpenGL/RenderWindow";
import { add, cross, normalise, orientationLetters, rasToLps, scale, subtract, type Vec3 } from "@/domain/geometry";
import { colourOf } from "@/domain/labels";
import { pickSurface, type SurfaceMesh } from "@/domain/surfaceMesh";
import { drawLetters, sizedContext } from "./overlay";
import { listenToPointer, type PointerTarget } from "./pointer";
import type { ToolName } from "./types";

/** Sent to a canvas that is about to be copied: what WebGL drew is gone once it was on the screen. */
export const BEFORE_COPY = "beforecopyofpane";

const BACKGROUND = [0.039, 0.063, 0.082] as const;
const DEGREES_PER_PIXEL = 0.45;
/** A press that moves less is a click. */
const CLICK_PX = 4;
/** Free margin around the spine, where the buttons and letters are. */
const FIT = 1.2;
const TURN_DEGREES = 15;
const ZOOM_STEP = 1.2;
const CROSSHAIR_COLOUR = "#ffffff";

export interface SurfaceViewHooks {
  /** A vertebra was clicked, at a place on its surface. */
  readonly picked: (label: number, atRasMm: Vec3) => void;
}

export class SurfaceView implements PointerTarget {
  private readonly renderer = vtkRenderer.newInstance({ background: [...BACKGROUND] });
  private readonly scene = vtkRenderWindow.newInstance();
  private readonly gl = vtkOpenGLRenderWindow.newInstance();
  private readonly overlay = document.createElement("canvas");
  private readonly actors = new Map<number, vtkActor>();
  private readonly meshes = new Map<number, SurfaceMesh>();
  private readonly resizes: ResizeObserver;
  private readonly stopListening: () => void;
  private readonly onKey: (event: KeyboardEvent) => void;
  private readonly onCopy: () => void;
  private hidden: ReadonlySet<number> = new Set();
  private active = 0;
  private crosshair: Vec3 | null = null;
  private drag: { readonly from: readonly [number, number]; last: readonly [number, number]; moved: boolean } | null =
    null;
  private isFramed = false;
  private frame = 0;
  private disposed = false;

  constructor(
    private readonly element: HTMLDivElement,
    private readonly hooks: SurfaceViewHooks,
  ) {
    this.scene.addRenderer(this.renderer);
    this.scene.addView(this.gl);
    this.gl.setContainer(element);
    Object.assign(this.overlay.style, {
      position: "absolute",
      inset: "0",
      width: "100%",
      height: "100%",
      pointerEvents: "none",
    });
    this.overlay.setAttribute("aria-hidden", "true");
    element.append(this.overlay);
    element.style.touchAction = "none";
    this.renderer.getActiveCamera().setParallelProjection(true);
    this.stopListening = listenToPointer(element, this);
    this.onKey = (event) => {
      if (!this.press(event.key)) return;
      event.preventDefault();
      // The page's own keys walk levels and slices.
      event.stopPropagation();
    };
    element.addEventListener("keydown", this.onKey);
    this.onCopy = () => this.render();
    element.addEventListener(BEFORE_COPY, this.onCopy);
    this.resizes = new ResizeObserver(() => this.resized());
    this.resizes.observe(element);
  }

  // Surfaces

  /** Take in changed surfaces; those of labels that are not in `present` go. */
  update(changed: Iterable<SurfaceMesh>, present: ReadonlySet<number>): void {
    if (this.disposed) return;
    for (const label of [...this.meshes.keys()]) if (!present.has(label)) this.remove(label);
    for (const mesh of changed) {
      this.remove(mesh.label);
      this.add(mesh);
    }
    if (!this.isFramed && this.meshes.size > 0) this.lookFrom("front");
    this.redraw();
  }

  get labels(): number[] {
    return [...this.meshes.keys()];
  }

  private add(mesh: SurfaceMesh): void {
    const data = vtkPolyData.newInstance();
    data.getPoints().setData(mesh.points, 3);
    data.getPolys().setData(cellsOf(mesh.triangles));
    data
      .getPointData()
      .setNormals(vtkDataArray.newInstance({ name: "Normals", numberOfComponents: 3, values: mesh.normals }));
    const mapper = vtkMapper.newInstance({ scalarVisibility: false });
    mapper.setInputData(data);
    const actor = vtkActor.newInstance();
    actor.setMapper(mapper);
    this.renderer.addActor(actor);
    this.meshes.set(mesh.label, mesh);
    this.actors.set(mesh.label, actor);
    this.style(mesh.label);
  }

  private remove(label: number): void {
    const actor = this.actors.get(label);
    if (actor) {
      this.renderer.removeActor(actor);
      actor.getMapper()?.delete();
      actor.delete();
    }
    this.actors.delete(label);
    this.meshes.delete(label);
  }

  private style(label: number): void {
    const actor = this.actors.get(label);
    const [r, g, b] = colourOf(label);
    actor?.getProperty().setColor(r / 255, g / 255, b / 255);
    actor?.getProperty().setAmbient(label === this.active ? 0.38 : 0.12);
    actor?.getProperty().setDiffuse(label === this.active ? 0.75 : 0.7);
    actor?.getProperty().setSpecular(0.15);
    actor?.setVisibility(!this.hidden.has(label));
  }

  show(state: {
    readonly hidden: ReadonlySet<number>;
    readonly active: number;
    readonly crosshairRasMm: Vec3 | null;
  }): void {
    const restyled = state.hidden !== this.hidden || state.active !== this.active;
    const [hiddenBefore, activeBefore] = [this.hidden, this.active];
    [this.hidden, this.active, this.crosshair] = [state.hidden, state.active, state.crosshairRasMm];
    if (!restyled) {
      this.drawOverlay();
      return;
    }
    for (const label of this.actors.keys()) {
      if (label === activeBefore || label === this.active || hiddenBefore.has(label) !== this.hidden.has(label))
        this.style(label);
    }
    this.redraw();
  }

  // Camera

  /** Look at the whole spine from a side of the patient. */
  lookFrom(side: "front" | "left" | "back" | "right"): void {
    const from: Readonly<Record<typeof side, Vec3>> = {
      front: [0, 1, 0],
      back: [0, -1, 0],
      left: [-1, 0, 0],
      right: [1, 0, 0],
    };
    const camera = this.renderer.getActiveCamera();
    const [x0 = 0, x1 = 0, y0 = 0, y1 = 0, z0 = 0, z1 = 0] = this.renderer.computeVisiblePropBounds();
    if (x1 < x0) return;
    const centre: Vec3 = [(x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2];
    const reach = Math.hypot(x1 - x0, y1 - y0, z1 - z0);
    camera.setFocalPoint(...centre);
    camera.setPosition(...add(centre, scale(from[side], 2 * reach)));
    camera.setViewUp(0, 0, 1);
    const { clientWidth: width, clientHeight: height } = this.element;
    const across = side === "front" || side === "back" ? x1 - x0 : y1 - y0;
    camera.setParallelScale((FIT * Math.max(z1 - z0, (across * height) / Math.max(1, width))) / 2);
    this.isFramed = width > 1 && height > 1;
    this.redraw();
  }

  private mmPerPixel(): number {
    return (2 * this.renderer.getActiveCamera().getParallelScale()) / Math.max(1, this.element.clientHeight);
  }

  /** Unit vectors of the screen in RAS: right, up, and into the screen. */
  private axes(): { right: Vec3; up: Vec3; into: Vec3 } {
    const camera = this.renderer.getActiveCamera();
    const into = normalise(camera.getDirectionOfProjection());
    const right = normalise(cross(into, camera.getViewUp()));
    return { right, up: cross(right, into), into };
  }

  // Pointer

  activeTool(): ToolName {
    return "crosshair";
  }

  hover(): void {
    this.element.style.cursor = this.drag?.moved ? "grabbing" : "grab";
  }

  toolStart(point: readonly [number, number]): boolean {
    this.drag = { from: point, last: point, moved: false };
    return true;
  }

  toolMove(point: readonly [number, number]): void {
    const { drag } = this;
    if (!drag) return;
    if (!drag.moved && Math.hypot(point[0] - drag.from[0], point[1] - drag.from[1]) < CLICK_PX) return;
    const camera = this.renderer.getActiveCamera();
    camera.azimuth((drag.last[0] - point[0]) * DEGREES_PER_PIXEL);
    camera.elevation((point[1] - drag.last[1]) * DEGREES_PER_PIXEL);
    camera.orthogonalizeViewUp();
    this.drag = { ...drag, last: point, moved: true };
    this.redraw();
  }

  toolEnd(): void {
    const { drag } = this;
    this.drag = null;
    if (drag && !drag.moved) this.click(drag.from);
  }

  toolCancel(): void {
    this.drag = null;
  }

  private click([x, y]: readonly [number, number]): void {
    const { right, up, into } = this.axes();
    const [dx, dy] = [
      (x - this.element.clientWidth / 2) * this.mmPerPixel(),
      (this.element.clientHeight / 2 - y) * this.mmPerPixel(),
    ];
    const camera = this.renderer.getActiveCamera();
    const origin = add(camera.getPosition(), add(scale(right, dx), scale(up, dy)));
    const seen = [...this.meshes.values()].filter(({ label }) => !this.hidden.has(label));
    const pick = pickSurface(seen, origin, into);
    if (pick) this.hooks.picked(pick.label, pick.atRasMm);
  }

  pan(dx: number, dy: number): void {
    const { right, up } = this.axes();
    const move = add(scale(right, -dx * this.mmPerPixel()), scale(up, dy * this.mmPerPixel()));
    const camera = this.renderer.getActiveCamera();
    camera.setFocalPoint(...add(camera.getFocalPoint(), move));
    camera.setPosition(...add(camera.getPosition(), move));
    this.redraw();
  }

  zoom(factor: number): void {
    const camera = this.renderer.getActiveCamera();
    camera.setParallelScale(Math.min(2000, Math.max(5, camera.getParallelScale() / factor)));
    this.redraw();
  }

  window(): void {
    // Surfaces have no window.
  }

  scroll(steps: number): void {
    this.zoom(steps > 0 ? 1 / 1.12 : 1.12);
  }

  brushSize(): void {
    // No brush here.
  }

  /** Arrows turn, plus and minus zoom; false for other keys. */
  private press(key: string): boolean {
    switch (key) {
      case "ArrowLeft":
      case "ArrowRight":
        this.turn(key === "ArrowLeft" ? TURN_DEGREES : -TURN_DEGREES, 0);
        return true;
      case "ArrowUp":
      case "ArrowDown":
        this.turn(0, key === "ArrowUp" ? -TURN_DEGREES : TURN_DEGREES);
        return true;
      case "+":
      case "-":
        this.zoom(key === "+" ? ZOOM_STEP : 1 / ZOOM_STEP);
        return true;
      default:
        return false;
    }
  }

  private turn(azimuth: number, elevation: number): void {
    const camera = this.renderer.getActiveCamera();
    camera.azimuth(azimuth);
    camera.elevation(elevation);
    camera.orthogonalizeViewUp();
    this.redraw();
  }

  // Drawing

  private resized(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (this.disposed || width < 2 || height < 2) return;
    const ratio = window.devicePixelRatio || 1;
    this.gl.setSize(Math.round(width * ratio), Math.round(height * ratio));
    if (!this.isFramed && this.meshes.size > 0) this.lookFrom("front");
    this.redraw();
  }

  /** Draw at the next frame. Nothing is drawn while nothing changes. */
  redraw(): void {
    if (this.disposed || this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.render();
    });
  }

  private render(): void {
    if (this.disposed || !this.element.checkVisibility({ visibilityProperty: true })) return;
    this.renderer.resetCameraClippingRange();
    this.scene.render();
    this.drawOverlay();
  }

  private drawOverlay(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const context = sizedContext(this.overlay, width, height);
    if (!context) return;
    const { right, up } = this.axes();
    drawLetters(context, width, height, (direction) => orientationLetters(rasToLps(direction)), right, up);
    if (!this.crosshair) return;
    const offset = subtract(this.crosshair, this.renderer.getActiveCamera().getFocalPoint());
    const along = (axis: Vec3): number =>
      (offset[0] * axis[0] + offset[1] * axis[1] + offset[2] * axis[2]) / this.mmPerPixel();
    const [x, y] = [width / 2 + along(right), height / 2 - along(up)];
    for (const [style, line] of [
      ["rgba(0, 0, 0, 0.8)", 3.5],
      [CROSSHAIR_COLOUR, 1.5],
    ] as const) {
      context.strokeStyle = style;
      context.lineWidth = line;
      context.beginPath();
      context.arc(x, y, 7, 0, 2 * Math.PI);
      for (const [ax, ay] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ] as const) {
        context.moveTo(x + 7 * ax, y + 7 * ay);
        context.lineTo(x + 13 * ax, y + 13 * ay);
      }
      context.stroke();
    }
  }

  /** Where a place is on the page, CSS pixels: for tests. */
  pageOf(rasMm: Vec3): { x: number; y: number } {
    const box = this.element.getBoundingClientRect();
    const { right, up } = this.axes();
    const offset = subtract(rasMm, this.renderer.getActiveCamera().getFocalPoint());
    const along = (axis: Vec3): number =>
      (offset[0] * axis[0] + offset[1] * axis[1] + offset[2] * axis[2]) / this.mmPerPixel();
    return { x: box.left + box.width / 2 + along(right), y: box.top + box.height / 2 - along(up) };
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    cancelAnimationFrame(this.frame);
    this.stopListening();
    this.element.removeEventListener("keydown", this.onKey);
    this.element.removeEventListener(BEFORE_COPY, this.onCopy);
    this.resizes.disconnect();
    for (const label of this.labels) this.remove(label);
    const context = this.gl.getCanvas()?.getContext("webgl2");
    // Browsers allow few contexts: this one goes now, not when the garbage collector finds it.
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    this.gl.setContainer(null);
    this.gl.delete();
    this.scene.delete();
    this.renderer.delete();
    this.overlay.remove();
  }
}

/** vtk's cell list: each triangle with its number of corners before it. */
function cellsOf(triangles: Uint32Array): Uint32Array {
  const cells = new Uint32Array((triangles.length / 3) * 4);
  for (let first = 0, at = 0; first < triangles.length; first += 3, at += 4) {
    cells[at] = 3;
    cells.set(triangles.subarray(first, first + 3), at + 1);
  }
  return cells;
}
