/** What the pointer does to the contour's nodes in one pane, and how they are drawn there. */

import type { PlanePoint } from "@/domain/contour";
import { PLANE_AXIS, type Plane, type Vec3 } from "@/domain/geometry";
import { axesInPlane } from "@/domain/painting";
import type { ContourShape } from "./contour";
import type { Point } from "./outline";
import { drawContour } from "./overlay";
import type { PaneHost } from "./paneHost";
import type { PlaneViewport } from "./planeViewport";

/** So near to a node the pointer takes it. */
const REACH_PX = 8;
/** The hand's tremor while a button is pressed. */
const TREMOR_PX = 3;

interface Held {
  readonly index: number;
  readonly from: Point;
  /** Set by this very press. */
  readonly isNew: boolean;
  at: Point;
  moved: boolean;
}

export class ContourHand {
  private held: Held | null = null;

  constructor(
    private readonly host: Pick<PaneHost, "contour">,
    private readonly plane: Plane,
    private readonly viewport: Pick<PlaneViewport, "canvasToVoxel" | "voxelToCanvas" | "sliceIndex">,
  ) {}

  get isHolding(): boolean {
    return this.held !== null;
  }

  private shape(): ContourShape | null {
    return this.host.contour.shapeIn(this.plane, this.viewport.sliceIndex);
  }

  inPlane(voxel: Vec3): PlanePoint {
    const [a, b] = axesInPlane(this.plane);
    return [voxel[a], voxel[b]];
  }

  private onCanvas([x, y]: PlanePoint): Point {
    const [a, b] = axesInPlane(this.plane);
    const voxel: [number, number, number] = [0, 0, 0];
    [voxel[PLANE_AXIS[this.plane]], voxel[a], voxel[b]] = [this.viewport.sliceIndex, x, y];
    return this.viewport.voxelToCanvas(voxel);
  }

  private at(point: Point): PlanePoint {
    return this.inPlane(this.viewport.canvasToVoxel(point));
  }

  /** The node under a point; -1 where none is. */
  private nodeAt(point: Point): number {
    return (this.shape()?.nodes ?? []).findIndex((node) => {
      const [x, y] = this.onCanvas(node);
      return Math.hypot(x - point[0], y - point[1]) <= REACH_PX;
    });
  }

  /** Take the node under the point, or set a new one. */
  start(point: Point): boolean {
    const under = this.nodeAt(point);
    const index = under >= 0 ? under : this.host.contour.place(this.plane, this.viewport.sliceIndex, this.at(point));
    this.held = index === null ? null : { index, from: point, at: point, isNew: under < 0, moved: false };
    return index !== null;
  }

  move(point: Point): void {
    const { held } = this;
    if (!held) return;
    held.at = point;
    held.moved ||= Math.hypot(point[0] - held.from[0], point[1] - held.from[1]) > TREMOR_PX;
    if (held.moved) this.host.contour.move(held.index, this.at(point), false);
  }

  /** A press on the first node that did not move it closes the outline. */
  end(): void {
    const { held } = this;
    this.held = null;
    if (!held) return;
    if (held.moved) this.host.contour.move(held.index, this.at(held.at), true);
    else if (held.index === 0 && !held.isNew && (this.shape()?.nodes.length ?? 0) > 2) this.host.contour.close();
  }

  /** Back to where the node was. */
  cancel(): void {
    if (this.held?.moved) this.host.contour.move(this.held.index, this.at(this.held.from), true);
    this.held = null;
  }

  hover(voxel: Vec3 | null): void {
    if (!this.held) this.host.contour.hover(this.plane, this.viewport.sliceIndex, voxel && this.inPlane(voxel));
  }

  draw(context: CanvasRenderingContext2D): void {
    const shape = this.shape();
    if (!shape) return;
    const onCanvas = (points: readonly PlanePoint[]): Point[] => points.map((point) => this.onCanvas(point));
    drawContour(context, onCanvas(shape.points), onCanvas(shape.nodes));
  }
}
