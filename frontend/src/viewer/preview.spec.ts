import { beforeAll, expect, it } from "vitest";
import { VolumeGeometry } from "@/domain/geometry";
import { coarseSlice } from "./preview";

beforeAll(() => {
  // jsdom has no ImageData.
  Object.assign(globalThis, {
    ImageData: class {
      readonly data: Uint8ClampedArray;
      constructor(
        readonly width: number,
        readonly height: number,
      ) {
        this.data = new Uint8ClampedArray(4 * width * height);
      }
    },
  });
});

it("shows the coarse slice as the plane will: head up, front and the patient's right on the left", () => {
  const geometry = new VolumeGeometry(
    [8, 6, 4],
    [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
  );
  const voxels = new Int16Array(4 * 3 * 2);
  // One bright voxel: rightmost of the patient's left (i high), front (j high), head (k high).
  voxels[3 + 4 * (2 + 3 * 1)] = 1000;
  const coarse = { voxels, entry: { shape: [4, 3, 2] as const, factor: [2, 2, 2] as const } };
  const bright = (plane: "sagittal" | "coronal" | "axial"): [number, number] => {
    const image = coarseSlice(plane, geometry, coarse, [7, 5, 3], { centre: 500, width: 1000 });
    const at = image.data.findIndex((value, index) => index % 4 === 0 && value > 200) / 4;
    return [at % image.width, Math.floor(at / image.width)];
  };
  expect(bright("sagittal")).toEqual([0, 0]);
  expect(bright("coronal")).toEqual([0, 0]);
  expect(bright("axial")).toEqual([0, 0]);
});
