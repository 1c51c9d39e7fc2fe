import { describe, expect, it } from "vitest";
import { VolumeGeometry, type Vec3 } from "./geometry";
import { CROP, fromCrop, greys, leftOf, outlines, sampleCrop, toCrop, type Axes } from "./sagittalCrop";

const AFFINE = [
  [1, 0, 0, -20],
  [0, 2, 0, -40],
  [0, 0, 1, -30],
  [0, 0, 0, 1],
];
const SHAPE = [40, 40, 60] as const;
const tilt = Math.PI / 6;
const AXES: Axes = {
  centre: [1, 3, 2],
  front: [0, Math.cos(tilt), -Math.sin(tilt)],
  left: [-1, 0, 0],
  up: [0, Math.sin(tilt), Math.cos(tilt)],
};

function volume(value: (i: number, j: number, k: number) => number): number[] {
  const values: number[] = [];
  for (let k = 0; k < SHAPE[2]; k++)
    for (let j = 0; j < SHAPE[1]; j++) for (let i = 0; i < SHAPE[0]; i++) values.push(value(i, j, k));
  return values;
}

describe("the sagittal crop", () => {
  it("takes points there and back", () => {
    const point: Vec3 = [-4, 12, -9];
    const { x, y } = toCrop(point, AXES);
    const back = fromCrop(x, y, AXES, leftOf(point, AXES));
    back.forEach((value, axis) => expect(value).toBeCloseTo(point[axis] ?? NaN, 9));
  });

  it("has the front on the left and the head at the top", () => {
    const ahead = toCrop(fromCrop(0, 100, AXES), AXES);
    const centre = toCrop(AXES.centre, AXES);
    expect(ahead.x).toBeLessThan(centre.x);
    const above: Vec3 = [AXES.centre[0], AXES.centre[1] + AXES.up[1] * 5, AXES.centre[2] + AXES.up[2] * 5];
    expect(toCrop(above, AXES).y).toBeCloseTo(centre.y - 5 / CROP.stepMm, 9);
  });

  it("samples an oblique plane of an anisotropic volume as it lies in the patient", () => {
    const geometry = new VolumeGeometry(SHAPE, AFFINE);
    // HU that grow by 3 for each millimetre to the front and 2 to the head, in RAS
    const hu = Int16Array.from(volume((_, j, k) => 3 * (2 * j - 40) + 2 * (k - 30)));
    const mask = Uint8Array.from(volume((i, _, k) => (i >= 21 && k >= 30 ? 20 : 0)));
    const crop = sampleCrop(geometry, hu, mask, AXES);
    for (const [x, y] of [
      [70, 104],
      [60, 90],
      [90, 120],
    ] as const) {
      const [, front, up] = fromCrop(x, y, AXES);
      expect(crop.hu[y * crop.columns + x]).toBeCloseTo(3 * front + 2 * up, 3);
      expect(crop.labels[y * crop.columns + x]).toBe(Math.round(up + 30) >= 30 ? 20 : 0);
    }
    expect(crop.hu[0]).toBe(-1024);
  });

  it("shows a window's middle as middle grey and its ends as black and white", () => {
    const pixels = greys(
      { columns: 3, rows: 1, hu: Float32Array.of(-500, 400, 2000), labels: new Uint8Array(3) },
      400,
      1800,
    );
    expect([pixels[0], pixels[4], pixels[8], pixels[3]]).toEqual([0, 128, 255, 255]);
  });

  it("outlines each label where it meets another", () => {
    const crop = { columns: 3, rows: 1, hu: new Float32Array(3), labels: Uint8Array.of(0, 20, 21) };
    const found = outlines(crop);
    expect(found.get(20)).toEqual([1, 0, 1, 1, 2, 0, 2, 1]);
    expect(found.get(21)).toEqual([2, 0, 2, 1]);
  });
});
