// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesOfDelta, relabelChanges } from "./changes";
import { treeDigest } from "./digest";
import type { Shape } from "./geometry";
import { MaskStore } from "./maskStore";
import { MaskSummary } from "./summary";
import { unpackSlices } from "./vbd1";

const SHAPE: Shape = [4, 3, 5];
const VOXELS = 60;
const ALL = { low: [0, 0, 0], high: [3, 2, 4] } as const;

type Act = (store: MaskStore) => void;

const stroke = fc
  .tuple(fc.array(fc.integer({ min: 0, max: VOXELS - 1 }), { minLength: 1, maxLength: 9 }), fc.constantFrom(0, 19, 20))
  .map(([voxels, label]): Act => (store) => {
    const recorder = store.begin();
    for (const index of voxels) recorder.set(index, label);
    const changes = recorder.finish();
    if (changes) store.keep({ kind: "brush", name: "Paint", label, changes });
  });
const cancelled = fc.integer({ min: 0, max: VOXELS - 1 }).map((index): Act => (store) => {
  const recorder = store.begin();
  recorder.set(index, 28);
  recorder.cancel();
});
const swap: Act = (store) => {
  const moves = new Map([
    [19, 20],
    [20, 19],
  ]);
  const changes = relabelChanges(store.labels, SHAPE, ALL, moves);
  if (changes) store.make({ kind: "relabel", name: "Swap", label: null, changes });
};
const act: fc.Arbitrary<Act> = fc.oneof(
  stroke,
  cancelled,
  fc.constantFrom<Act>(
    swap,
    (store) => store.undo(),
    (store) => store.redo(),
  ),
);

const counts = (summary: Pick<MaskSummary, "labels" | "get">) =>
  summary.labels().map((label) => [label, summary.get(label)?.voxels, summary.get(label)?.centre]);

describe("the mask's store", () => {
  it("has counts, centres and a digest of the labels as they are, whatever was done", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 20 }), async (acts) => {
        const store = new MaskStore(new Uint8Array(VOXELS).fill(19, 3, 9), SHAPE);
        await store.digest();
        for (const next of acts) {
          next(store);
          expect(counts(store.summary)).toEqual(counts(new MaskSummary(store.labels, SHAPE)));
          expect(await store.digest()).toBe(await treeDigest(store.labels.slice(), SHAPE));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("digests each step as it left the mask, though the next one is made before the digest is there", async () => {
    const store = new MaskStore(new Uint8Array(VOXELS), SHAPE);
    const server = new Uint8Array(VOXELS);
    const steps: { packed: Uint8Array; digest: Promise<string> }[] = [];
    for (const [index, label] of [
      [0, 19],
      [1, 20],
      [40, 20],
      [0, 0],
    ] as const) {
      const recorder = store.begin();
      recorder.set(index, label);
      store.keep({ kind: "brush", name: "Paint", label, changes: recorder.finish()! });
      const packed = store.pack([Math.floor(index / 12)]);
      steps.push({ packed, digest: store.digestAfter(packed) });
    }
    for (const { packed, digest } of steps) {
      for (const { k, voxels } of unpackSlices(packed, SHAPE).slices) server.set(voxels, k * 12);
      expect(await digest).toBe(await treeDigest(server, SHAPE));
    }
    expect(server).toEqual(store.labels.slice());
  });

  it("is not written by those who work out a change", () => {
    const store = new MaskStore(new Uint8Array(VOXELS).fill(19), SHAPE);
    const before = store.labels.slice();
    expect(relabelChanges(store.labels, SHAPE, ALL, new Map([[19, 20]]))?.count).toBe(VOXELS);
    const delta = { shape: SHAPE, slices: [{ k: 1, voxels: new Uint8Array(12) }] };
    expect(changesOfDelta(store.labels, delta)?.count).toBe(12);
    expect(store.labels.slice()).toEqual(before);
  });

  it("lets nobody else write: the compiler refuses it", () => {
    const { labels, summary, history } = new MaskStore(new Uint8Array(VOXELS), SHAPE);
    const written = (): void => {
      // @ts-expect-error labels are for reading
      labels[0] = 1;
      // @ts-expect-error labels are for reading
      labels.fill(1);
      // @ts-expect-error the store counts
      summary.update(null, 1);
      // @ts-expect-error the store keeps the steps
      history.push(null);
    };
    expect(written).toBeTypeOf("function");
  });

  it("refuses labels that do not fill its grid", () => {
    expect(() => new MaskStore(new Uint8Array(VOXELS - 1), SHAPE)).toThrow("59 voxels");
  });
});
