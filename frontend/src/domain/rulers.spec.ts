import { describe, expect, it } from "vitest";
import { VolumeGeometry, type Affine, type Vec3 } from "./geometry";
import { rulerText, rulerValue, runningOneWay, type RulerKind } from "./rulers";

/** Voxels of 0.5 x 0.8 x 3 mm, turned by 20 degrees about the patient's long axis. */
const [C, S] = [Math.cos(Math.PI / 9), Math.sin(Math.PI / 9)];
const OBLIQUE: Affine = [
  [0.5 * C, -0.8 * S, 0, 12],
  [0.5 * S, 0.8 * C, 0, -30],
  [0, 0, 3, 800],
  [0, 0, 0, 1],
];
const geometry = new VolumeGeometry([200, 200, 60], OBLIQUE);
const at = (...voxels: readonly Vec3[]): Vec3[] => voxels.map((voxel) => geometry.voxelToRasMm(voxel));

const KNOWN: readonly (readonly [RulerKind, readonly Vec3[], number])[] = [
  [
    "length",
    [
      [0, 0, 0],
      [6, 5, 0],
    ],
    5,
  ],
  [
    "length",
    [
      [0, 0, 0],
      [0, 0, 4],
    ],
    12,
  ],
  [
    "angle",
    [
      [10, 0, 0],
      [0, 0, 0],
      [0, 5, 0],
    ],
    90,
  ],
  [
    "angle",
    [
      [0, 15, 0],
      [0, 0, 0],
      [0, 15, 4],
    ],
    45,
  ],
  [
    "cobb",
    [
      [0, 0, 0],
      [24, 0, 0],
      [0, 0, 9],
      [24, 0, 13],
    ],
    45,
  ],
  [
    "cobb",
    [
      [0, 0, 0],
      [24, 0, -4],
      [0, 0, 9],
      [24, 0, 13],
    ],
    90,
  ],
  [
    "cobb",
    [
      [0, 0, 0],
      [24, 0, 0],
      [0, 3, 9],
      [24, 3, 9],
    ],
    0,
  ],
];

describe("rulers", () => {
  it.each(KNOWN)("read millimetres and degrees of the patient on an oblique grid: %s %j", (kind, voxels, answer) => {
    expect(rulerValue(kind, at(...voxels))).toBeCloseTo(answer, 6);
  });

  it("read nothing while a point is missing, or where two lie on each other", () => {
    expect(rulerValue("length", at([1, 1, 1]))).toBeNull();
    expect(rulerValue("length", at([1, 1, 1], [1, 1, 1]))).toBeNull();
    expect(rulerValue("angle", at([0, 0, 0], [1, 0, 0]))).toBeNull();
    expect(rulerValue("cobb", at([0, 0, 0], [9, 0, 0], [4, 4, 4], [4, 4, 4]))).toBeNull();
    expect([rulerText("length", 12.34), rulerText("cobb", 45.06), rulerText("angle", null)]).toEqual([
      "12.3 mm",
      "45.1°",
      "",
    ]);
  });

  it("tell a Cobb angle whichever way its lines were drawn, also beyond 90 degrees", () => {
    // Endplates that rise by 6 and fall by 6 to 1: 161 degrees between them.
    const steep = at([0, 0, 0], [4, 0, -4], [0, 0, 9], [4, 0, 13]);
    const [a, b, c, d] = steep as [Vec3, Vec3, Vec3, Vec3];
    const known = (2 * Math.atan(6) * 180) / Math.PI;
    for (const pointsRasMm of [steep, [b, a, c, d], [a, b, d, c], [b, a, d, c]]) {
      const ruler = runningOneWay({ kind: "cobb", plane: "coronal", pointsRasMm }, geometry);
      expect(rulerValue("cobb", ruler.pointsRasMm)).toBeCloseTo(known, 6);
    }
    const length = { kind: "length", plane: "axial", pointsRasMm: [b, a] } as const;
    expect(runningOneWay(length, geometry)).toBe(length);
  });
});
