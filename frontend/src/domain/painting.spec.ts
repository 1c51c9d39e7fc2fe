import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyChanges, ChangeRecorder, relabelChanges, slicesOfChanges } from "./changes";
import type { Plane, Shape, Vec3 } from "./geometry";
import { EditHistory, MINIMUM_STEPS } from "./history";
import { fillArea, paintCapsule, paintPolygon, type BrushShape, type PaintGrid } from "./painting";
import { adaptiveGate, allowsNothing, LabelLocks, paintRule, type PaintOver, type PaintRule } from "./paintRule";
import { MaskSummary } from "./summary";

/** A grid whose mask a test may write. */
type OwnGrid = Omit<PaintGrid, "mask"> & { readonly mask: Uint8Array };

const SHAPE: Shape = [12, 10, 8];
const SPACING: Vec3 = [1, 1, 2.5];
const at = (i: number, j: number, k: number): number => i + SHAPE[0] * (j + SHAPE[1] * k);
const grid = (hu: Int16Array | null = null): OwnGrid => ({
  shape: SHAPE,
  spacingMm: SPACING,
  mask: new Uint8Array(SHAPE[0] * SHAPE[1] * SHAPE[2]),
  hu,
});
const rule = (change: Partial<Parameters<typeof paintRule>[0]> = {}): PaintRule =>
  paintRule({ activeLabel: 20, erase: false, paintOver: "everything", gate: null, locks: new LabelLocks(), ...change });
const SPHERE: BrushShape = { kind: "sphere" };
const indicesOf = (mask: Uint8Array, label: number): number[] =>
  [...mask.keys()].filter((index) => mask[index] === label);

function dab(g: OwnGrid, r: PaintRule, brush: BrushShape, centre: Vec3, radius: number) {
  const recorder = new ChangeRecorder(g.mask);
  paintCapsule(g, r, recorder, brush, centre, centre, radius);
  return recorder.finish();
}

describe("brush", () => {
  it("a sphere holds exactly the voxels within its radius in mm", () => {
    const g = grid();
    dab(g, rule(), SPHERE, [6, 5, 4], 2.6);
    const expected: number[] = [];
    for (let k = 0; k < 8; k++)
      for (let j = 0; j < 10; j++)
        for (let i = 0; i < 12; i++)
          if ((i - 6) ** 2 + (j - 5) ** 2 + ((k - 4) * 2.5) ** 2 <= 2.6 ** 2) expected.push(at(i, j, k));
    expect(indicesOf(g.mask, 20)).toEqual(expected);
  });

  it.each<[Plane, 0 | 1 | 2]>([
    ["sagittal", 0],
    ["coronal", 1],
    ["axial", 2],
  ])("a circle stays in its %s slice", (plane, axis) => {
    const g = grid();
    dab(g, rule(), { kind: "circle", plane }, [6.2, 4.9, 3.8], 2.6);
    const touched = indicesOf(g.mask, 20).map((index) => [
      index % 12,
      Math.floor(index / 12) % 10,
      Math.floor(index / 120),
    ]);
    expect(new Set(touched.map((voxel) => voxel[axis]))).toEqual(new Set([Math.round([6.2, 4.9, 3.8][axis] ?? 0)]));
    expect(touched.length).toBeGreaterThan(5);
  });

  it("reaches the voxel under the cursor with a brush smaller than a voxel", () => {
    const g = grid();
    dab(g, rule(), SPHERE, [3.4, 3.4, 3.4], 0.1);
    expect(indicesOf(g.mask, 20)).toEqual([at(3, 3, 3)]);
  });

  it("leaves no gap in a fast stroke and stays inside the volume", () => {
    const g = grid();
    const recorder = new ChangeRecorder(g.mask);
    paintCapsule(g, rule(), recorder, { kind: "circle", plane: "axial" }, [-4, 5, 2], [30, 5, 2], 0.6);
    expect(indicesOf(g.mask, 20)).toEqual(Array.from({ length: 12 }, (_, i) => at(i, 5, 2)));
  });

  it("paints only densities inside the gate", () => {
    const hu = new Int16Array(960).fill(-50);
    hu[at(6, 5, 4)] = 300;
    hu[at(7, 5, 4)] = 2500;
    const g = grid(hu);
    dab(g, rule({ gate: { min: 150, max: 1800 } }), SPHERE, [6, 5, 4], 3);
    expect(indicesOf(g.mask, 20)).toEqual([at(6, 5, 4)]);
    expect(adaptiveGate(300, 120)).toEqual({ min: 180, max: 420 });
  });
});

describe("paint rule", () => {
  const locks = new LabelLocks();
  const changes = (r: PaintRule): number[] => [...r.mayChange.keys()].filter((label) => r.mayChange[label] === 1);

  it("locks every other label by default", () => {
    expect(changes(rule())).toEqual([0]);
    expect(changes(rule({ erase: true }))).toEqual([20]);
  });

  it("lets an opened label be covered, alone where it is named", () => {
    locks.set(21, "open");
    expect(changes(rule({ locks }))).toEqual([0, 21]);
    expect(changes(rule({ locks, paintOver: 21 }))).toEqual([21]);
    expect(changes(rule({ locks, paintOver: "background" }))).toEqual([0]);
    expect(changes(rule({ locks, erase: true }))).toEqual([20, 21]);
    expect(changes(rule({ locks, erase: true, paintOver: "background" }))).toEqual([20]);
  });

  it("allows nothing while the active label itself is locked", () => {
    const own = new LabelLocks();
    own.set(20, "locked");
    expect(allowsNothing(rule({ locks: own }))).toBe(true);
    expect(allowsNothing(rule({ activeLabel: 0 }))).toBe(true);
  });
});

describe("scissors and fill", () => {
  it("cuts what lies inside the polygon, in the slices given", () => {
    const g = grid();
    g.mask.fill(20);
    const recorder = new ChangeRecorder(g.mask);
    paintPolygon(g, rule({ erase: true }), recorder, "sagittal", { first: 5, last: 5 }, [
      [1.5, 1.5],
      [4.5, 1.5],
      [4.5, 3.5],
      [1.5, 3.5],
    ]);
    const cut = indicesOf(g.mask, 0);
    expect(cut).toEqual([2, 3].flatMap((k) => [2, 3, 4].map((j) => at(5, j, k))));
  });

  it("fills a hole, and refuses the outside of the body", () => {
    const g = grid();
    const ring = [3, 4, 5, 6].flatMap((i) => [3, 4, 5, 6].map((j) => [i, j] as const));
    ring.filter(([i, j]) => i === 3 || i === 6 || j === 3 || j === 6).forEach(([i, j]) => (g.mask[at(i, j, 2)] = 20));
    const recorder = new ChangeRecorder(g.mask);
    expect(fillArea(g, rule(), recorder, "axial", [0, 0, 2])).toBe(false);
    expect(fillArea(g, rule(), recorder, "axial", [4, 4, 2])).toBe(true);
    expect(indicesOf(g.mask, 20).length).toBe(16);
    expect(recorder.finish()?.count).toBe(4);
  });
});

interface Edit {
  readonly kind: "sphere" | "circle" | "erase" | "scissors" | "swap";
  readonly active: number;
  readonly centre: Vec3;
  readonly radius: number;
  readonly over: PaintOver;
}

const anEdit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("sphere", "circle", "erase", "scissors", "swap"),
  active: fc.constantFrom(19, 20, 28),
  centre: fc.tuple(fc.integer({ min: -1, max: 12 }), fc.integer({ min: -1, max: 10 }), fc.integer({ min: -1, max: 8 })),
  radius: fc.double({ min: 0.1, max: 5, noNaN: true }),
  over: fc.constantFrom<PaintOver>("everything", "background", 19),
});

function perform(g: OwnGrid, edit: Edit, locks: LabelLocks) {
  if (edit.kind === "swap") {
    const swap = new Map([
      [19, 20],
      [20, 19],
    ]);
    const all = { low: [0, 0, 0], high: [g.shape[0] - 1, g.shape[1] - 1, g.shape[2] - 1] } as const;
    const changes = relabelChanges(g.mask, g.shape, all, swap);
    if (changes) applyChanges(g.mask, changes);
    return changes;
  }
  const r = rule({ activeLabel: edit.active, erase: edit.kind === "erase", paintOver: edit.over, locks });
  const recorder = new ChangeRecorder(g.mask);
  const [i, j, k] = edit.centre;
  if (edit.kind === "scissors") {
    paintPolygon(g, r, recorder, "coronal", { first: j - 1, last: j + 1 }, [
      [i, k],
      [i + 3, k],
      [i, k + 3],
    ]);
  } else {
    const brush: BrushShape = edit.kind === "circle" ? { kind: "circle", plane: "coronal" } : SPHERE;
    paintCapsule(g, r, recorder, brush, edit.centre, [j, i, k], edit.radius);
  }
  return recorder.finish();
}

describe("undo", () => {
  it("gives back the loaded mask voxel for voxel, and redo the edited one, after any edits", () => {
    fc.assert(
      fc.property(fc.array(anEdit, { maxLength: 30 }), (edits) => {
        const g = grid();
        g.mask.forEach((_, index) => (g.mask[index] = index % 7 === 0 ? 19 : 0));
        const loaded = g.mask.slice();
        const locks = new LabelLocks();
        locks.set(19, "open");
        const history = new EditHistory();
        const summary = new MaskSummary(g.mask, SHAPE);
        for (const edit of edits) {
          const changes = perform(g, edit, locks);
          if (!changes) continue;
          history.push({ name: edit.kind, kind: edit.kind, label: edit.active, changes });
          summary.update(changes, 1);
        }
        const edited = g.mask.slice();
        const fresh = new MaskSummary(g.mask, SHAPE);
        expect(summary.labels().map((label) => summary.get(label)?.voxels)).toEqual(
          fresh.labels().map((label) => fresh.get(label)?.voxels),
        );
        while (history.canUndo) history.undo(g.mask);
        expect(g.mask).toEqual(loaded);
        while (history.canRedo) history.redo(g.mask);
        expect(g.mask).toEqual(edited);
      }),
      { numRuns: 60 },
    );
  });

  it("never changes a locked label, whatever the edits", () => {
    fc.assert(
      fc.property(
        fc.array(
          anEdit.filter((edit) => edit.kind !== "swap"),
          { maxLength: 20 },
        ),
        (edits) => {
          const g = grid();
          g.mask.forEach((_, index) => (g.mask[index] = index % 5 === 0 ? 24 : 0));
          const locked = indicesOf(g.mask, 24);
          for (const edit of edits) perform(g, edit, new LabelLocks());
          expect(indicesOf(g.mask, 24)).toEqual(locked);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keeps 200 steps whatever they cost, and forgets what was undone when a new edit comes", () => {
    const g = grid();
    const history = new EditHistory(0);
    for (let step = 0; step < MINIMUM_STEPS + 50; step++) {
      const changes = dab(
        g,
        rule({ activeLabel: (step % 20) + 1, paintOver: "everything", locks: openAll() }),
        SPHERE,
        [6, 5, 4],
        3,
      );
      if (changes) history.push({ name: `step ${step}`, kind: "brush", label: 20, changes });
    }
    expect(history.list.length).toBe(MINIMUM_STEPS);
    expect(history.list[0]?.name).toBe("step 50");
    history.undo(g.mask);
    history.undo(g.mask);
    const changes = dab(g, rule(), SPHERE, [1, 1, 1], 1);
    expect(changes).not.toBeNull();
    if (changes) history.push({ name: "new", kind: "brush", label: 20, changes });
    expect(history.canRedo).toBe(false);
    expect(history.list.at(-1)?.name).toBe("new");
    expect(history.list.length).toBe(MINIMUM_STEPS - 1);
  });

  it("a cancelled stroke leaves no trace, and changes name their slices", () => {
    const g = grid();
    const recorder = new ChangeRecorder(g.mask);
    paintCapsule(g, rule(), recorder, SPHERE, [6, 5, 3], [6, 5, 4], 1);
    expect(recorder.takeTouched(SHAPE).sort()).toEqual([3, 4]);
    expect(recorder.takeTouched(SHAPE)).toEqual([]);
    recorder.cancel();
    expect(g.mask.every((label) => label === 0)).toBe(true);
    const changes = dab(g, rule(), SPHERE, [6, 5, 4], 2.6);
    expect(changes && slicesOfChanges(changes, SHAPE)).toEqual([3, 4, 5]);
  });
});

function openAll(): LabelLocks {
  const locks = new LabelLocks();
  for (let label = 1; label < 30; label++) locks.set(label, "open");
  return locks;
}
