// @vitest-environment node
import { describe, expect, it } from "vitest";
import {
  cross,
  dot,
  lpsToRas,
  orientationLetters,
  planeView,
  PLANES,
  rasToLps,
  VolumeGeometry,
  type Vec3,
} from "./geometry";
import { loadVectors } from "./vectors.testing";

const close = (actual: Vec3, expected: Vec3): void =>
  actual.forEach((value, axis) => expect(value).toBeCloseTo(expected[axis] ?? NaN, 8));

describe.each(loadVectors().geometries)("geometry, $name", (vector) => {
  const geometry = new VolumeGeometry(vector.shape, vector.affine_ras_mm);

  it("agrees with nibabel, there and back", () => {
    vector.voxels.forEach((voxel, index) => {
      const ras = vector.ras_mm[index] ?? [NaN, NaN, NaN];
      close(geometry.voxelToRasMm(voxel), ras);
      close(geometry.rasMmToVoxel(ras), voxel);
      close(geometry.voxelToLpsMm(voxel), [-ras[0], -ras[1], ras[2]]);
      close(geometry.lpsMmToVoxel(rasToLps(ras)), voxel);
    });
    close(geometry.spacingMm, vector.spacing_mm);
  });

  it("makes views whose axes are the grid's and form right-handed screens", () => {
    for (const plane of PLANES) {
      const view = planeView(geometry, plane);
      close(cross(view.right, view.up), view.normal);
      expect(Math.abs(dot(view.normal, geometry.axesLps[view.throughAxis]))).toBeCloseTo(1, 8);
      expect(new Set([view.horizontalAxis, view.verticalAxis, view.throughAxis]).size).toBe(3);
    }
  });
});

describe("orientation", () => {
  const geometry = new VolumeGeometry(
    [4, 4, 4],
    [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ],
  );

  it("puts patient left on the right, anterior left in sagittal and feet down", () => {
    expect(orientationLetters(planeView(geometry, "axial").right)).toBe("L");
    expect(orientationLetters(planeView(geometry, "axial").up)).toBe("A");
    expect(orientationLetters(planeView(geometry, "coronal").right)).toBe("L");
    expect(orientationLetters(planeView(geometry, "sagittal").right)).toBe("P");
    expect(orientationLetters(planeView(geometry, "sagittal").up)).toBe("S");
  });

  it("names a slant with a second letter", () => {
    expect(orientationLetters([0.8, -0.6, 0])).toBe("LA");
    expect(orientationLetters([0.99, 0.1, 0])).toBe("L");
  });

  it("flips twice into itself, and knows its borders", () => {
    close(lpsToRas(rasToLps([1, -2, 3])), [1, -2, 3]);
    expect(geometry.contains([-0.5, 3.49, 0])).toBe(true);
    expect(geometry.contains([-0.6, 0, 0])).toBe(false);
    expect(geometry.contains([3.5, 0, 0])).toBe(false);
    expect(geometry.clampToVoxel([-3, 1.6, 99])).toEqual([0, 2, 3]);
    expect(geometry.voxelOfFlatIndex(geometry.flatIndex(3, 2, 1))).toEqual([3, 2, 1]);
  });

  it("refuses a singular affine and an empty shape", () => {
    expect(
      () =>
        new VolumeGeometry(
          [2, 2, 2],
          [
            [1, 0, 1, 0],
            [0, 1, 0, 0],
            [0, 0, 0, 0],
          ],
        ),
    ).toThrow(/singular/);
    expect(() => new VolumeGeometry([2, 0, 2], geometry.affineRasMm)).toThrow(/shape/);
  });
});
