import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyChanges,
  ChangeRecorder,
  composeChanges,
  relabelChanges,
  revertChanges,
  type ChangeSet,
  type VoxelBox,
} from "./changes";
import { PLANES, type Plane, type Shape, type Vec3 } from "./geometry";
import { operate, type Operation } from "./operations";
import { makeTask, runTask } from "./operationTask";
import type { PaintGrid } from "./painting";
import { LabelLocks, paintRule, type PaintOver } from "./paintRule";
import { MaskSummary } from "./summary";

/** A grid whose mask a test may write. */
type OwnGrid = Omit<PaintGrid, "mask"> & { readonly mask: Uint8Array };

const SHAPE: Shape = [9, 8, 6];
const SPACING: Vec3 = [0.9, 1.2, 2.6];
const VOXELS = 9 * 8 * 6;
const ACTIVE = 20;

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constantFrom<Operation>(
    { kind: "fill-holes" },
    { kind: "keep-largest" },
    { kind: "interpolate", axis: 0 },
    { kind: "interpolate", axis: 2 },
  ),
  fc.record({ kind: fc.constant("remove-small" as const), minimumMm3: fc.double({ min: 0, max: 40, noNaN: true }) }),
  fc.record({
    kind: fc.constantFrom("grow" as const, "shrink" as const),
    mm: fc.double({ min: 0.5, max: 4, noNaN: true }),
  }),
  fc.record({ kind: fc.constant("smooth" as const), sigmaMm: fc.double({ min: 0.5, max: 2, noNaN: true }) }),
  fc.record({ kind: fc.constant("exclude-above" as const), hu: fc.integer({ min: 0, max: 1000 }) }),
  fc.record({
    kind: fc.constant("grow-from" as const),
    seed: fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 5 })),
    range: fc.record({ min: fc.constant(200), max: fc.integer({ min: 300, max: 1000 }) }),
    reachMm: fc.double({ min: 1, max: 12, noNaN: true }),
    axis: fc.constantFrom(null, 0 as const, 2 as const),
  }),
  fc
    .record({ plane: fc.constantFrom(...PLANES), from: fc.integer({ min: -1, max: 9 }), step: fc.constantFrom(1, -1) })
    .map(({ plane, from, step }) => ({ kind: "copy-slice" as const, plane, from, to: from + step })),
  fc.record({ kind: fc.constant("median" as const), mm: fc.double({ min: 0.5, max: 4, noNaN: true }) }),
);

const grid: fc.Arbitrary<OwnGrid> = fc
  .record({
    mask: fc.array(fc.constantFrom(0, 0, ACTIVE, ACTIVE, 19, 21), { minLength: VOXELS, maxLength: VOXELS }),
    hu: fc.array(fc.integer({ min: -100, max: 1000 }), { minLength: VOXELS, maxLength: VOXELS }),
  })
  .map(({ mask, hu }) => ({ shape: SHAPE, spacingMm: SPACING, mask: Uint8Array.from(mask), hu: Int16Array.from(hu) }));

function run(given: OwnGrid, wanted: Operation, locks = new LabelLocks(), paintOver: PaintOver = "everything") {
  const recorder = new ChangeRecorder(given.mask);
  operate(given, paintRule({ activeLabel: ACTIVE, erase: false, paintOver, gate: null, locks }), recorder, wanted);
  return recorder.finish();
}

describe("whatever is done to a vertebra", () => {
  it("no locked one changes, and undo gives back every voxel", () => {
    fc.assert(
      fc.property(grid, operation, (given, wanted) => {
        const before = given.mask.slice();
        const changes = run(given, wanted);
        const wrong = before.findIndex((label, index) => {
          const now = given.mask[index];
          return now !== label && ((label !== 0 && label !== ACTIVE) || (now !== 0 && now !== ACTIVE));
        });
        expect(wrong).toBe(-1);
        if (changes) revertChanges(given.mask, changes);
        expect(given.mask.findIndex((label, index) => label !== before[index])).toBe(-1);
      }),
    );
  });

  it("an opened neighbour gives way, unless only background is painted over", () => {
    fc.assert(
      fc.property(grid, (given) => {
        const locks = new LabelLocks();
        locks.set(21, "open");
        const copy = { ...given, mask: given.mask.slice() };
        run(given, { kind: "grow", mm: 100 }, locks);
        if (copy.mask.includes(ACTIVE)) expect(given.mask.includes(21)).toBe(false);
        const kept = copy.mask.slice();
        run(copy, { kind: "grow", mm: 100 }, locks, "background");
        expect(kept.findIndex((label, index) => (label === 21) !== (copy.mask[index] === 21))).toBe(-1);
      }),
    );
  });
});

describe("a slice's shape, given to its neighbour", () => {
  const at = (plane: Plane, slice: number, a: number, b: number): number => {
    const [i, j, k] = plane === "sagittal" ? [slice, a, b] : plane === "coronal" ? [a, slice, b] : [a, b, slice];
    return i + 9 * (j + 8 * k);
  };
  const given = (): OwnGrid => ({ shape: SHAPE, spacingMm: SPACING, mask: new Uint8Array(VOXELS), hu: null });

  it.each(PLANES)("becomes its shape there, in the %s plane, but for what a locked neighbour has", (plane) => {
    for (const step of [1, -1]) {
      const grid = given();
      for (const [a, b] of [[2, 2], [3, 2], [3, 3]] as const) grid.mask[at(plane, 3, a, b)] = ACTIVE; // prettier-ignore
      grid.mask[at(plane, 3 + step, 5, 4)] = ACTIVE;
      grid.mask[at(plane, 3 + step, 3, 3)] = 21;
      const expected = grid.mask.slice();
      expected[at(plane, 3 + step, 2, 2)] = ACTIVE;
      expected[at(plane, 3 + step, 3, 2)] = ACTIVE;
      expected[at(plane, 3 + step, 5, 4)] = 0;
      run(grid, { kind: "copy-slice", plane, from: 3, to: 3 + step });
      expect(grid.mask).toEqual(expected);
    }
  });

  it("comes to the same in the box around the vertebra, which begins somewhere else", () => {
    const grid = given();
    grid.mask[at("axial", 5, 6, 6)] = ACTIVE;
    const expected = grid.mask.slice();
    expected[at("axial", 4, 6, 6)] = ACTIVE;
    const rule = paintRule({
      activeLabel: ACTIVE,
      erase: false,
      paintOver: "everything",
      gate: null,
      locks: new LabelLocks(),
    });
    const box = new MaskSummary(grid.mask, SHAPE).boxOf([ACTIVE]);
    const task = makeTask(grid, rule, box, { kind: "copy-slice", plane: "axial", from: 5, to: 4 });
    expect(task?.box.low[2]).toBeGreaterThan(0);
    const changes = task && runTask(task);
    if (changes) applyChanges(grid.mask, changes);
    expect(grid.mask).toEqual(expected);
  });

  it("changes nothing where there is none, or no slice beyond", () => {
    const grid = given();
    grid.mask[at("axial", 5, 2, 2)] = ACTIVE;
    expect(run(grid, { kind: "copy-slice", plane: "axial", from: 4, to: 5 })).toBeNull();
    expect(run(grid, { kind: "copy-slice", plane: "axial", from: 5, to: 6 })).toBeNull();
  });
});

/** Every voxel of a grid. */
const ALL: VoxelBox = { low: [0, 0, 0], high: [8, 7, 5] };

describe("in a box around the vertebra", () => {
  it("comes to the same as on the whole mask", () => {
    fc.assert(
      fc.property(grid, operation, fc.integer({ min: 0, max: 3 }), (given, wanted, crop) => {
        // A vertebra in a part of the grid, so that its box is smaller than the grid.
        given.mask.forEach((label, index) => {
          if (label === ACTIVE && (index % 9 < crop || index % 9 > 6)) given.mask[index] = 0;
        });
        const before = given.mask.slice();
        const rule = paintRule({
          activeLabel: ACTIVE,
          erase: false,
          paintOver: "everything",
          gate: null,
          locks: new LabelLocks(),
        });
        const task = makeTask({ ...given, mask: before }, rule, new MaskSummary(before, SHAPE).boxOf([ACTIVE]), wanted);
        const changes = task && runTask(task);
        run(given, wanted);
        if (changes) applyChanges(before, changes);
        expect(before.findIndex((label, index) => label !== given.mask[index])).toBe(-1);
      }),
    );
  });

  it("counts what was changed before it and is not in the mask yet", () => {
    const given: OwnGrid = { shape: SHAPE, spacingMm: SPACING, mask: new Uint8Array(VOXELS), hu: null };
    given.mask.fill(ACTIVE, 100, 103);
    const rule = paintRule({
      activeLabel: ACTIVE,
      erase: false,
      paintOver: "everything",
      gate: null,
      locks: new LabelLocks(),
    });
    const made = relabelChanges(given.mask, SHAPE, ALL, new Map([[ACTIVE, 21]]));
    const task = makeTask(given, rule, ALL, { kind: "grow", mm: 1 }, made ? [made] : []);
    expect(task && runTask(task)).toBeNull();
  });
});

describe("changes made one after the other", () => {
  it("are one change", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.tuple(fc.integer({ min: 0, max: VOXELS - 1 }), fc.constantFrom(0, 19, ACTIVE)), {
            maxLength: 40,
          }),
          { maxLength: 4 },
        ),
        (edits) => {
          const mask = new Uint8Array(VOXELS).fill(19, 0, 200);
          const loaded = mask.slice();
          const made: ChangeSet[] = [];
          for (const writes of edits) {
            const recorder = new ChangeRecorder(mask);
            for (const [index, label] of writes) recorder.set(index, label);
            const changes = recorder.finish();
            if (changes) made.push(changes);
          }
          const all = composeChanges(made);
          if (all) applyChanges(loaded, all);
          expect(loaded).toEqual(mask);
          if (all) revertChanges(loaded, all);
          expect(loaded).toEqual(new Uint8Array(VOXELS).fill(19, 0, 200));
        },
      ),
    );
  });
});

describe("single operations", () => {
  const empty = (): OwnGrid => ({
    shape: SHAPE,
    spacingMm: SPACING,
    mask: new Uint8Array(VOXELS),
    hu: new Int16Array(VOXELS),
  });

  it("take out metal, and nothing of a neighbour", () => {
    const given = empty();
    given.mask.fill(ACTIVE, 0, 10);
    given.mask.fill(21, 10, 20);
    given.hu?.fill(2500, 5, 15);
    run(given, { kind: "exclude-above", hu: 2000 });
    expect([...given.mask.subarray(0, 20)]).toEqual([
      ...Array<number>(5).fill(ACTIVE),
      ...Array<number>(5).fill(0),
      ...Array<number>(10).fill(21),
    ]);
  });

  it("grow from a click through bone only, as far as they may reach", () => {
    const given = empty();
    given.hu?.fill(500, 0, 7);
    given.hu?.fill(500, 8, 9);
    run(given, { kind: "grow-from", seed: [1, 0, 0], range: { min: 200, max: 800 }, reachMm: 4, axis: null });
    expect([...given.mask.subarray(0, 9)]).toEqual([ACTIVE, ACTIVE, ACTIVE, ACTIVE, ACTIVE, ACTIVE, 0, 0, 0]);
  });

  it("grow across the border between two voxels by mm, not by voxels", () => {
    const given = empty();
    const at = (i: number, j: number, k: number): number => i + 9 * (j + 8 * k);
    given.mask[at(4, 4, 3)] = ACTIVE;
    run(given, { kind: "grow", mm: 2 });
    expect(given.mask[at(6, 4, 3)]).toBe(ACTIVE);
    expect(given.mask[at(7, 4, 3)]).toBe(0);
    expect(given.mask[at(4, 5, 3)]).toBe(ACTIVE);
    expect(given.mask[at(4, 6, 3)]).toBe(0);
    expect(given.mask[at(4, 4, 4)]).toBe(0);
  });

  it("grow in the slice of the click alone", () => {
    const given = empty();
    given.hu?.fill(500);
    run(given, { kind: "grow-from", seed: [4, 4, 3], range: { min: 200, max: 800 }, reachMm: 3, axis: 2 });
    const slices = new Set(
      [...given.mask].flatMap((label, index) => (label === ACTIVE ? [Math.floor(index / 72)] : [])),
    );
    expect(slices).toEqual(new Set([3]));
  });

  it("cut off what lies beyond a line, in mm, and nothing of a neighbour", () => {
    const given = empty();
    given.mask.fill(ACTIVE);
    given.mask.fill(19, 0, 9);
    // A line along x at z = 2.5 in the coronal plane: the three upper slices go.
    const changes = run(given, { kind: "split", axes: [0, 2], from: [0, 2.5], to: [8, 2.5], side: 1, target: 21 });
    expect(changes?.count).toBe(3 * 72);
    expect(given.mask.indexOf(21)).toBe(3 * 72);
    expect(given.mask.lastIndexOf(19)).toBe(8);
  });

  it("smooth by the median: a thin spur goes, a flat side stays", () => {
    const given = empty();
    for (let k = 0; k < 6; k++)
      for (let j = 0; j < 8; j++) for (let i = 0; i < 5; i++) given.mask[i + 9 * (j + 8 * k)] = ACTIVE;
    given.mask[5 + 9 * (4 + 8 * 3)] = ACTIVE;
    const changes = run(given, { kind: "median", mm: 1.3 });
    expect(changes?.count).toBe(1);
    expect(given.mask[5 + 9 * (4 + 8 * 3)]).toBe(0);
  });
});
