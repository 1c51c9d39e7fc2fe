// @vitest-environment node
import { expect, it } from "vitest";
import { IncomingError } from "@/domain/incoming";
import { parseSlabIndex } from "./slabIndex";

const blob = { sha256: "ab", bytes: 9 };
const INDEX = {
  version: 1,
  dtype: "int16",
  shape: [4, 3, 5],
  affine_ras_mm: [
    [1, 0, 0, -2],
    [0, 1, 0, 3],
    [0, 0, 2, 4],
    [0, 0, 0, 1],
  ],
  hu_range: [-1024, 3071],
  coarse: { ...blob, url: "/c", shape: [2, 2, 3], factor: [2, 2, 2] },
  slabs: [
    { ...blob, url: "/b", k0: 3, k1: 5 },
    { ...blob, url: "/a", k0: 0, k1: 3 },
  ],
};

it("reads an index, its slabs in order", () => {
  const index = parseSlabIndex(INDEX);
  expect(index.slabs.map(({ url }) => url)).toEqual(["/a", "/b"]);
  expect([index.shape, index.affineRasMm[2]?.[3], index.huRange, index.coarse.factor]).toEqual([
    [4, 3, 5],
    4,
    [-1024, 3071],
    [2, 2, 2],
  ]);
});

it.each([
  [null, "index"],
  [{ ...INDEX, version: 2 }, "version"],
  [{ ...INDEX, dtype: "uint8" }, "dtype"],
  [{ ...INDEX, shape: [4, 3] }, "shape"],
  [{ ...INDEX, affine_ras_mm: [[1, 0, 0, null]] }, "affine_ras_mm.0.3"],
  [{ ...INDEX, coarse: { ...INDEX.coarse, url: "" } }, "coarse.url"],
  [{ ...INDEX, slabs: [{ ...INDEX.slabs[1], k1: 2.5 }] }, "slabs.0.k1"],
  [{ ...INDEX, slabs: [INDEX.slabs[1]] }, "slices from 3 on are missing"],
  [{ ...INDEX, slabs: [...INDEX.slabs, INDEX.slabs[0]] }, "slices from 5 on are missing"],
])("refuses one that is wrong and says where (%#)", (value, place) => {
  expect(() => parseSlabIndex(value)).toThrow(IncomingError);
  expect(() => parseSlabIndex(value)).toThrow(place);
});
