import { describe, expect, it } from "vitest";
import { changesBetween, entropyOf, inOtherNames, voteEntropy } from "./compareMasks";

describe("changes between two versions", () => {
  const before = Uint8Array.of(0, 20, 20, 21, 0);
  const after = Uint8Array.of(20, 20, 21, 21, 0);

  it("are added, removed and renamed voxels", () => {
    const { added, removed, renamed, renames, rows } = changesBetween(before, after, null);
    expect([...added]).toEqual([20, 0, 0, 0, 0]);
    expect([...removed]).toEqual([0, 0, 0, 0, 0]);
    expect([...renamed]).toEqual([0, 0, 21, 0, 0]);
    expect(renames).toEqual([{ from: 20, to: 21, voxels: 1 }]);
    expect(rows).toEqual([
      { label: 20, added: 1, removed: 1, before: 2, after: 2 },
      { label: 21, added: 1, removed: 0, before: 1, after: 2 },
    ]);
  });

  it("can be those of one level", () => {
    const { added, removed, renamed, rows } = changesBetween(before, after, 21);
    expect([...added]).toEqual([0, 0, 0, 0, 0]);
    expect([...removed]).toEqual([0, 0, 0, 0, 0]);
    expect([...renamed]).toEqual([0, 0, 21, 0, 0]);
    expect(rows.map(({ label }) => label)).toEqual([21]);
  });

  it("tell what goes, and what takes which name, the most voxels first", () => {
    const [former, later] = [Uint8Array.of(20, 20, 20, 21, 22), Uint8Array.of(0, 21, 21, 22, 22)];
    const { removed, renamed, renames } = changesBetween(former, later, null);
    expect([...removed]).toEqual([20, 0, 0, 0, 0]);
    expect([...renamed]).toEqual([0, 21, 21, 22, 0]);
    expect(renames).toEqual([
      { from: 20, to: 21, voxels: 2 },
      { from: 21, to: 22, voxels: 1 },
    ]);
    expect([...changesBetween(former, later, 22).renamed], "of one level: what it took and what it lost").toEqual([
      0, 0, 0, 22, 0,
    ]);
  });

  it("are none between a mask and itself", () => {
    expect(changesBetween(before, before, null).rows).toEqual([]);
  });

  it("need one size", () => {
    expect(() => changesBetween(before, new Uint8Array(2), null)).toThrow("size");
  });
});

describe("entropy of the votes", () => {
  it("is that of the server by hand", () => {
    expect(entropyOf([1, 1, 1])).toBe(0);
    expect(entropyOf([1, 1, 0])).toBeCloseTo(0.9183, 4);
    expect(entropyOf([0, 1, 2])).toBeCloseTo(1, 10);
  });

  it("is 0 where all raters agree", () => {
    const masks = [Uint8Array.of(0, 20, 20), Uint8Array.of(0, 20, 21), Uint8Array.of(0, 20, 22)];
    expect([...voteEntropy(masks)]).toEqual([0, 0, 255]);
  });
});

describe("a mask in other names", () => {
  it("moves all names at once", () => {
    expect([
      ...inOtherNames(
        Uint8Array.of(0, 20, 21),
        new Map([
          [20, 21],
          [21, 22],
        ]),
      ),
    ]).toEqual([0, 21, 22]);
  });

  it("leaves no second vertebra under a name that was taken", () => {
    expect([...inOtherNames(Uint8Array.of(19, 20), new Map([[20, 19]]))]).toEqual([0, 19]);
  });

  it("is the mask itself where the names are the same", () => {
    const mask = Uint8Array.of(20);
    expect(inOtherNames(mask, new Map([[20, 20]]))).toBe(mask);
  });
});
