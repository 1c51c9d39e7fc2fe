/** An outline drawn in a slice, node by node, and the voxels that it encloses. Positions are voxels along `axesInPlane`. */

import { PLANE_AXIS, type Plane, type Shape } from "./geometry";
import { axesInPlane, polygonCrossings } from "./painting";

export type PlanePoint = readonly [number, number];

/**
 * Flat indices of the voxels of a slice whose centres lie within the polygon (even-odd rule). With `edge` the voxels
 * that its points lie in belong to it as well.
 */
export function voxelsInOutline(
  shape: Shape,
  plane: Plane,
  slice: number,
  polygon: readonly PlanePoint[],
  edge = false,
): Set<number> {
  const [a, b] = axesInPlane(plane);
  const step = [1, shape[0], shape[0] * shape[1]] as const;
  const start = slice * step[PLANE_AXIS[plane]];
  const found = new Set<number>();
  const rows = polygon.map(([, y]) => y);
  const [first, last] = [
    Math.max(0, Math.floor(Math.min(...rows))),
    Math.min(shape[b] - 1, Math.ceil(Math.max(...rows))),
  ];
  for (let row = first; row <= last; row++) {
    const crossings = polygonCrossings(polygon, row);
    for (let n = 0; n + 1 < crossings.length; n += 2) {
      // From a crossing on, up to but not on the next: as the scissors count.
      const from = Math.max(0, Math.ceil(crossings[n] ?? 0));
      const end = Math.min(shape[a], Math.ceil(crossings[n + 1] ?? 0));
      for (let column = from; column < end; column++) found.add(start + column * step[a] + row * step[b]);
    }
  }
  if (!edge) return found;
  for (const point of polygon) {
    const [x, y] = [Math.round(point[0]), Math.round(point[1])];
    if (x >= 0 && y >= 0 && x < shape[a] && y < shape[b]) found.add(start + x * step[a] + y * step[b]);
  }
  return found;
}

/** The way from one node to the next, without the first. Only a final one has to be exact. */
export type WayBetween = (from: PlanePoint, to: PlanePoint, isFinal: boolean) => readonly PlanePoint[];

export const straightWay: WayBetween = (_, to) => [to];

/** Nodes and the ways between them. A new outline at each change. */
export class OutlineNodes {
  /** @param ways `ways[n]` leads from node n to the next; the last one is open */
  private constructor(
    readonly nodes: readonly PlanePoint[],
    private readonly ways: readonly (readonly PlanePoint[])[],
    private readonly between: WayBetween,
  ) {}

  static begin(at: PlanePoint, between: WayBetween): OutlineNodes {
    return new OutlineNodes([at], [], between);
  }

  with(at: PlanePoint): OutlineNodes {
    const last = this.nodes.at(-1);
    const way = last ? [this.between(last, at, true)] : [];
    return new OutlineNodes([...this.nodes, at], [...this.ways, ...way], this.between);
  }

  /** Without its last node; null where that was the only one. */
  withoutLast(): OutlineNodes | null {
    if (this.nodes.length < 2) return null;
    return new OutlineNodes(this.nodes.slice(0, -1), this.ways.slice(0, -1), this.between);
  }

  /** A node somewhere else: the two ways at it are new. */
  moved(index: number, to: PlanePoint, isFinal: boolean): OutlineNodes {
    const nodes = this.nodes.map((node, n) => (n === index ? to : node));
    const ways = this.ways.map((way, n) => {
      const [from, end] = [nodes[n], nodes[n + 1]];
      if (!from || !end || (n !== index && n + 1 !== index)) return way;
      // Worked out from the neighbour that stays: its ways are known already.
      if (n === index) return [...this.between(end, from, isFinal)].reverse().slice(1).concat([end]);
      return this.between(from, end, isFinal);
    });
    return new OutlineNodes(nodes, ways, this.between);
  }

  /** All points from the first node to the last. */
  points(): PlanePoint[] {
    return [...this.nodes.slice(0, 1), ...this.ways.flat()];
  }

  /** What goes on from the last node to a place. */
  wayOn(to: PlanePoint, isFinal = false): readonly PlanePoint[] {
    const last = this.nodes.at(-1);
    return last ? [last, ...this.between(last, to, isFinal)] : [];
  }

  /** The whole round; null with fewer than three nodes. */
  closed(): PlanePoint[] | null {
    const [first] = this.nodes;
    if (!first || this.nodes.length < 3) return null;
    return [...this.points(), ...this.wayOn(first, true).slice(1, -1)];
  }
}
