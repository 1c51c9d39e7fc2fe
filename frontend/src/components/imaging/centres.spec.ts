import { describe, expect, it } from "vitest";
import type { RunCentres } from "@/api/types";
import { changesOf, doubled, entriesOf, renamedBy, rowsOf, shifted, withAdded } from "./centres";

const centre = (label: number, k: number): RunCentres["centres"][number] => ({
  label,
  point_ras_mm: [1.23456, 2, 2 * k],
  voxel: [1.23456, 2, k],
  voxels: 10,
  uncertainty: null,
  confidence: null,
});

const centres: RunCentres = {
  mask_id: "m",
  mask_number: 1,
  can_segment: true,
  shape: [10, 10, 20],
  affine_ras_mm: [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 2, 0],
    [0, 0, 0, 1],
  ],
  centres: [centre(21, 5), centre(20, 9)],
};

describe("correcting centres", () => {
  it("lists from the head down and sends what was not touched exactly as it came", () => {
    const rows = rowsOf(centres);
    expect(rows.map(({ label }) => label)).toEqual([20, 21]);
    expect(entriesOf(rows, centres)).toEqual([
      { label: 20, was: 20, point_ras_mm: [1.23456, 2, 18] },
      { label: 21, was: 21, point_ras_mm: [1.23456, 2, 10] },
    ]);
    expect(changesOf(rows, centres)).toEqual({ renamed: 0, segmented: 0, removed: 0 });
  });

  it("turns a moved centre into millimetres and counts it as segmented again", () => {
    const [first, second] = rowsOf(centres);
    if (first === undefined || second === undefined) throw new Error("two rows");
    const moved = [{ ...first, voxel: [4, 5, 6] as const }];
    expect(entriesOf(moved, centres)[0]?.point_ras_mm).toEqual([4, 5, 12]);
    expect(changesOf(moved, centres)).toEqual({ renamed: 0, segmented: 1, removed: 1 });
  });

  it("shifts the whole chain, and not over its end", () => {
    const down = shifted(rowsOf(centres), 1);
    expect(down?.map(({ label, was }) => [label, was])).toEqual([
      [21, 20],
      [22, 21],
    ]);
    expect(changesOf(down ?? [], centres)).toEqual({ renamed: 2, segmented: 0, removed: 0 });
    expect(shifted([{ key: "1", label: 1, was: 1, voxel: [0, 0, 0], uncertainty: null }], -1)).toBeNull();
  });

  it("adds a vertebra in the gap that one is missing in, named after the one above", () => {
    const row = (label: number, k: number) => ({
      key: String(label),
      label,
      was: label,
      voxel: [2, k / 10, k] as const,
      uncertainty: null,
    });
    const chain = [row(20, 100), row(21, 90), row(23, 70), row(24, 60)];
    expect(withAdded(chain, "new", [10, 20, 120])?.at(-1)).toEqual({
      key: "new",
      label: 22,
      was: null,
      voxel: [2, 8, 80],
      uncertainty: null,
    });
    const whole = chain.filter(({ label }) => label < 22);
    expect(withAdded(whole, "new", [10, 20, 120])?.at(-1), "below, where there is no gap").toMatchObject({
      label: 22,
      voxel: [2, 9, 80],
    });
    expect(withAdded([], "new", [10, 20, 120])?.[0]?.voxel).toEqual([5, 10, 60]);
  });

  it("renames one vertebra by a level", () => {
    const labels = (rows: readonly { label: number }[]) => rows.map(({ label }) => label);
    expect(labels(renamedBy(rowsOf(centres), "21", 1))).toEqual([20, 22]);
    expect(labels(renamedBy(rowsOf(centres), "20", -1))).toEqual([19, 21]);
  });

  it("finds a level that is there twice", () => {
    const rows = rowsOf(centres);
    expect(doubled(rows)).toBeNull();
    expect(doubled(rows.map((row) => ({ ...row, label: 20 })))).toBe("L1");
  });
});
