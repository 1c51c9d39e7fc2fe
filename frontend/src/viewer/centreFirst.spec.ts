// @vitest-environment node
import { expect, it } from "vitest";
import type { SlabEntry, SlabIndex } from "@/workers/slabIndex";
import type { SlabSource } from "@/workers/slabSource";
import { centreFirst } from "./centreFirst";

const SLABS = [0, 4, 8].map((k0): SlabEntry => ({ url: `/${k0}`, sha256: "", k0, k1: k0 + 4, bytes: 1 }));
const [LOW, MIDDLE, HIGH] = SLABS as [SlabEntry, SlabEntry, SlabEntry];

function sourceOf(answer: (slab: SlabEntry) => Promise<Int16Array<ArrayBuffer>>) {
  const asked: number[] = [];
  const index = { slabs: SLABS } as unknown as SlabIndex;
  const nothing = (): Promise<Int16Array<ArrayBuffer>> => Promise.resolve(new Int16Array(0));
  const source: SlabSource = {
    index,
    loadPreview: nothing,
    loadCoarse: nothing,
    loadSlab: (slab) => {
      asked.push(slab.k0);
      return answer(slab);
    },
    close: () => undefined,
  };
  return { source, asked };
}

it("asks for the slab in the centre at once, and for no slab twice", async () => {
  const { source, asked } = sourceOf(async ({ k0 }) => Int16Array.of(k0));
  const first = centreFirst(source, 6);
  expect([first.slab, asked]).toEqual([MIDDLE, [4]]);
  expect(await first.voxels).toEqual(Int16Array.of(4));
  expect(await first.source.loadSlab(MIDDLE)).toEqual(Int16Array.of(4));
  await first.source.loadSlab(HIGH);
  expect(asked).toEqual([4, 8]);
});

it("leaves it to loading to say why the slab could not be had", async () => {
  const { source } = sourceOf(() => Promise.reject(new Error("the server answered 403")));
  const first = centreFirst(source, 0);
  expect(first.slab).toBe(LOW);
  expect(await first.voxels).toBeNull();
  await expect(first.source.loadSlab(LOW)).rejects.toThrow("403");
});
