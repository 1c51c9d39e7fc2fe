import { describe, expect, it, vi } from "vitest";
import { LINES, MEASURED } from "@/testing/measurement";
import { answerTo, shapesOf } from "./useMeasureOverlay";

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
