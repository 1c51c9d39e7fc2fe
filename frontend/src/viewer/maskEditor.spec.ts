// @vitest-environment node
import fc from "fast-check";
import { expect, it } from "vitest";
import { treeDigest } from "@/domain/digest";
import { VolumeGeometry, type Shape } from "@/domain/geometry";
import { MaskStore } from "@/domain/maskStore";
import type { Operation } from "@/domain/operations";
import { directRunner } from "@/domain/operationTask";
import { MaskSummary } from "@/domain/summary";
import { decodeSlices, encodeSlices } from "@/domain/vbd1";
import { MaskEditor } from "./maskEditor";
import { COMING, GOING, UNTOUCHED } from "./maskPreview";
import { OperationDesk } from "./operationDesk";
import type { EditEvent, Preview } from "./types";

const SHAPE: Shape = [8, 7, 6];
const VOXELS = 8 * 7 * 6;
const AFFINE = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 2, 0],
  [0, 0, 0, 1],
] as const;

function editorOf(mask: Uint8Array) {
  const edits: EditEvent[] = [];
  const refusals: string[] = [];
  const hooks = {
    drawn: () => undefined,
    edited: (event: EditEvent) => edits.push(event),
    refused: (why: string) => refusals.push(why),
    previewed: () => undefined,
  };
  const editor = new MaskEditor(
    new VolumeGeometry(SHAPE, AFFINE),
    new MaskStore(mask, SHAPE),
    new Int16Array(VOXELS),
    hooks,
  );
  return { editor, edits, refusals };
}

it("takes a source's slices from the server exactly, as one step", async () => {
  const fused = Uint8Array.from({ length: VOXELS }, (_, index) => (index % 5 === 0 ? 20 : 0));
  const taken = Uint8Array.from({ length: VOXELS }, (_, index) =>
    index > 60 && index % 3 === 0 ? 20 : index % 7 === 0 ? 21 : 0,
  );
  // Slice 0 stays as it was: only what differs is sent.
  taken.set(fused.subarray(0, 56));
  const payload = await encodeSlices(taken, SHAPE, [1, 2, 3, 4, 5]);
  const { editor, edits } = editorOf(fused.slice());
  expect(editor.applyDelta(await decodeSlices(payload, SHAPE), "taken", "Take L1 from R2", 20)).toBe(true);
  expect(await treeDigest(editor.mask.slice(), SHAPE)).toBe(await treeDigest(taken, SHAPE));
  expect(edits.map(({ kind, slices }) => [kind, slices])).toEqual([["taken", [1, 2, 3, 4, 5]]]);
  expect(editor.summary.get(20)?.voxels).toBe(taken.filter((label) => label === 20).length);
  expect(editor.undo()).toBe(true);
  expect(editor.mask).toEqual(fused);
});

it("paints an area that was found elsewhere under the rule of every tool: no locked label changes", () => {
  const start = Uint8Array.from({ length: VOXELS }, (_, index) => [0, 20, 21][index % 3] ?? 0);
  const { editor, edits, refusals } = editorOf(start.slice());
  const everything = (wanted: (index: number) => boolean): number[] => [...start.keys()].filter(wanted);
  editor.activeLabel = 20;
  editor.paintArea("fill", [0, 0, 0], false, everything);
  expect(editor.mask).toEqual(start.map((label) => (label === 0 ? 20 : label)));
  editor.undo();
  editor.paintArea("scissors", [0, 0, 0], true, () => start.keys());
  expect(editor.mask).toEqual(start.map((label) => (label === 20 ? 0 : label)));
  editor.undo();
  editor.locks.set(20, "locked");
  editor.paintArea("fill", [0, 0, 0], false, everything);
  editor.locks.set(20, "auto");
  editor.paintArea("fill", [0, 0, 0], false, () => null);
  expect(editor.mask).toEqual(start);
  expect(edits.map(({ name }) => name)).toEqual(["Fill L1", "Undo Fill L1", "Cut L1", "Undo Cut L1"]);
  expect(refusals).toEqual(["L1 is locked.", "That area is open to the border of the slice; close the outline first."]);
});

/** The same, with the desk that runs operations; in this thread, so that a test needs no worker. */
function deskOf(mask: Uint8Array, hu = new Int16Array(VOXELS)) {
  const refusals: string[] = [];
  const previews: (Preview | null)[] = [];
  const hooks = {
    drawn: () => undefined,
    edited: () => undefined,
    refused: (why: string) => refusals.push(why),
    previewed: (preview: Preview | null) => previews.push(preview),
  };
  const editor = new MaskEditor(new VolumeGeometry(SHAPE, AFFINE), new MaskStore(mask, SHAPE), hu, hooks);
  return { editor, desk: new OperationDesk(editor, directRunner, () => undefined), refusals, previews };
}

it("does a whole-vertebra operation as one step, says when there is nothing to do, and refuses a locked level", async () => {
  const mask = new Uint8Array(VOXELS);
  mask.fill(20, 0, 3);
  mask[40] = 20;
  const before = mask.slice();
  const { editor, desk, refusals } = deskOf(mask);
  const keep = { operation: { kind: "keep-largest" }, name: "Keep" } as const;
  expect(await desk.operate(keep)).toBe(false);
  expect(refusals).toEqual(["Choose a vertebra first."]);
  editor.activeLabel = 20;
  expect(await desk.operate(keep)).toBe(true);
  expect(mask[40]).toBe(0);
  expect(await desk.operate(keep)).toBe(false);
  expect(refusals.at(-1)).toContain("nothing to change");
  expect(editor.history.list.map(({ name, kind }) => [name, kind])).toEqual([["Keep", "keep-largest"]]);
  editor.undo();
  expect(mask).toEqual(before);
  editor.locks.set(20, "locked");
  expect(await desk.operate({ operation: { kind: "grow", mm: 3 }, name: "Grow" })).toBe(false);
  expect(refusals.at(-1)).toContain("L1 is locked");
  expect(mask).toEqual(before);
});

it("works on all vertebrae but those locked by hand", async () => {
  const mask = new Uint8Array(VOXELS);
  for (const [label, start] of [
    [19, 0],
    [20, 112],
    [21, 224],
  ] as const)
    mask.fill(label, start, start + 4);
  const hu = new Int16Array(VOXELS).fill(3000);
  const { editor, desk } = deskOf(mask, hu);
  editor.locks.set(20, "locked");
  expect(await desk.operate({ operation: { kind: "exclude-above", hu: 2000 }, name: "Metal", scope: "all" })).toBe(
    true,
  );
  expect(new Set(mask)).toEqual(new Set([0, 20]));
  editor.undo();
  expect(editor.summary.labels()).toEqual([19, 20, 21]);
});

it("shows a change before it is made: cancelled it is gone, accepted it is one step, and an edit makes room", async () => {
  const mask = new Uint8Array(VOXELS);
  mask.fill(20, 0, 56);
  mask.fill(20, 224, 280);
  const before = mask.slice();
  const { editor, desk, previews } = deskOf(mask);
  editor.activeLabel = 20;
  const ask = () =>
    desk.operate({ operation: { kind: "interpolate", axis: 2 }, name: "Interpolate L1", preview: true });
  expect(await ask()).toBe(true);
  expect(previews.at(-1)).toMatchObject({ added: 168, removed: 0 });
  expect(editor.labelAt([2, 2, 2])).toBe(0);
  expect(editor.preview.at(2 + 8 * (2 + 7 * 2))).toBe(COMING);
  expect(editor.preview.at(0)).toBe(UNTOUCHED);
  expect(mask, "what is handed in does not know of it").toEqual(before);
  expect(editor.cancelPreview()).toBe(true);
  expect(editor.preview.at(2 + 8 * (2 + 7 * 2))).toBe(UNTOUCHED);
  expect(mask).toEqual(before);
  await ask();
  expect(editor.acceptPreview()).toBe(true);
  expect(editor.history.list.map((step) => step.name)).toEqual(["Interpolate L1"]);
  expect(new Set(mask.subarray(0, 280))).toEqual(new Set([20]));
  editor.undo();
  await ask();
  editor.startStroke({ kind: "sphere" }, false, 1, [4, 4, 5]);
  editor.endStroke();
  expect(new Set(mask)).toEqual(new Set([0, 20]));
  expect(previews.at(-1)).toBeNull();
});

it("tells what would come from what would go", () => {
  const mask = new Uint8Array(VOXELS);
  mask.fill(20, 8, 12);
  const { editor } = deskOf(mask);
  const changes = {
    starts: Uint32Array.of(2, 8),
    lengths: Uint32Array.of(3, 2),
    before: Uint8Array.of(0, 20),
    after: Uint8Array.of(21, 0),
    count: 5,
  };
  editor.propose({ changes, kind: "split", name: "Split L1", label: 20 });
  expect([1, 2, 4, 5, 7, 8, 9, 10].map((index) => editor.preview.at(index))).toEqual([
    UNTOUCHED,
    COMING,
    COMING,
    UNTOUCHED,
    UNTOUCHED,
    GOING,
    GOING,
    UNTOUCHED,
  ]);
  expect(mask.subarray(0, 12)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 20, 20, 20, 20));
});

it("renames, merges and deletes no level that is locked by hand", () => {
  const mask = new Uint8Array(VOXELS);
  mask.fill(19, 0, 9);
  mask.fill(20, 60, 70);
  const before = mask.slice();
  const { editor, refusals } = deskOf(mask);
  editor.locks.set(20, "locked");
  for (const moves of [
    new Map([
      [19, 20],
      [20, 21],
    ]),
    new Map([[19, 20]]),
    new Map([[20, 0]]),
  ]) {
    expect(editor.relabel(moves, "Renumber")).toBe(false);
    expect(refusals.at(-1)).toContain("L1 is locked");
  }
  editor.locks.set(21, "locked");
  expect(
    editor.relabel(
      new Map([
        [19, 21],
        [21, 19],
      ]),
      "Swap",
    ),
  ).toBe(false); // L2 is not there, but it is locked
  expect(mask).toEqual(before);
  expect(editor.relabel(new Map([[19, 18]]), "Renumber")).toBe(true);
});

it("splits along a line drawn in a plane; the other side can be had", async () => {
  const mask = new Uint8Array(VOXELS).fill(20);
  const { editor, desk } = deskOf(mask);
  editor.activeLabel = 20;
  expect(
    await desk.splitBy(
      "sagittal",
      [
        [0, 2.5],
        [6, 2.5],
      ],
      null,
    ),
  ).toBe(true);
  editor.acceptPreview();
  expect([...new Set(mask.subarray(0, 168))]).toEqual([21]);
  expect([...new Set(mask.subarray(168))]).toEqual([20]);
  editor.undo();
  await desk.splitBy(
    "sagittal",
    [
      [0, 2.5],
      [6, 2.5],
    ],
    28,
  );
  editor.acceptPreview();
  expect(mask[VOXELS - 1]).toBe(28);
  editor.undo();
  await desk.splitBy(
    "sagittal",
    [
      [0, 2.5],
      [6, 2.5],
    ],
    28,
  );
  await desk.turnSplit();
  editor.acceptPreview();
  expect([mask[0], mask[VOXELS - 1]]).toEqual([28, 20]);
});

type Action = (tools: ReturnType<typeof deskOf>) => unknown;
const anywhere = fc.tuple(
  fc.integer({ min: 0, max: 7 }),
  fc.integer({ min: 0, max: 6 }),
  fc.integer({ min: 0, max: 5 }),
);
const plane = fc.constantFrom("sagittal" as const, "coronal" as const, "axial" as const);
const level = fc.constantFrom(19, 20, 21, 28);
const operation = fc.constantFrom<Operation>(
  { kind: "fill-holes" },
  { kind: "keep-largest" },
  { kind: "grow", mm: 2 },
  { kind: "shrink", mm: 1 },
  { kind: "smooth", sigmaMm: 1 },
  { kind: "median", mm: 2 },
  { kind: "interpolate", axis: 2 },
  { kind: "exclude-above", hu: 500 },
  { kind: "remove-small", minimumMm3: 6 },
);
const undo: Action = ({ editor }) => editor.undo();
const redo: Action = ({ editor }) => editor.redo();
const STEPPING: ReadonlySet<Action> = new Set([undo, redo]);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ label: level }).map(({ label }): Action => ({ editor }) => {
    editor.activeLabel = label;
  }),
  fc.record({ label: level, state: fc.constantFrom("auto" as const, "open" as const, "locked" as const) }).map(
    ({ label, state }): Action =>
      ({ editor }) =>
        editor.locks.set(label, state),
  ),
  fc
    .record({ plane, from: anywhere, to: anywhere, erase: fc.boolean(), all: fc.boolean() })
    .map(({ plane: p, from, to, erase, all }): Action => ({ editor }) => {
      editor.scope = all ? "all" : "one";
      if (!editor.startStroke(all ? { kind: "sphere" } : { kind: "circle", plane: p }, erase, 2, from)) return;
      editor.continueStroke(to);
      editor.endStroke();
    }),
  fc.record({ plane, at: anywhere }).map(
    ({ plane: p, at }): Action =>
      ({ editor }) =>
        editor.fill(p, at, false),
  ),
  fc.record({ plane, slice: fc.integer({ min: 0, max: 5 }), fill: fc.boolean() }).map(
    ({ plane: p, slice, fill }): Action =>
      ({ editor }) =>
        editor.cut(
          p,
          slice,
          [
            [1, 1],
            [5, 1],
            [5, 4],
            [1, 4],
          ],
          { mode: fill ? "fill-inside" : "erase-inside", outline: "rectangle", depth: 1 },
        ),
  ),
  fc
    .record({
      operation,
      all: fc.boolean(),
      preview: fc.constantFrom("no" as const, "accept" as const, "cancel" as const),
    })
    .map(({ operation: o, all, preview }): Action => async ({ editor, desk }) => {
      await desk.operate({ operation: o, name: o.kind, scope: all ? "all" : "one", preview: preview !== "no" });
      if (preview === "accept") editor.acceptPreview();
    }),
  fc.record({ plane, from: anywhere, to: anywhere }).map(
    ({ plane: p, from, to }): Action =>
      ({ desk }) =>
        desk.splitBy(
          p,
          [
            [from[0], from[1]],
            [to[0], to[1]],
          ],
          28,
        ),
  ),
  fc.record({ plane, at: anywhere }).map(
    ({ plane: p, at }): Action =>
      ({ desk }) =>
        desk.growAt(p, at, { gate: { kind: "adaptive", toleranceHu: 300 }, reachMm: 4, depth: "volume" }),
  ),
  fc.record({ from: level, to: level }).map(
    ({ from, to }): Action =>
      ({ editor }) =>
        editor.relabel(
          new Map([
            [from, to],
            [to, from],
          ]),
          "Swap",
        ),
  ),
  fc.constantFrom<Action>(undo, redo),
);

it("gives back the loaded mask voxel for voxel when all is undone, whatever was done; and no locked level ever changed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 30 }), fc.integer(), async (actions, seed) => {
      const mask = Uint8Array.from({ length: VOXELS }, (_, index) =>
        (index * 31 + seed) % 5 === 0 ? 20 : index % 7 === 0 ? 19 : 0,
      );
      const hu = Int16Array.from({ length: VOXELS }, (_, index) => (index * 97) % 1000);
      const loaded = mask.slice();
      const tools = deskOf(mask, hu);
      const { editor } = tools;
      for (const act of actions) {
        const locked = editor.locks.lockedAmong([19, 20, 21, 28]);
        editor.cancelPreview();
        const before = mask.slice();
        await act(tools);
        editor.cancelPreview();
        // Undoing goes back to before a lock, too.
        if (!STEPPING.has(act))
          expect(
            before.findIndex(
              (label, index) => label !== mask[index] && (locked.includes(label) || locked.includes(mask[index] ?? 0)),
            ),
          ).toBe(-1);
      }
      editor.cancelPreview();
      while (editor.undo()) continue;
      expect(mask.findIndex((label, index) => label !== loaded[index])).toBe(-1);
      expect(editor.summary.labels()).toEqual(new MaskSummary(loaded, SHAPE).labels());
    }),
    { numRuns: 60 },
  );
});

it("makes no proposed change to a level that was locked since it was shown", async () => {
  const { editor, refusals } = editorOf(
    Uint8Array.from({ length: VOXELS }, (_, index) => (index % 8 < 3 ? 20 : index % 8 < 5 ? 21 : 0)),
  );
  const before = editor.mask.slice();
  editor.activeLabel = 20;
  editor.locks.set(21, "open");
  const desk = new OperationDesk(editor, directRunner, () => undefined);
  expect(await desk.operate({ operation: { kind: "grow", mm: 2 }, name: "Grow L1", preview: true })).toBe(true);
  editor.locks.set(21, "locked");
  expect(editor.acceptPreview()).toBe(false);
  expect(refusals.at(-1)).toContain("L2 is locked");
  editor.cancelPreview();
  expect(editor.mask).toEqual(before);
});
