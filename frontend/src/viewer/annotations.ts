/**
 * Lines, points and regions over the planes: what was measured, and what the reader may move.
 * Positions are RAS mm. The owner sets a layer, listens to `annotation`, and sets the layer anew.
 */

import { add, subtract, type Plane, type Vec3, type VolumeGeometry } from "@/domain/geometry";
import type { AnnotationEvent, AnnotationShape, PointShape, PolylineShape, RegionShape } from "./annotationShapes";
import { labelSlice, visitEdges } from "./labelSlice";
import type { PlaneViewport } from "./planeViewport";

const DEFAULT_REACH_MM = 2;
const HANDLE_PX = 5;
const GRAB_PX = 9;
const SIGN_PX = 7;
const TITLE_PX = 12;
const SHADOW = "rgba(0, 0, 0, 0.8)";
const FONT = '600 11px "IBM Plex Sans Variable", system-ui, sans-serif';
const STILL: Vec3 = [0, 0, 0];

export interface Grabbed {
  readonly layer: string;
  readonly shape: AnnotationShape;
  readonly handle: number;
  /** Where the grabbed point was, voxels. */
  readonly startVoxel: Vec3;
}

/** All layers of a viewer, and the one shape that is being dragged. */
export class Annotations {
  private readonly layers = new Map<string, readonly AnnotationShape[]>();
  private moving: { readonly grabbed: Grabbed; moved: Vec3 } | null = null;

  constructor(private readonly geometry: VolumeGeometry) {}

  set(layer: string, shapes: readonly AnnotationShape[]): void {
    if (shapes.length === 0) this.layers.delete(layer);
    else this.layers.set(layer, shapes);
  }

  get isEmpty(): boolean {
    return this.layers.size === 0;
  }

  /** The handle under a point of a plane, if any. */
  grab(viewport: PlaneViewport, point: readonly [number, number]): Grabbed | null {
    let best: { grabbed: Grabbed; distance: number } | null = null;
    for (const [layer, shapes] of this.layers) {
      for (const shape of shapes) {
        if ((shape.handles ?? "none") === "none" || !isShownIn(shape, viewport.plane)) continue;
        shape.pointsRasMm.forEach((at, handle) => {
          const voxel = this.geometry.rasMmToVoxel(at);
          if (!this.isNear(viewport, shape, voxel)) return;
          const [x, y] = viewport.voxelToCanvas(voxel);
          const distance = Math.hypot(x - point[0], y - point[1]);
          if (distance <= GRAB_PX && (!best || distance < best.distance)) {
            best = { grabbed: { layer, shape, handle, startVoxel: voxel }, distance };
          }
        });
      }
    }
    return (best as { grabbed: Grabbed } | null)?.grabbed ?? null;
  }

  /** Move what was grabbed to a point of the plane; its depth stays. */
  drag(grabbed: Grabbed, viewport: PlaneViewport, point: readonly [number, number]): AnnotationEvent {
    const voxel = [...viewport.canvasToVoxel(point)] as [number, number, number];
    voxel[viewport.view.throughAxis] = grabbed.startVoxel[viewport.view.throughAxis];
    const moved = subtract(this.geometry.voxelToRasMm(voxel), this.geometry.voxelToRasMm(grabbed.startVoxel));
    this.moving = { grabbed, moved };
    return this.eventOf(grabbed, moved, "move");
  }

  /** Let go. What was dragged stays in its new place until the owner sets the layer anew. */
  drop(grabbed: Grabbed): AnnotationEvent | null {
    const { moving } = this;
    this.moving = null;
    if (!moving) return null;
    const event = this.eventOf(grabbed, moving.moved, "end");
    const shapes = this.layers.get(grabbed.layer) ?? [];
    this.layers.set(
      grabbed.layer,
      shapes.map((shape) => (shape === grabbed.shape ? this.moved(shape, moving.moved, grabbed.handle) : shape)),
    );
    return event;
  }

  cancel(): void {
    this.moving = null;
  }

  private eventOf(
    { layer, shape, handle }: Grabbed,
    movedRasMm: Vec3,
    phase: AnnotationEvent["phase"],
  ): AnnotationEvent {
    return {
      layer,
      shapeId: shape.id,
      handle,
      pointsRasMm: this.moved(shape, movedRasMm, handle).pointsRasMm,
      movedRasMm,
      phase,
    };
  }

  private moved(shape: AnnotationShape, by: Vec3, handle: number): AnnotationShape {
    const whole = shape.handles === "whole";
    const pointsRasMm = shape.pointsRasMm.map((point, index) => (whole || index === handle ? add(point, by) : point));
    if (shape.kind !== "region" || !whole) return { ...shape, pointsRasMm };
    const from = this.geometry.rasMmToVoxel(shape.pointsRasMm[0] ?? STILL);
    const to = this.geometry.rasMmToVoxel(pointsRasMm[0] ?? STILL);
    const [i, j, k] = subtract(to, from);
    return { ...shape, pointsRasMm, lowVoxel: add(shape.lowVoxel, [Math.round(i), Math.round(j), Math.round(k)]) };
  }

  private isNear(viewport: PlaneViewport, shape: AnnotationShape, voxel: Vec3): boolean {
    const { throughAxis } = viewport.view;
    const spacing = this.geometry.spacingMm[throughAxis];
    return (
      Math.abs(voxel[throughAxis] - viewport.sliceIndex) * spacing <=
      Math.max(shape.reachMm ?? DEFAULT_REACH_MM, spacing / 2)
    );
  }

  draw(context: CanvasRenderingContext2D, viewport: PlaneViewport): void {
    const titles: TitleBox[] = [];
    for (const shapes of this.layers.values()) {
      for (const shape of shapes) {
        if (!isShownIn(shape, viewport.plane)) continue;
        const { moving } = this;
        const now = moving?.grabbed.shape === shape ? this.moved(shape, moving.moved, moving.grabbed.handle) : shape;
        this.drawShape(context, viewport, now, titles);
      }
    }
  }

  private drawShape(
    context: CanvasRenderingContext2D,
    viewport: PlaneViewport,
    shape: AnnotationShape,
    titles: TitleBox[],
  ): void {
    const voxels = shape.pointsRasMm.map((point) => this.geometry.rasMmToVoxel(point));
    const near = voxels.map((voxel) => this.isNear(viewport, shape, voxel));
    const points = voxels.map((voxel) => viewport.voxelToCanvas(voxel));
    if (shape.kind === "region") strokeTwice(context, this.regionPath(viewport, shape), shape.colour, []);
    if (shape.kind === "polyline" && near.some(Boolean)) {
      strokeTwice(context, linePath(points, near, shape), shape.colour, shape.dashed ? [5, 4] : []);
    }
    if (shape.kind === "point" && shape.sign) {
      for (const [index, point] of points.entries()) if (near[index]) drawSign(context, point, shape);
      return;
    }
    const round = shape.kind === "point" || (shape.handles ?? "none") !== "none";
    points.forEach((point, index) => {
      if (near[index] && round) drawHandle(context, point, shape.colour, (shape.handles ?? "none") !== "none");
    });
    const first = near.findIndex(Boolean);
    const title = typeof shape.title === "function" ? shape.title(shape.pointsRasMm) : shape.title;
    if (title && points[first]) drawTitle(context, points[first], title, shape.colour, titles);
  }

  private regionPath(viewport: PlaneViewport, shape: RegionShape): Path2D {
    const { throughAxis, horizontalAxis, verticalAxis } = viewport.view;
    const path = new Path2D();
    const layer = viewport.sliceIndex - shape.lowVoxel[throughAxis];
    if (layer < 0 || layer >= shape.sizeVoxels[throughAxis]) return path;
    const [a, b] = [Math.min(horizontalAxis, verticalAxis), Math.max(horizontalAxis, verticalAxis)] as [0 | 1, 1 | 2];
    const place = (x: number, y: number): [number, number] => {
      const voxel: [number, number, number] = [...shape.lowVoxel];
      voxel[a] += x;
      voxel[b] += y;
      voxel[throughAxis] = viewport.sliceIndex;
      return viewport.voxelToCanvas(voxel);
    };
    const size = shape.sizeVoxels;
    visitEdges(labelSlice(shape.inside, [size[0], size[1], size[2]], viewport.plane, layer), (_, x1, y1, x2, y2) => {
      path.moveTo(...place(x1, y1));
      path.lineTo(...place(x2, y2));
    });
    return path;
  }
}

function isShownIn(shape: AnnotationShape, plane: Plane): boolean {
  return shape.planes?.includes(plane) ?? true;
}

function linePath(
  points: readonly (readonly [number, number])[],
  near: readonly boolean[],
  { closed = false, pairs = false }: PolylineShape,
): Path2D {
  const path = new Path2D();
  const last = closed ? points.length : points.length - 1;
  for (let index = 0; index < last; index += pairs ? 2 : 1) {
    const next = (index + 1) % points.length;
    const [from, to] = [points[index], points[next]];
    if (!from || !to || !(near[index] || near[next])) continue;
    path.moveTo(from[0], from[1]);
    path.lineTo(to[0], to[1]);
  }
  return path;
}

function strokeTwice(context: CanvasRenderingContext2D, path: Path2D, colour: string, dash: readonly number[]): void {
  for (const [style, width] of [
    [SHADOW, 3.2],
    [colour, 1.7],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.setLineDash(width < 3 ? [...dash] : []);
    context.stroke(path);
  }
  context.setLineDash([]);
}

function drawHandle(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  colour: string,
  movable: boolean,
): void {
  context.beginPath();
  context.arc(x, y, movable ? HANDLE_PX : HANDLE_PX - 2, 0, 2 * Math.PI);
  context.fillStyle = movable ? "#0a1015" : colour;
  context.fill();
  context.lineWidth = movable ? 2 : 1;
  context.strokeStyle = movable ? colour : SHADOW;
  context.stroke();
}

function drawSign(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  { colour, sign, pending }: PointShape,
): void {
  context.beginPath();
  context.arc(x, y, SIGN_PX, 0, 2 * Math.PI);
  context.fillStyle = pending ? "rgba(10, 16, 21, 0.75)" : colour;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = pending ? colour : "#0a1015";
  context.stroke();
  context.beginPath();
  context.moveTo(x - SIGN_PX / 2, y);
  context.lineTo(x + SIGN_PX / 2, y);
  if (sign === "plus") {
    context.moveTo(x, y - SIGN_PX / 2);
    context.lineTo(x, y + SIGN_PX / 2);
  }
  context.lineWidth = 2;
  context.strokeStyle = pending ? colour : "#0a1015";
  context.stroke();
}

interface TitleBox {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}

/** A title is left out where it would lie over one that is drawn already. */
function drawTitle(
  context: CanvasRenderingContext2D,
  [x, y]: readonly [number, number],
  title: string,
  colour: string,
  drawn: TitleBox[],
): void {
  context.font = FONT;
  const box = { left: x, right: x + HANDLE_PX + 3 + context.measureText(title).width, bottom: y };
  if (
    drawn.some(
      (other) => box.left < other.right && other.left < box.right && Math.abs(box.bottom - other.bottom) < TITLE_PX,
    )
  )
    return;
  drawn.push(box);
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.lineWidth = 3;
  context.strokeStyle = SHADOW;
  context.strokeText(title, x + HANDLE_PX + 3, y - 3);
  context.fillStyle = colour;
  context.fillText(title, x + HANDLE_PX + 3, y - 3);
}
