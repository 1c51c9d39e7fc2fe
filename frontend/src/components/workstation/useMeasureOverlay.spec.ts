import { describe, expect, it, vi } from "vitest";
import type { Measurement } from "@/api/assignments";
import { answerTo, shapesOf } from "./useMeasureOverlay";

const LINES = [
  [
    [0, 12, 0],
    [0, 12, 20],
  ],
  [
    [0, 0, 0],
    [0, 0, 18],
  ],
  [
    [0, -12, 0],
    [0, -12, 22],
  ],
] as const;

const MEASURED: Measurement = {
  label: 20,
  anterior_mm: 20,
  middle_mm: 18,
  posterior_mm: 22,
  spread_mm: [0.2, 0.2, 0.2],
  range_mm: null,
  lines_ras_mm: LINES,
  outline_ras_mm: [
    [0, 15, 0],
    [0, -15, 0],
    [0, 0, 20],
  ],
  axes_ras: null,
  hu_mean: 120,
  hu_sd: 30,
  hu_voxels: 900,
  hu_excluded: "",
  region_ras_mm: [
    [0, 0, 4],
    [0, 8, 4],
    [0, 4, 12],
  ],
  flags: [],
  suggestion: null,
  own_lines: null,
  own_region: null,
};

describe("what was measured, over the planes", () => {
  it("has handles only where it may be moved", () => {
    expect(shapesOf(MEASURED, false).every((shape) => (shape.handles ?? "none") === "none")).toBe(true);
    expect(
      shapesOf(MEASURED, true)
        .filter((shape) => shape.handles === "points")
        .map((shape) => shape.id),
    ).toEqual(["line-0", "line-1", "line-2"]);
  });

  it("sends three lines when one end was moved", () => {
    const setLines = vi.fn();
    const moved = [
      [0, 0, -1],
      [0, 0, 18],
    ] as const;
    answerTo(
      { layer: "measured", shapeId: "line-1", handle: 0, pointsRasMm: moved, movedRasMm: [0, 0, -1], phase: "end" },
      MEASURED,
      { setLines, setRegion: vi.fn() },
    );
    expect(setLines).toHaveBeenCalledWith([LINES[0], moved, LINES[2]]);
  });

  it("adds a move of the region to the one before and keeps its size", () => {
    const setRegion = vi.fn();
    const own = {
      hu_mean: 1,
      hu_sd: 1,
      hu_voxels: 9,
      region_ras_mm: [],
      shift_ras_mm: [1, 0, 0] as const,
      scale: 0.8,
      outdated: false,
    };
    answerTo(
      { layer: "measured", shapeId: "region-middle", handle: 0, pointsRasMm: [], movedRasMm: [0, 2, 0], phase: "end" },
      { ...MEASURED, own_region: own },
      { setLines: vi.fn(), setRegion },
    );
    expect(setRegion).toHaveBeenCalledWith({ shift_ras_mm: [1, 2, 0], scale: 0.8 });
  });
});
