import { describe, expect, it } from "vitest";
import type { Shape, Vec3 } from "./geometry";
import { MaskStore } from "./maskStore";
import { bodyCentre, LevelCentres } from "./vertebraBody";

const C1 = 1;
const L1 = 20;

type Block = readonly [Vec3, Vec3];

/** A body 40 x 28 x 24 mm, an arch 6 mm thick around a canal, and a spinous process; mm, low and high corner. */
const BODY: Block = [
  [10, 60, 20],
  [50, 88, 44],
];
const ARCH: readonly Block[] = [
  [
    [12, 42, 24],
    [18, 60, 40],
  ],
  [
    [42, 42, 24],
    [48, 60, 40],
  ],
  [
    [12, 36, 20],
    [48, 42, 44],
  ],
  [
    [27, 8, 16],
    [33, 36, 40],
  ],
];
const MIDDLE: Vec3 = [30, 74, 32];

/** The vertebra on a grid of such voxels, 60 x 100 x 60 mm. */
function vertebra(spacing: Vec3, label = L1, blocks: readonly Block[] = [BODY, ...ARCH]): MaskStore {
  const shape = [60, 100, 60].map((mm, axis) => Math.round(mm / (spacing[axis] ?? 1))) as unknown as Shape;
  const voxels = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (let at = 0; at < voxels.length; at++) {
    const voxel = [at % shape[0], Math.floor(at / shape[0]) % shape[1], Math.floor(at / (shape[0] * shape[1]))];
    const mm = voxel.map((index, axis) => (index + 0.5) * (spacing[axis] ?? 1));
    const within = ([low, high]: Block): boolean =>
      mm.every((value, axis) => value > (low[axis] ?? 0) && value < (high[axis] ?? 0));
    if (blocks.some(within)) voxels[at] = label;
  }
  return new MaskStore(voxels, shape);
}

function centreMm(store: MaskStore, spacing: Vec3): number[] {
  const centre = bodyCentre(store.labels, store.shape, spacing, L1, store.summary.boxOf([L1]));
  return (centre ?? []).map((index, axis) => (index + 0.5) * (spacing[axis] ?? 1));
}

describe("the middle of a vertebra's body", () => {
  const grids: readonly Vec3[] = [
    [1, 1, 1],
    [0.5, 0.5, 0.8],
    [0.8, 0.8, 4],
    [3, 1, 1],
  ];

  it.each(grids)("is the body's on a grid of %d x %d x %d mm, while the mean of all voxels is not", (...spacing) => {
    const store = vertebra(spacing);
    const found = centreMm(store, spacing);
    found.forEach((value, axis) => expect(Math.abs(value - (MIDDLE[axis] ?? 0))).toBeLessThanOrEqual(2.5));
    const mean = ((store.summary.get(L1)?.centre[1] ?? 0) + 0.5) * spacing[1];
    expect((MIDDLE[1] ?? 0) - mean).toBeGreaterThan(8);
  });

  it("keeps to one of two equally thick parts that do not touch", () => {
    const far: Block = [
      [10, 5, 20],
      [50, 33, 44],
    ];
    const [, y = 0] = centreMm(vertebra([1, 1, 1], L1, [BODY, far]), [1, 1, 1]);
    expect(Math.min(Math.abs(y - 74), Math.abs(y - 19))).toBeLessThanOrEqual(1);
  });

  it("is none for the atlas, and where the label is not", () => {
    const atlas = vertebra([1, 1, 1], C1);
    expect(bodyCentre(atlas.labels, atlas.shape, [1, 1, 1], C1, atlas.summary.boxOf([C1]))).toBeNull();
    expect(bodyCentre(atlas.labels, atlas.shape, [1, 1, 1], L1, atlas.summary.boxOf([C1]))).toBeNull();
    expect(bodyCentre(atlas.labels, atlas.shape, [1, 1, 1], L1, null)).toBeNull();
  });
});

describe("the centres of the levels of a mask in work", () => {
  it("follow an edit, and are the mean of all voxels for the atlas", () => {
    const store = vertebra([1, 1, 1]);
    const centres = new LevelCentres(store, [1, 1, 1]);
    const before = centres.of(L1);
    expect(centres.of(L1)).toBe(before);
    const recorder = store.begin();
    // The front half of the body is erased.
    for (let k = 20; k < 44; k++)
      for (let j = 74; j < 88; j++)
        for (let i = 10; i < 50; i++) recorder.set(i + store.shape[0] * (j + store.shape[1] * k), 0);
    const changes = recorder.finish();
    if (!changes) throw new Error("nothing was erased");
    store.keep({ kind: "erase", name: "Erase", label: L1, changes });
    expect((before?.[1] ?? 0) - (centres.of(L1)?.[1] ?? 0)).toBeGreaterThan(5);

    const atlas = vertebra([1, 1, 1], C1);
    expect(new LevelCentres(atlas, [1, 1, 1]).of(C1)).toEqual(atlas.summary.get(C1)?.centre);
    expect(centres.of(C1)).toBeNull();
  });
});
