import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Shape, Vec3 } from "./geometry";
import { distanceSquared } from "./distance";
import {
  fillHoles,
  growMm,
  interpolateGaps,
  keepLargest,
  regionOf,
  removeSmall,
  shrinkMm,
  smooth,
  type Region,
} from "./regions";

const SPACING: Vec3 = [0.9, 1.2, 2.6];
const size = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }));
const region: fc.Arbitrary<Region> = size.chain(([x, y, z]) =>
  fc.array(fc.integer({ min: 0, max: 1 }), { minLength: x * y * z, maxLength: x * y * z }).map((inside) => ({
    low: [0, 0, 0] as Vec3,
    size: [x, y, z] as Shape,
    inside: Uint8Array.from(inside),
  })),
);

function voxelAt([nx, ny]: Shape, index: number): Vec3 {
  return [index % nx, Math.floor(index / nx) % ny, Math.floor(index / (nx * ny))];
}

function gap(shape: Shape, a: number, b: number): number {
  const [p, q] = [voxelAt(shape, a), voxelAt(shape, b)];
  return [0, 1, 2].reduce((sum, axis) => sum + ((p[axis]! - q[axis]!) * SPACING[axis]!) ** 2, 0);
}

function solid(shape: Shape, test: (i: number, j: number, k: number) => boolean): Region {
  return {
    low: [0, 0, 0],
    size: shape,
    inside: Uint8Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, index) =>
      Number(test(...(voxelAt(shape, index) as [number, number, number]))),
    ),
  };
}

const count = ({ inside }: Region): number => inside.reduce((sum, value) => sum + value, 0);

describe("distances", () => {
  it("are exact, in mm, on anisotropic grids", () => {
    fc.assert(
      fc.property(region, (given) => {
        const found = distanceSquared(given, SPACING, 1);
        const targets = [...given.inside.keys()].filter((index) => given.inside[index] === 1);
        found.forEach((value, index) => {
          if (targets.length === 0) expect(value).toBeGreaterThan(1e9);
          else expect(value).toBeCloseTo(Math.min(...targets.map((other) => gap(given.size, index, other))), 9);
        });
      }),
    );
  });
});

describe("growing and shrinking", () => {
  it("reach every voxel within the distance, and none beyond", () => {
    fc.assert(
      fc.property(region, fc.constantFrom(0.9, 1.2, 1.8, 2.6, 3.1), (given, mm) => {
        const targets = [...given.inside.keys()].filter((index) => given.inside[index] === 1);
        growMm(given, SPACING, mm).inside.forEach((value, index) => {
          expect(value === 1).toBe(targets.some((other) => gap(given.size, index, other) <= mm * mm + 1e-6));
        });
      }),
    );
  });

  it("shrinking is growing of what is outside", () => {
    fc.assert(
      fc.property(region, fc.constantFrom(0.9, 1.8, 2.6), (given, mm) => {
        const outside = { ...given, inside: given.inside.map((value) => 1 - value) };
        const grown = growMm(outside, SPACING, mm).inside.map((value) => 1 - value);
        expect(shrinkMm(given, SPACING, mm).inside).toEqual(grown);
      }),
    );
  });
});

describe("holes and islands", () => {
  const shell = solid(
    [7, 7, 7],
    (i, j, k) => Math.max(Math.abs(i - 3), Math.abs(j - 3), Math.abs(k - 3)) <= 2 && !(i === 3 && j === 3 && k === 3),
  );

  it("fills an enclosed hole and leaves an open one", () => {
    expect(count(fillHoles(shell))).toBe(125);
    const drilled = solid(
      [7, 7, 7],
      (i, j, k) => Math.max(Math.abs(i - 3), Math.abs(j - 3), Math.abs(k - 3)) <= 2 && !(i === 3 && j === 3),
    );
    expect(fillHoles(drilled).inside).toEqual(drilled.inside);
  });

  it("adds only, and changes nothing the second time", () => {
    fc.assert(
      fc.property(region, (given) => {
        const filled = fillHoles(given);
        given.inside.forEach((value, index) => expect(filled.inside[index]).toBeGreaterThanOrEqual(value));
        expect(fillHoles(filled).inside).toEqual(filled.inside);
      }),
    );
  });

  const islands = solid([10, 3, 3], (i) => i < 4 || i === 6);
  it("keeps the largest piece", () => {
    expect(keepLargest(islands).inside).toEqual(solid([10, 3, 3], (i) => i < 4).inside);
  });

  it("does not join pieces over corners", () => {
    const corners = solid([2, 2, 1], (i, j) => i === j);
    expect(count(keepLargest(corners))).toBe(1);
  });

  it("removes islands by their volume in mm³", () => {
    const nineVoxels = 9 * 0.9 * 1.2 * 2.6;
    expect(count(removeSmall(islands, SPACING, nineVoxels - 0.01))).toBe(45);
    expect(count(removeSmall(islands, SPACING, nineVoxels + 0.01))).toBe(36);
  });
});

describe("smoothing", () => {
  it("takes away a spike, fills a pit, and keeps a plain wall where it is", () => {
    const wall = solid([12, 11, 11], (i) => i < 6);
    const rough = { ...wall, inside: wall.inside.slice() };
    const at = (i: number, j: number, k: number): number => i + 12 * (j + 11 * k);
    rough.inside[at(6, 5, 5)] = 1;
    rough.inside[at(5, 2, 2)] = 0;
    expect(smooth(rough, [1, 1, 1], 1).inside).toEqual(wall.inside);
  });
});

describe("interpolating between slices", () => {
  it("gives the cone between two discs", () => {
    const disc =
      (radius: number) =>
      (i: number, j: number): boolean =>
        Math.hypot(i - 12, j - 12) <= radius;
    const discs = solid([25, 25, 5], (i, j, k) => (k === 0 && disc(4)(i, j)) || (k === 4 && disc(10)(i, j)));
    const cone = interpolateGaps(discs, [1, 1, 2], 2);
    for (const k of [1, 2, 3]) {
      const radius = 4 + (6 * k) / 4;
      const area = count(solid([25, 25, 5], (i, j, z) => z === k && cone.inside[i + 25 * (j + 25 * z)] === 1));
      expect(Math.sqrt(area / Math.PI)).toBeCloseTo(radius, 0);
    }
  });

  it("leaves painted slices alone, along any axis", () => {
    fc.assert(
      fc.property(region, fc.constantFrom(0, 1, 2), (given, axis) => {
        const between = interpolateGaps(given, SPACING, axis);
        const painted = new Set(
          [...given.inside.keys()]
            .filter((index) => given.inside[index] === 1)
            .map((index) => voxelAt(given.size, index)[axis]),
        );
        given.inside.forEach((value, index) => {
          if (painted.has(voxelAt(given.size, index)[axis]!)) expect(between.inside[index]).toBe(value);
        });
      }),
    );
  });
});

describe("the box around a label", () => {
  it("holds all its voxels, with padding clipped at the volume's border", () => {
    const shape: Shape = [6, 5, 4];
    const mask = new Uint8Array(120);
    mask[1 + 6 * (2 + 5 * 3)] = 20;
    mask[3 + 6 * (2 + 5 * 3)] = 20;
    mask[2 + 6 * (2 + 5 * 3)] = 21;
    const found = regionOf(mask, shape, 20, [1, 1, 1], 2);
    expect(found?.low).toEqual([0, 0, 1]);
    expect(found?.size).toEqual([6, 5, 3]);
    expect(found && count(found)).toBe(2);
    expect(regionOf(mask, shape, 5, [1, 1, 1])).toBeNull();
  });
});
