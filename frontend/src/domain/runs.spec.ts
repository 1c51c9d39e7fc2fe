// @vitest-environment node
import { expect, it } from "vitest";
import { RunScanner } from "./runs";

it("finds the same ends as a look at every voxel, at any alignment", () => {
  let seed = 7;
  const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
  for (let turn = 0; turn < 60; turn++) {
    const offset = random(8);
    const voxels = new Uint8Array(new ArrayBuffer(200), offset, 150 + random(40));
    for (let at = 0; at < voxels.length; ) {
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
