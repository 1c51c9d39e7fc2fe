import { describe, expect, it } from "vitest";
import type { Shape, Vec3 } from "./geometry";
import { fromView, project, sizeMm, slabRound, toView, VIEWS } from "./projection";

const shape: Shape = [4, 5, 6];
const spacing: Vec3 = [1, 2, 3];

describe("the spine from the side and from the front", () => {
  it("puts a bright voxel where the place of that voxel is drawn", () => {
    const voxel: Vec3 = [1, 3, 4];
    const volume = new Int16Array(4 * 5 * 6);
    volume[1 + 4 * (3 + 5 * 4)] = 900;
    for (const view of VIEWS) {
      const { columns, rows, hu } = project(volume, shape, view, [0, view === "sagittal" ? 3 : 4]);
      const at = hu.indexOf(900);
      const [width, height] = sizeMm(view, shape, spacing);
      const [x, y] = toView(view, voxel, shape, spacing);
      expect([(at % columns) + 0.5, Math.floor(at / columns) + 0.5]).toEqual([
        (x / width) * columns,
        (y / height) * rows,
      ]);
    }
  });

  it("shows the front and the patient's right on the left, the head above", () => {
    const [front] = toView("sagittal", [0, 4, 0], shape, spacing);
    const [back] = toView("sagittal", [0, 0, 0], shape, spacing);
    const [right, below] = toView("coronal", [3, 0, 0], shape, spacing);
    const [left, above] = toView("coronal", [0, 0, 5], shape, spacing);
    expect(front).toBeLessThan(back);
    expect(right).toBeLessThan(left);
    expect(above).toBeLessThan(below);
  });

  it("looks only through the slab that it is told", () => {
    const volume = new Int16Array(4 * 5 * 6);
    volume[3 + 4 * (3 + 5 * 4)] = 900;
    expect(Math.max(...project(volume, shape, "sagittal", [0, 2]).hu)).toBe(0);
    expect(
      slabRound(
        "sagittal",
        [
          [1, 0, 0],
          [2, 0, 0],
        ],
        shape,
        spacing,
        0.5,
      ),
    ).toEqual([0, 3]);
    expect(slabRound("coronal", [[0, 2, 0]], shape, spacing, 2)).toEqual([1, 3]);
    expect(slabRound("coronal", [], shape, spacing, 2)).toEqual([0, 4]);
  });

  it("moves a voxel in what is seen, leaves what is not, and stays inside", () => {
    const voxel: Vec3 = [1.5, 2.5, 3.5];
    for (const view of VIEWS)
      expect(fromView(view, toView(view, voxel, shape, spacing), voxel, shape, spacing)).toEqual(voxel);
    expect(fromView("sagittal", [-50, -50], voxel, shape, spacing)).toEqual([1.5, 4, 5]);
    expect(fromView("coronal", [500, 500], voxel, shape, spacing)).toEqual([0, 2.5, 0]);
  });
});
