/** What may lie over the planes, and what is told when one of it is dragged. Positions are RAS mm. */

import type { Plane, Vec3 } from "@/domain/geometry";

interface ShapeBase {
  readonly id: string;
  /** Handles, and the course of a polyline. */
  readonly pointsRasMm: readonly Vec3[];
  readonly colour: string;
  /** Drawn in these planes only; in all by default. */
  readonly planes?: readonly Plane[];
  /** How far from the slice shown it is still drawn, mm. */
  readonly reachMm?: number;
  /** "points": each point can be dragged; "whole": each handle moves the entire shape. */
  readonly handles?: "none" | "points" | "whole";
  /** Drawn beside the first point; where it tells of the points, of those under the hand. */
  readonly title?: string | ((pointsRasMm: readonly Vec3[]) => string);
}

export interface PolylineShape extends ShapeBase {
  readonly kind: "polyline";
  readonly closed?: boolean;
  readonly dashed?: boolean;
  /** Lines from the first to the second point, from the third to the fourth, and none between these. */
  readonly pairs?: boolean;
}

export interface PointShape extends ShapeBase {
  readonly kind: "point";
  /** A sign in a disc instead of a dot. */
  readonly sign?: "plus" | "minus";
  /** Not certain yet: drawn as a ring. */
  readonly pending?: boolean;
}

/** Any set of voxels: a box on the grid and which of its voxels belong. Drawn as its outline in each slice. */
export interface RegionShape extends ShapeBase {
  readonly kind: "region";
  readonly lowVoxel: Vec3;
  readonly sizeVoxels: Vec3;
  /** 1 inside, 0 outside, x fastest over the box. */
  readonly inside: Uint8Array;
}

export type AnnotationShape = PolylineShape | PointShape | RegionShape;

export interface AnnotationEvent {
  readonly layer: string;
  readonly shapeId: string;
  /** Index of the point in hand. */
  readonly handle: number;
  readonly pointsRasMm: readonly Vec3[];
  /** From where the drag began. */
  readonly movedRasMm: Vec3;
  /** "end" once, when the button is let go. */
  readonly phase: "move" | "end";
}
