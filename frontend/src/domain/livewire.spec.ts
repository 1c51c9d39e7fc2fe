// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edgeCosts, Livewire, slicePicture, stepCost, type Cell, type SlicePicture } from "./livewire";

const SPACINGS: readonly (readonly [number, number])[] = [
  [1, 1],
  [0.4, 0.4],
  [0.5, 2.5],
  [3, 0.7],
];

/** Bellman and Ford: every cell from every neighbour, until nothing becomes cheaper. */
function slowest(costs: Uint8Array, width: number, height: number, [sx, sy]: readonly [number, number], seed: Cell) {
  const far = new Array<number>(width * height).fill(Infinity);
  far[seed[0] + width * seed[1]] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (let at = 0; at < far.length; at++) {
      for (let to = 0; to < far.length; to++) {
        const [dx, dy] = [(to % width) - (at % width), Math.floor(to / width) - Math.floor(at / width)];
        if (to === at || Math.abs(dx) > 1 || Math.abs(dy) > 1) continue;
        const factor = Math.hypot(dx * sx, dy * sy) / (2 * Math.min(sx, sy));
        const cost = far[at]! + stepCost(costs[at]!, costs[to]!, factor);
        if (cost < far[to]!) [far[to], changed] = [cost, true];
      }
    }
  }
  return far;
}

const lengthOf = (
  way: readonly Cell[],
  costs: Uint8Array,
  width: number,
  [sx, sy]: readonly [number, number],
): number =>
  way.slice(1).reduce((sum, [x, y], n) => {
    const [px, py] = way[n]!;
    expect(Math.max(Math.abs(x - px), Math.abs(y - py))).toBe(1);
    const factor = Math.hypot((x - px) * sx, (y - py) * sy) / (2 * Math.min(sx, sy));
    return sum + stepCost(costs[px + width * py]!, costs[x + width * y]!, factor);
  }, 0);

describe("livewire", () => {
  it("finds ways that no other is cheaper than, on any costs and spacing, also bit by bit", () => {
    const [width, height] = [7, 5];
    const given = fc.record({
      costs: fc.uint8Array({ minLength: width * height, maxLength: width * height, min: 10 }),
      spacing: fc.constantFrom(...SPACINGS),
      seed: fc.tuple(fc.nat(width - 1), fc.nat(height - 1)),
    });
    fc.assert(
      fc.property(given, ({ costs, spacing, seed }) => {
        const wire = new Livewire(costs, width, height, spacing, seed);
        slowest(costs, width, height, spacing, seed).forEach((cost, at) => {
          const cell: Cell = [at % width, Math.floor(at / width)];
          let way = wire.wayTo(cell, 2);
          while (!way) way = wire.wayTo(cell, 2);
          expect(wire.costTo(cell)).toBe(cost);
          expect(lengthOf(way, costs, width, spacing)).toBe(cost);
          expect([way[0], way.at(-1)]).toEqual([seed, cell]);
        });
      }),
      { numRuns: 30 },
    );
  });

  it("says that it was not allowed enough, and goes on from there", () => {
    const wire = new Livewire(new Uint8Array(400).fill(255), 20, 20, [1, 1], [0, 0]);
    expect(wire.wayTo([19, 19], 50)).toBeNull();
    expect(wire.wayTo([19, 19], 50)).toBeNull();
    expect(wire.wayTo([19, 19])).toHaveLength(20);
  });

  /** A disc of bone in muscle, 12 mm across the radius. */
  function disc(spacingMm: readonly [number, number], noise: number): SlicePicture {
    const [width, height] = [Math.round(60 / spacingMm[0]), Math.round(60 / spacingMm[1])];
    let state = 7;
    const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
    const hu = Float32Array.from({ length: width * height }, (_, at) => {
      const away = Math.hypot((at % width) * spacingMm[0] - 30, Math.floor(at / width) * spacingMm[1] - 30);
      return 50 + 350 / (1 + Math.exp((away - 12) / 0.5)) + noise * random();
    });
    return { width, height, spacingMm, hu };
  }

  it.each([
    [[1, 1], 0],
    [[0.4, 0.4], 700],
    [[0.5, 2.5], 60],
  ] as const)("keeps to the border of bone, spacing %j mm, noise %d HU", (spacingMm, noise) => {
    const picture = disc(spacingMm, noise);
    const costs = edgeCosts(picture);
    const at = (angle: number): Cell => [
      Math.round((30 + 12 * Math.cos(angle)) / spacingMm[0]),
      Math.round((30 + 12 * Math.sin(angle)) / spacingMm[1]),
    ];
    const way = new Livewire(costs, picture.width, picture.height, spacingMm, at(0)).wayTo(at(2)) ?? [];
    // A straight line would be 5.5 mm off in its middle.
    const off = way.map(([x, y]) => Math.abs(Math.hypot(x * spacingMm[0] - 30, y * spacingMm[1] - 30) - 12));
    expect(Math.max(...off)).toBeLessThan(Math.max(1.2, spacingMm[1]));
  });

  it("reads a slice of each plane as it lies in the volume", () => {
    const shape = [3, 4, 5] as const;
    const hu = Int16Array.from({ length: 60 }, (_, at) => at);
    const spacing = [1, 2, 3] as const;
    for (const [plane, slice, a, b] of [
      ["sagittal", 2, 1, 2],
      ["coronal", 3, 0, 2],
      ["axial", 4, 0, 1],
    ] as const) {
      const { width, height, spacingMm, hu: found } = slicePicture(hu, shape, spacing, plane, slice);
      expect([width, height, spacingMm]).toEqual([shape[a], shape[b], [spacing[a], spacing[b]]]);
      const voxel: [number, number, number] = [0, 0, 0];
      voxel[[0, 1, 2].find((axis) => axis !== a && axis !== b)!] = slice;
      [voxel[a], voxel[b]] = [1, 2];
      expect(found[1 + width * 2]).toBe(voxel[0] + 3 * (voxel[1] + 4 * voxel[2]));
    }
  });
});
