/**
 * Where voxels lie in the patient.
 *
 * The server speaks RAS+ millimetres (NIfTI), Cornerstone speaks LPS+ millimetres (DICOM). This file
 * holds the one conversion between them on this side. Voxel indices are (i, j, k), 0-based, at voxel
 * centres; the flat order is x fastest: `i + nx * (j + ny * k)`.
 */

export type Vec3 = readonly [number, number, number];
export type Shape = readonly [number, number, number];

/** Row-major 4x4 matrix: `affine[row][column]`, as in the slab index and in nibabel. */
export type Affine = readonly (readonly number[])[];

export const PLANES = ["sagittal", "coronal", "axial"] as const;
export type Plane = (typeof PLANES)[number];

/** The array axis a plane's slices are counted along (stored volumes are in closest canonical order). */
export const PLANE_AXIS: Readonly<Record<Plane, 0 | 1 | 2>> = { sagittal: 0, coronal: 1, axial: 2 };

/** Relative size of a matrix determinant below which an affine counts as singular. */
const SINGULAR = 1e-9;

class GeometryError extends Error {}

export function rasToLps(point: Vec3): Vec3 {
  return [-point[0], -point[1], point[2]];
}

/** The flip is its own inverse; two names keep the direction readable at the call. */
export const lpsToRas = rasToLps;

export function add(a: Vec3, b: Vec3): Vec3 {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function subtract(a: Vec3, b: Vec3): Vec3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function scale(a: Vec3, factor: number): Vec3 {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** The mean of the points; the origin where there are none. */
export function middleOf(points: readonly Vec3[]): Vec3 {
  return scale(points.reduce<Vec3>(add, [0, 0, 0]), 1 / Math.max(points.length, 1));
}

export function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function norm(a: Vec3): number {
  return Math.hypot(a[0], a[1], a[2]);
}

export function normalise(a: Vec3): Vec3 {
  const length = norm(a);
  if (length === 0) throw new GeometryError("a direction of length zero");
  return scale(a, 1 / length);
}

function column(affine: Affine, index: number): Vec3 {
  return [entry(affine, 0, index), entry(affine, 1, index), entry(affine, 2, index)];
}

function entry(affine: Affine, row: number, index: number): number {
  const value = affine[row]?.[index];
  if (value === undefined || !Number.isFinite(value)) {
    throw new GeometryError(`affine has no finite entry at row ${row}, column ${index}`);
  }
  return value;
}

export class VolumeGeometry {
  readonly spacingMm: Vec3;
  /** Unit vectors, LPS, along which i, j and k grow. */
  readonly axesLps: readonly [Vec3, Vec3, Vec3];
  /** Centre of voxel (0, 0, 0), LPS mm. */
  readonly originLpsMm: Vec3;
  private readonly columnsRas: readonly [Vec3, Vec3, Vec3];
  private readonly originRas: Vec3;
  private readonly inverseRows: readonly [Vec3, Vec3, Vec3];

  /**
   * @param shape voxels along i, j, k
   * @param affineRasMm voxel index to RAS mm, 4x4 row-major
   * @throws GeometryError for a wrong size or a singular affine
   */
  constructor(
    readonly shape: Shape,
    readonly affineRasMm: Affine,
  ) {
    if (shape.some((n) => !Number.isInteger(n) || n < 1)) {
      throw new GeometryError(`a volume cannot have the shape ${shape.join(" x ")}`);
    }
    const [x, y, z] = [column(affineRasMm, 0), column(affineRasMm, 1), column(affineRasMm, 2)];
    this.columnsRas = [x, y, z];
    this.originRas = column(affineRasMm, 3);
    const determinant = dot(x, cross(y, z));
    if (Math.abs(determinant) <= SINGULAR * norm(x) * norm(y) * norm(z) || determinant === 0) {
      throw new GeometryError("the affine is singular");
    }
    this.inverseRows = [
      scale(cross(y, z), 1 / determinant),
      scale(cross(z, x), 1 / determinant),
      scale(cross(x, y), 1 / determinant),
    ];
    this.spacingMm = [norm(x), norm(y), norm(z)];
    this.axesLps = [rasToLps(normalise(x)), rasToLps(normalise(y)), rasToLps(normalise(z))];
    this.originLpsMm = rasToLps(this.originRas);
  }

  get voxelCount(): number {
    return this.shape[0] * this.shape[1] * this.shape[2];
  }

  voxelToRasMm(voxel: Vec3): Vec3 {
    const [x, y, z] = this.columnsRas;
    return add(add(add(scale(x, voxel[0]), scale(y, voxel[1])), scale(z, voxel[2])), this.originRas);
  }

  rasMmToVoxel(point: Vec3): Vec3 {
    const offset = subtract(point, this.originRas);
    const [a, b, c] = this.inverseRows;
    return [dot(a, offset), dot(b, offset), dot(c, offset)];
  }

  voxelToLpsMm(voxel: Vec3): Vec3 {
    return rasToLps(this.voxelToRasMm(voxel));
  }

  lpsMmToVoxel(point: Vec3): Vec3 {
    return this.rasMmToVoxel(lpsToRas(point));
  }

  contains(voxel: Vec3): boolean {
    return voxel.every((value, axis) => value >= -0.5 && value < (this.shape[axis] ?? 0) - 0.5);
  }

  /** Flat index of a whole-numbered voxel; the caller has checked the bounds. */
  flatIndex(i: number, j: number, k: number): number {
    return i + this.shape[0] * (j + this.shape[1] * k);
  }

  voxelOfFlatIndex(index: number): Vec3 {
    const [nx, ny] = this.shape;
    const rest = Math.floor(index / nx);
    return [index % nx, rest % ny, Math.floor(rest / ny)];
  }

  clampToVoxel(voxel: Vec3): Vec3 {
    const clamp = (value: number, size: number): number => Math.min(size - 1, Math.max(0, Math.round(value)));
    return [clamp(voxel[0], this.shape[0]), clamp(voxel[1], this.shape[1]), clamp(voxel[2], this.shape[2])];
  }
}

/** How far (cosine) an axis may lean on a second one before its letter is worth showing: about 15 degrees. */
const SECOND_LETTER = 0.26;
const LETTERS: readonly (readonly [string, string])[] = [
  ["L", "R"],
  ["P", "A"],
  ["S", "I"],
];

/**
 * Patient letters for an LPS direction, strongest first: "L", or "LP" for an oblique one.
 */
export function orientationLetters(directionLps: Vec3): string {
  const unit = normalise(directionLps);
  return unit
    .map((value, axis) => ({ size: Math.abs(value), letter: LETTERS[axis]?.[value >= 0 ? 0 : 1] ?? "" }))
    .filter((part) => part.size > SECOND_LETTER)
    .sort((a, b) => b.size - a.size)
    .slice(0, 2)
    .map((part) => part.letter)
    .join("");
}

export interface PlaneView {
  /** Unit vectors in LPS: to the right and upward on the screen, and out of the screen to the reader. */
  readonly right: Vec3;
  readonly up: Vec3;
  readonly normal: Vec3;
  /** Array axes shown horizontally and vertically, and the axis through the screen. */
  readonly horizontalAxis: 0 | 1 | 2;
  readonly verticalAxis: 0 | 1 | 2;
  readonly throughAxis: 0 | 1 | 2;
}

/**
 * Radiological views along the grid's own axes: one slice on the screen is one layer of voxels, on an
 * oblique volume too. Axial from the feet (patient's left on the right), sagittal with anterior on the
 * left, coronal from the front.
 */
export function planeView(geometry: VolumeGeometry, plane: Plane): PlaneView {
  const [i, j, k] = geometry.axesLps;
  const minus = (a: Vec3): Vec3 => scale(a, -1);
  switch (plane) {
    case "axial":
      return { right: minus(i), up: j, normal: minus(k), horizontalAxis: 0, verticalAxis: 1, throughAxis: 2 };
    case "sagittal":
      return { right: minus(j), up: k, normal: minus(i), horizontalAxis: 1, verticalAxis: 2, throughAxis: 0 };
    case "coronal":
      return { right: minus(i), up: k, normal: j, horizontalAxis: 0, verticalAxis: 2, throughAxis: 1 };
  }
}
