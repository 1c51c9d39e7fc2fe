import { describe, expect, it } from "vitest";
import { HISTOGRAM_HU, histogramHeights, histogramOf } from "./histogram";

const binOf = (hu: number): number => Math.floor((hu - HISTOGRAM_HU.low) / HISTOGRAM_HU.bin);

describe("a histogram", () => {
  it("counts each voxel in the bin that its density lies in, and leaves out what lies beyond", () => {
    const { counts } = histogramOf(Int16Array.from([-1100, -1071, -1070, 0, 400, 400, 3099, 3100, -2000]));
    const found = counts.flatMap((count, bin) => (count > 0 ? [[bin, count]] : []));
    expect(found).toEqual([
      [0, 2],
      [1, 1],
      [binOf(0), 1],
      [binOf(400), 2],
      [binOf(3099), 1],
    ]);
    expect(counts).toHaveLength(140);
  });

  it("reads a part of a large CT that stands for all of it, also where every other column is air", () => {
    const voxels = Int16Array.from({ length: 900_000 }, (_, at) => (at % 2 === 0 ? -1000 : 300));
    const { counts } = histogramOf(voxels);
    const [air, bone] = [counts[binOf(-1000)] ?? 0, counts[binOf(300)] ?? 0];
    expect(air + bone).toBeGreaterThan(100_000);
    expect(air / (air + bone)).toBeCloseTo(0.5, 2);
  });

  it("is drawn by the logarithm, the highest bin as 1", () => {
    const heights = histogramHeights({ lowHu: 0, binHu: 1, counts: [0, 1, 3, 1023] });
    expect(heights[0]).toBe(0);
    expect(heights[1]).toBeCloseTo(0.1);
    expect(heights[2]).toBeCloseTo(0.2);
    expect(heights[3]).toBe(1);
    expect(histogramHeights({ lowHu: 0, binHu: 1, counts: [0, 0] })).toEqual([0, 0]);
  });
});
