// @vitest-environment node
import { expect, it } from "vitest";
import { RunScanner, runsOf } from "./runs";

it("finds the same ends as a look at every voxel, at any alignment", () => {
  let seed = 7;
  const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
  for (let turn = 0; turn < 60; turn++) {
    const offset = random(8);
    const voxels = new Uint8Array(new ArrayBuffer(200), offset, 150 + random(40));
    for (let at = 0; at < voxels.length;) {
      const length = 1 + random(turn % 2 === 0 ? 3 : 40);
      voxels.fill([0, 255, 3][random(3)] ?? 0, at, at + length);
      at += length;
    }
    const scanner = new RunScanner(voxels);
    for (let start = 0; start < voxels.length; start++) {
      const limit = Math.min(voxels.length, start + 1 + random(60));
      let end = start + 1;
      while (end < limit && voxels[end] === voxels[start]) end++;
      expect(scanner.end(start, limit)).toBe(end);
    }
  }
});

it("splits runs at the ends of rows and leaves background out", () => {
  const mask = Uint8Array.from([0, 0, 0, 5, 5, 5, 5, 0, 0, 9, 0, 0]);
  expect([...runsOf(mask, 4)]).toEqual([
    { label: 5, start: 3, end: 4 },
    { label: 5, start: 4, end: 7 },
    { label: 9, start: 9, end: 10 },
  ]);
});
