/**
 * Livewire: the cheapest way along edges from one place of a slice to another, after Mortensen and Barrett
 * (Interactive segmentation with intelligent scissors, 1998), with the gradient alone as the cost.
 */

import { PLANE_AXIS, type Plane, type Shape, type Vec3 } from "./geometry";
import { axesInPlane } from "./painting";

export type Cell = readonly [number, number];

/** HU of one slice, a cell each, rows of `width`; spacing along the row and across the rows. */
export interface SlicePicture {
  readonly width: number;
  readonly height: number;
  readonly spacingMm: readonly [number, number];
  readonly hu: Float32Array;
}

/** The slice as it lies along `axesInPlane`. */
export function slicePicture(hu: Int16Array, shape: Shape, spacingMm: Vec3, plane: Plane, slice: number): SlicePicture {
  const [a, b] = axesInPlane(plane);
  const step = [1, shape[0], shape[0] * shape[1]] as const;
  const [width, height] = [shape[a], shape[b]];
  const found = new Float32Array(width * height);
  const start = slice * step[PLANE_AXIS[plane]];
  for (let y = 0; y < height; y++) {
    for (let x = 0, from = start + y * step[b]; x < width; x++, from += step[a]) found[x + width * y] = hu[from] ?? 0;
  }
  return { width, height, spacingMm: [spacingMm[a], spacingMm[b]], hu: found };
}

/** Noise finer than this is no edge. */
const BLUR_MM = 0.6;
/** The gradient that costs half, in HU per mm: fat against muscle has less, bone against muscle more. */
const HALF_HU_PER_MM = 80;
const DEAREST = 255;
/** What the best edge still costs, so that a way along it is no longer than it has to be. */
const CHEAPEST = 10;

/** The mean over `radius` cells on both sides, along one direction of the picture. */
function blurred(from: Float32Array, count: number, step: number, lines: number, lineStep: number, radius: number) {
  if (radius === 0) return from;
  const into = new Float32Array(from.length);
  const at = (line: number, n: number): number => line * lineStep + Math.min(count - 1, Math.max(0, n)) * step;
  for (let line = 0; line < lines; line++) {
    let sum = 0;
    for (let n = -radius; n <= radius; n++) sum += from[at(line, n)] ?? 0;
    for (let n = 0; n < count; n++) {
      into[line * lineStep + n * step] = sum / (2 * radius + 1);
      sum += (from[at(line, n + radius + 1)] ?? 0) - (from[at(line, n - radius)] ?? 0);
    }
  }
  return into;
}

/** What each cell costs a way through it, from `CHEAPEST` on an edge to 255 where nothing changes. */
export function edgeCosts({ width, height, spacingMm, hu }: SlicePicture): Uint8Array {
  const [sx, sy] = spacingMm;
  const rows = blurred(hu, width, 1, height, width, Math.floor(BLUR_MM / sx));
  const smooth = blurred(rows, height, width, width, 1, Math.floor(BLUR_MM / sy));
  const costs = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const [up, down] = [Math.max(0, y - 1) * width, Math.min(height - 1, y + 1) * width];
    for (let x = 0; x < width; x++) {
      const row = y * width;
      const [left, right] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)];
      const gx = ((smooth[row + right] ?? 0) - (smooth[row + left] ?? 0)) / (2 * sx);
      const gy = ((smooth[down + x] ?? 0) - (smooth[up + x] ?? 0)) / (2 * sy);
      const cost = DEAREST / (1 + (gx * gx + gy * gy) / HALF_HU_PER_MM ** 2);
      costs[row + x] = Math.max(CHEAPEST, Math.round(cost));
    }
  }
  return costs;
}

const UNREACHED = 0xffffffff;

/** A step to one of the eight neighbours. Its length counts in half steps along the finer side, so costs stay whole. */
interface Step {
  readonly dx: number;
  readonly dy: number;
  readonly factor: number;
}

function stepsOf([sx, sy]: readonly [number, number]): Step[] {
  const finest = Math.min(sx, sy);
  const steps: Step[] = [];
  for (const dy of [-1, 0, 1])
    for (const dx of [-1, 0, 1])
      if (dx !== 0 || dy !== 0) steps.push({ dx, dy, factor: Math.hypot(dx * sx, dy * sy) / (2 * finest) });
  return steps;
}

/** What a step costs: the mean of both cells times its length, in whole numbers. */
export function stepCost(from: number, to: number, factor: number): number {
  return Math.max(1, Math.round((from + to) * factor));
}

/**
 * Cheapest ways from one cell to all others: Dijkstra with a ring of buckets, for costs are small whole numbers. It
 * goes on from where it stopped, so that each move of the pointer settles only what is new.
 */
export class Livewire {
  private readonly far: Uint32Array;
  private readonly came: Int32Array;
  private readonly settled: Uint8Array;
  private readonly ring: number[][];
  private readonly steps: readonly Step[];
  private cost = 0;
  private waiting = 1;

  constructor(
    private readonly costs: Uint8Array,
    private readonly width: number,
    private readonly height: number,
    spacingMm: readonly [number, number],
    readonly seed: Cell,
  ) {
    this.steps = stepsOf(spacingMm);
    const dearest = Math.max(...this.steps.map(({ factor }) => stepCost(DEAREST, DEAREST, factor)));
    this.ring = Array.from({ length: dearest + 1 }, () => []);
    this.far = new Uint32Array(width * height).fill(UNREACHED);
    this.came = new Int32Array(width * height).fill(-1);
    this.settled = new Uint8Array(width * height);
    const start = seed[0] + width * seed[1];
    this.far[start] = 0;
    this.ring[0]?.push(start);
  }

  /** Settle cells, the cheapest first, until `target` is among them. False where `most` did not suffice. */
  private reach(target: number, most: number): boolean {
    for (let left = most; this.settled[target] === 0 && this.waiting > 0;) {
      const cell = this.ring[this.cost % this.ring.length]?.pop();
      if (cell === undefined) {
        this.cost += 1;
        continue;
      }
      this.waiting -= 1;
      // Cells that became cheaper are in the ring twice.
      if (this.settled[cell] === 1) continue;
      if (left-- <= 0) {
        this.ring[this.cost % this.ring.length]?.push(cell);
        this.waiting += 1;
        return false;
      }
      this.settle(cell);
    }
    return true;
  }

  private settle(cell: number): void {
    const { width, height, far, costs } = this;
    this.settled[cell] = 1;
    const x = cell % width;
    const y = (cell - x) / width;
    const here = costs[cell] ?? DEAREST;
    for (const step of this.steps) {
      const [nx, ny] = [x + step.dx, y + step.dy];
      if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
      const next = nx + width * ny;
      const cost = this.cost + stepCost(here, costs[next] ?? DEAREST, step.factor);
      if (cost >= (far[next] ?? 0)) continue;
      far[next] = cost;
      this.came[next] = cell;
      this.ring[cost % this.ring.length]?.push(next);
      this.waiting += 1;
    }
  }

  /**
   * The cells from the seed to a cell, both included.
   *
   * @param most cells to settle in this call
   * @returns null where those were too few: ask again
   */
  wayTo([x, y]: Cell, most = Infinity): Cell[] | null {
    const target = x + this.width * y;
    if (!this.reach(target, most)) return null;
    const way: Cell[] = [];
    for (let at = target; at >= 0; at = this.came[at] ?? -1) way.push([at % this.width, Math.floor(at / this.width)]);
    return way.reverse();
  }

  /** What the way to a cell costs that has been reached. */
  costTo([x, y]: Cell): number {
    return this.far[x + this.width * y] ?? UNREACHED;
  }
}
