/** Exact Euclidean distances on anisotropic grids. */

import type { Shape, Vec3 } from "./geometry";

export interface Box3 {
  readonly size: Shape;
  readonly inside: Uint8Array;
}

/** Larger than any squared distance in a scan, and finite, so that differences of two of them are numbers. */
const FAR = 1e12;

/**
 * Squared distance in mm² from each voxel's centre to the nearest voxel that holds `value`; huge where there is none.
 * Felzenszwalb and Huttenlocher's lower envelope of parabolas, one axis after the other
 * (Theory of Computing 2012, 8:415-428).
 */
export function distanceSquared({ size, inside }: Box3, spacingMm: Vec3, value: 0 | 1): Float64Array {
  const result = Float64Array.from(inside, (here) => (here === value ? 0 : FAR));
  const longest = Math.max(...size);
  const line = new Float64Array(longest);
  const envelope = new Envelope(longest);
  const strides = [1, size[0], size[0] * size[1]] as const;
  for (const axis of [0, 1, 2] as const) {
    const [length, stride] = [size[axis], strides[axis]];
    if (length === 1) continue;
    for (let start = 0; start < result.length; start++) {
      if (Math.floor(start / stride) % length !== 0) continue;
      for (let at = 0; at < length; at++) line[at] = result[start + at * stride] ?? FAR;
      envelope.build(line, length, spacingMm[axis]);
      envelope.read(line, length, spacingMm[axis], (at, squared) => {
        result[start + at * stride] = squared;
      });
    }
  }
  return result;
}

/** The lowest of the parabolas that stand on a line's values. */
class Envelope {
  private readonly roots: Int32Array;
  /** Where, in mm, each parabola begins to be the lowest. */
  private readonly begins: Float64Array;
  private count = 0;

  constructor(length: number) {
    this.roots = new Int32Array(length);
    this.begins = new Float64Array(length);
  }

  build(values: Float64Array, length: number, step: number): void {
    this.count = 0;
    for (let at = 0; at < length; at++) {
      let begin = -Infinity;
      while (this.count > 0) {
        const root = this.roots[this.count - 1] ?? 0;
        begin =
          ((values[at] ?? 0) - (values[root] ?? 0) + (at * at - root * root) * step * step) / (2 * (at - root) * step);
        if (begin > (this.begins[this.count - 1] ?? 0)) break;
        this.count--;
        begin = -Infinity;
      }
      this.roots[this.count] = at;
      this.begins[this.count] = begin;
      this.count++;
    }
  }

  read(values: Float64Array, length: number, step: number, write: (at: number, squared: number) => void): void {
    let current = 0;
    for (let at = 0; at < length; at++) {
      while (current + 1 < this.count && (this.begins[current + 1] ?? Infinity) < at * step) current++;
      const root = this.roots[current] ?? 0;
      write(at, ((at - root) * step) ** 2 + (values[root] ?? 0));
    }
  }
}
