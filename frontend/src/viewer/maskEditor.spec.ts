// @vitest-environment node
import { expect, it } from "vitest";
import { treeDigest } from "@/domain/digest";
import { VolumeGeometry, type Shape } from "@/domain/geometry";
import { decodeSlices, encodeSlices } from "@/domain/vbd1";
import { MaskEditor } from "./maskEditor";
import type { EditEvent } from "./types";

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
  const hooks = { drawn: () => undefined, edited: (event: EditEvent) => edits.push(event), refused: (why: string) => refusals.push(why) };
  const editor = new MaskEditor(new VolumeGeometry(SHAPE, AFFINE), mask, new Int16Array(VOXELS), hooks);
  return { editor, edits, refusals };
}

it("takes a source's slices from the server exactly, as one step", async () => {
  const fused = Uint8Array.from({ length: VOXELS }, (_, index) => (index % 5 === 0 ? 20 : 0));
  const taken = Uint8Array.from({ length: VOXELS }, (_, index) => (index > 60 && index % 3 === 0 ? 20 : index % 7 === 0 ? 21 : 0));
  // Slice 0 stays as it was: only what differs is sent.
  taken.set(fused.subarray(0, 56));
  const payload = await encodeSlices(taken, SHAPE, [1, 2, 3, 4, 5]);
  const { editor, edits } = editorOf(fused.slice());
  expect(editor.applyDelta(await decodeSlices(payload, SHAPE), "taken", "Take L1 from R2", 20)).toBe(true);
  expect(await treeDigest(editor.mask, SHAPE)).toBe(await treeDigest(taken, SHAPE));
  expect(edits.map(({ kind, slices }) => [kind, slices])).toEqual([["taken", [1, 2, 3, 4, 5]]]);
  expect(editor.summary.get(20)?.voxels).toBe(taken.filter((label) => label === 20).length);
  expect(editor.undo()).toBe(true);
  expect(editor.mask).toEqual(fused);
});

it("does a whole-vertebra operation as one step, says when there is nothing to do, and refuses a locked level", () => {
  const mask = new Uint8Array(VOXELS);
  mask.fill(20, 0, 3);
  mask[40] = 20;
  const before = mask.slice();
  const { editor, edits, refusals } = editorOf(mask);
  editor.operate({ kind: "keep-largest" }, "Keep");
  expect(refusals).toEqual(["Choose a vertebra first."]);
  editor.activeLabel = 20;
  expect(editor.operate({ kind: "keep-largest" }, "Keep")).toBe(true);
  expect(mask[40]).toBe(0);
  expect(editor.operate({ kind: "keep-largest" }, "Keep")).toBe(false);
  expect(refusals.at(-1)).toContain("nothing to change");
  expect(edits.map(({ kind }) => kind)).toEqual(["keep-largest"]);
  editor.undo();
  expect(mask).toEqual(before);
  editor.locks.set(20, "locked");
  expect(editor.operate({ kind: "grow", mm: 3 }, "Grow")).toBe(false);
  expect(mask).toEqual(before);
});
