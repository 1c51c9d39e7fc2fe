// @vitest-environment node
import { expect, it } from "vitest";
import type { DesktopChange, ReturnedSaid } from "@/api/assignments";
import { ApiError } from "@/api/errors";
import { VolumeGeometry } from "@/domain/geometry";
import { MaskStore } from "@/domain/maskStore";
import { deflate, packSlices } from "@/domain/vbd1";
import { MaskEditor } from "@/viewer";
import { ReturnedMask, type NumberReading, type ShownFile } from "./returnedMask";

const SHAPE = [4, 4, 3] as const;
const [L1, L2] = [20, 21];
const FILE = new File(["voxels"], "case_mask_r3.seg.nrrd");
const AFFINE = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

async function changeTo(mask: Uint8Array, ks: number[], remarks: string[] = []): Promise<DesktopChange> {
  const delta = await deflate(packSlices(mask, SHAPE, ks));
  const level = { label: L2, before: 0, after: 4, added: 4, removed: 0 };
  return {
    revision: 3,
    digest: "",
    changed_voxels: 4,
    levels: [level],
    remarks,
    delta_b64: btoa(String.fromCharCode(...delta)),
  };
}

function at(
  answers: readonly (DesktopChange | ApiError)[],
  says: { replace?: boolean; numbering?: string | null } = {},
) {
  const refusals: string[] = [];
  const asked: ReturnedSaid[] = [];
  const readingsAsked: (readonly NumberReading[])[] = [];
  const shown: (ShownFile | null)[] = [];
  const editor = new MaskEditor(
    new VolumeGeometry(SHAPE, AFFINE),
    new MaskStore(new Uint8Array(48).fill(L1, 0, 4), SHAPE),
    new Int16Array(48),
    {
      drawn: () => undefined,
      edited: () => undefined,
      refused: (why) => refusals.push(why),
      previewed: () => undefined,
    },
  );
  const returned = new ReturnedMask(editor, {
    ask: (_, said) => {
      const next = answers[asked.length];
      asked.push(said);
      return next instanceof ApiError ? Promise.reject(next) : Promise.resolve(next ?? null);
    },
    replaces: () => Promise.resolve(says.replace ?? false),
    numbersOf: (_, readings) => {
      readingsAsked.push(readings);
      return Promise.resolve(says.numbering ?? null);
    },
    onShown: (now) => shown.push(now),
  });
  return { editor, returned, refusals, asked, readingsAsked, shown };
}

const repainted = new Uint8Array(48).fill(L1, 2, 4).fill(L2, 16, 20);
const movedOn = new ApiError("conflict", "mask_moved_on", "It was edited here.", 409);

it("shows what a file would change, and takes it in as one step that is undone as one", async () => {
  const change = await changeTo(repainted, [0, 1]);
  const { editor, returned, shown } = at([change]);
  const before = editor.mask.slice();
  await returned.take(FILE);
  expect(editor.mask).toEqual(before);
  expect(shown).toEqual([{ name: FILE.name, change }]);
  expect(editor.acceptPreview()).toBe(true);
  expect(editor.mask).toEqual(repainted);
  expect(editor.history.list.map(({ kind, name }) => [kind, name])).toEqual([["desktop", `Mask from ${FILE.name}`]]);
  editor.undo();
  expect(editor.mask).toEqual(before);
});

it("changes no vertebra that is locked", async () => {
  const { editor, returned, refusals } = at([await changeTo(repainted, [0, 1])]);
  const before = editor.mask.slice();
  editor.locks.set(L1, "locked");
  await returned.take(FILE);
  expect(editor.acceptPreview()).toBe(false);
  expect(refusals.at(-1)).toContain("L1 is locked");
  expect(editor.mask).toEqual(before);
});

it("asks before it takes a file of an earlier state of the mask", async () => {
  const left = at([movedOn]);
  await left.returned.take(FILE);
  expect(left.asked).toEqual([{}]);
  expect(left.shown).toEqual([]);
  const taken = at([movedOn, await changeTo(repainted, [0, 1])], { replace: true });
  await taken.returned.take(FILE);
  expect(taken.asked).toEqual([{}, { replace: true }]);
  expect(taken.shown).toHaveLength(1);
});

it("asks whose numbers a file holds, and keeps what was said before", async () => {
  const readings = [{ key: "consecutive:L1", name: "counted on", levels: "1 is L1" }];
  const unclear = new ApiError("invalid", "numbering_unconfirmed", "Which?", 400, { readings });
  const change = await changeTo(repainted, [0, 1]);
  const asking = at([movedOn, unclear, change], { replace: true, numbering: "1=L1" });
  await asking.returned.take(FILE);
  expect(asking.readingsAsked).toEqual([readings]);
  expect(asking.asked.at(-1)).toEqual({ replace: true, numbering: "1=L1" });
  const leaving = at([unclear, change]);
  await leaving.returned.take(FILE);
  expect(leaving.asked).toHaveLength(1);
});

it("says when nothing would change, with what is to be said of the file", async () => {
  const { editor, returned, refusals, shown } = at([await changeTo(new Uint8Array(48), [], ["Ribs were left out."])]);
  await returned.take(FILE);
  expect(refusals).toEqual([`${FILE.name} holds the mask as it is here. Ribs were left out.`]);
  expect(shown).toEqual([]);
  expect(editor.acceptPreview()).toBe(false);
});

it("passes on what is no question", async () => {
  const refused = new ApiError("invalid", "other_grid", "Another grid.", 400);
  await expect(at([refused]).returned.take(FILE)).rejects.toBe(refused);
});
