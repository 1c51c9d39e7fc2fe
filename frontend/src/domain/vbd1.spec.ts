// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MaskDigest, treeDigest } from "./digest";
import {
  applySlices,
  changedSlices,
  decodeMask,
  decodeSlices,
  encodeMask,
  encodeSlices,
  packSlices,
  unpackSlices,
  Vbd1Error,
} from "./vbd1";
import { bytesOf, loadVectors } from "./vectors.testing";

const { masks } = loadVectors();
const { shape } = masks;
const before = bytesOf(masks.before_b64);
const after = bytesOf(masks.after_b64);

describe("VBD1 against the server's bytes", () => {
  it("reads a whole mask", async () => {
    expect(await decodeMask(bytesOf(masks.mask_payload_b64), shape)).toEqual(before);
  });

  it("reads a delta and applies it", async () => {
    const mask = before.slice();
    applySlices(mask, await decodeSlices(bytesOf(masks.delta_payload_b64), shape));
    expect(mask).toEqual(after);
  });

  it("packs a delta into the same bytes, whatever the order of its slices", () => {
    const changed = changedSlices(before, after, shape);
    expect(changed).toEqual(masks.changed_slices);
    expect(packSlices(after, shape, changed.reverse())).toEqual(bytesOf(masks.delta_body_b64));
  });

  it("lists no empty slice of a whole mask", async () => {
    expect((await decodeSlices(await encodeMask(before, shape))).slices.map((s) => s.k)).toEqual([1, 2, 4]);
    expect(unpackSlices(bytesOf(masks.mask_body_b64)).slices.map((s) => s.k)).toEqual([1, 2, 4]);
  });

  it("has the server's digest, before and after an edit of two slices", async () => {
    expect(await treeDigest(before, shape)).toBe(masks.before_digest);
    const mask = before.slice();
    const digest = new MaskDigest(mask, shape);
    await digest.hex();
    mask.set(after);
    digest.touch(masks.changed_slices);
    expect(await digest.hex()).toBe(masks.after_digest);
  });
});

describe("VBD1", () => {
  it("gives back any mask", async () => {
    const size = fc.integer({ min: 1, max: 6 });
    await fc.assert(
      fc.asyncProperty(
        size,
        size,
        size,
        fc.infiniteStream(fc.integer({ min: 0, max: 28 })),
        async (nx, ny, nz, labels) => {
          const mask = Uint8Array.from({ length: nx * ny * nz }, () => labels.next().value as number);
          expect(await decodeMask(await encodeMask(mask, [nx, ny, nz]), [nx, ny, nz])).toEqual(mask);
        },
      ),
      { numRuns: 40 },
    );
  });

  const body = packSlices(before, shape, [1, 2]);
  const altered = (change: (bytes: Uint8Array) => void): Uint8Array => {
    const copy = body.slice();
    change(copy);
    return copy;
  };

  it.each([
    ["another magic", altered((b) => b.set([0x58], 0)), /not a VBD1/],
    ["a cut off end", body.slice(0, -1), /cut off/],
    ["bytes after the end", Uint8Array.from([...body, 0]), /follow/],
    ["a slice out of range", altered((b) => b.set([9], 20)), /no slice 9/],
    ["more slices than the volume", altered((b) => b.set([99], 16)), /more slices/],
    ["runs too long", altered((b) => b.set([200], 28)), /longer/],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => unpackSlices(bytes)).toThrow(message);
  });

  it("refuses another grid, a slice twice and bytes that are not zlib", async () => {
    expect(() => unpackSlices(body, [5, 4, 7])).toThrow(Vbd1Error);
    const twice = packSlices(before, shape, [0, 3]);
    const second = twice.length / 2 + 10;
    twice.set([0], second);
    expect(() => unpackSlices(twice)).toThrow(/twice/);
    await expect(decodeSlices(Uint8Array.from([1, 2, 3]))).rejects.toThrow(/decompressed/);
  });

  it("refuses a mask that does not fill its grid", async () => {
    await expect(encodeSlices(before.subarray(1), shape, [0])).rejects.toThrow(Vbd1Error);
    expect(() => packSlices(before, shape, [6])).toThrow(/no slice 6/);
  });
});
