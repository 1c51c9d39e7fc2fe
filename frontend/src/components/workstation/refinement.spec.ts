// @vitest-environment node
import { expect, it } from "vitest";
import { VolumeGeometry } from "@/domain/geometry";
import { MaskStore } from "@/domain/maskStore";
import { MaskEditor } from "@/viewer";
import { Refinement, toolForEmptyLevel, type AskEngine, type RefineClick } from "./refinement";

const AFFINE = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

function made(ask: AskEngine) {
  let shown = false;
  const refusals: string[] = [];
  const editor = new MaskEditor(
    new VolumeGeometry([4, 4, 3], AFFINE),
    new MaskStore(new Uint8Array(48).fill(20, 0, 4), [4, 4, 3]),
    new Int16Array(48),
    {
      drawn: () => undefined,
      edited: () => undefined,
      refused: (why) => refusals.push(why),
      previewed: (preview) => {
        shown = preview !== null;
      },
    },
  );
  editor.activeLabel = 20;
  let drawn: readonly RefineClick[] = [];
  const refinement = new Refinement(
    editor,
    () => shown,
    ask,
    (clicks) => {
      drawn = clicks;
    },
  );
  return { editor, refusals, refinement, drawn: () => drawn };
}

const click = (k: number): RefineClick => ({ voxel: [0, 0, k], positive: true });

it("asks with all clicks so far, shows the answer, and begins anew once it is accepted", async () => {
  const asked: number[] = [];
  const { editor, refinement } = made(async (label, clicks) => {
    asked.push(clicks.length);
    return { shape: [4, 4, 3], slices: [{ k: clicks.length, voxels: new Uint8Array(16).fill(label) }] };
  });
  const loaded = editor.mask.slice();
  expect(await refinement.click(click(0))).toBe(true);
  expect(editor.labelAt([0, 0, 1])).toBe(0);
  await refinement.click(click(1));
  expect(asked).toEqual([1, 2]);
  editor.acceptPreview();
  expect([editor.labelAt([0, 0, 1]), editor.labelAt([0, 0, 2])]).toEqual([0, 20]);
  expect(editor.history.list.map(({ name, kind }) => [name, kind])).toEqual([["Refine L1 by 2 clicks", "refine"]]);
  await refinement.click(click(1));
  expect(asked).toEqual([1, 2, 1]);
  editor.cancelPreview();
  editor.undo();
  expect(editor.mask).toEqual(loaded);
});

it("leaves a locked vertebra alone, and forgets a click that the engine did not answer", async () => {
  const asked: number[] = [];
  const { editor, refinement, refusals } = made(async (_, clicks) => {
    asked.push(clicks.length);
    throw new Error("no engine");
  });
  await expect(refinement.click(click(0))).rejects.toThrow("no engine");
  await expect(refinement.click(click(0))).rejects.toThrow("no engine");
  expect(asked).toEqual([1, 1]);
  editor.locks.set(20, "locked");
  expect(await refinement.click(click(0))).toBe(false);
  expect(refusals.at(-1)).toContain("L1 is locked");
});

it("takes the last click back without asking again, and draws the clicks that count", async () => {
  const asked: number[] = [];
  const { editor, refinement, drawn } = made(async (label, clicks) => {
    asked.push(clicks.length);
    return { shape: [4, 4, 3], slices: [{ k: clicks.length, voxels: new Uint8Array(16).fill(label) }] };
  });
  const loaded = editor.mask.slice();
  await refinement.click(click(0));
  await refinement.click({ ...click(1), positive: false });
  expect(drawn().map(({ positive }) => positive)).toEqual([true, false]);
  expect(editor.undo()).toBe(true);
  expect(drawn()).toEqual([click(0)]);
  expect(asked).toEqual([1, 2]);
  editor.acceptPreview();
  expect([editor.labelAt([0, 0, 1]), editor.labelAt([0, 0, 2])]).toEqual([20, 0]);
  editor.undo();
  await refinement.click(click(2));
  editor.undo();
  expect(drawn()).toEqual([]);
  expect(editor.mask).toEqual(loaded);
});

it("leaves a click out that changes nothing, and keeps what was shown", async () => {
  const { editor, refinement, refusals, drawn } = made(async (label, clicks) => ({
    shape: [4, 4, 3],
    slices: clicks.length === 1 ? [{ k: 1, voxels: new Uint8Array(16).fill(label) }] : [],
  }));
  await refinement.click(click(0));
  expect(await refinement.click(click(1))).toBe(false);
  expect(refusals.at(-1)).toContain("left out");
  expect(drawn()).toEqual([click(0)]);
  editor.acceptPreview();
  expect(editor.labelAt([0, 0, 1])).toBe(20);
});

it("has an empty level drawn by the first click, which must say where it is, and refines it by the next", async () => {
  const asked: number[] = [];
  const { editor, refinement, refusals } = made(async (label, clicks) => {
    asked.push(clicks.length);
    return { shape: [4, 4, 3], slices: [{ k: clicks.length, voxels: new Uint8Array(16).fill(label) }] };
  });
  editor.activeLabel = 22;
  expect(await refinement.click({ ...click(1), positive: false })).toBe(false);
  expect(refusals.at(-1)).toBe("L3 has no voxel yet: click into the middle of its body first.");
  expect(await refinement.click(click(1))).toBe(true);
  expect(editor.labelAt([0, 0, 1])).toBe(0);
  expect(await refinement.click({ ...click(2), positive: false })).toBe(true);
  expect(asked).toEqual([1, 2]);
  editor.acceptPreview();
  expect(editor.labelAt([0, 0, 2])).toBe(22);
  expect(editor.history.list.map(({ name }) => name)).toEqual(["Draw L3 by 2 clicks"]);
});

it("takes up clicks for an empty level, unless a tool that draws is in hand", () => {
  expect((["crosshair", "window", "erase", "split", "circle", "contour"] as const).map(toolForEmptyLevel)).toEqual([
    "refine",
    "refine",
    "refine",
    "refine",
    "circle",
    "contour",
  ]);
});
