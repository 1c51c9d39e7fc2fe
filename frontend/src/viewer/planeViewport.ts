/** Where a plane looks: its slices are layers of voxels. A stage draws what it sees. */

import type { VoxelBox } from "@/domain/changes";
import {
  add,
  dot,
  planeView,
  scale,
  subtract,
  type Plane,
  type PlaneView,
  type Vec3,
  type VolumeGeometry,
} from "@/domain/geometry";
import type { PlaneCamera, Stage, StagePlane } from "./stage";
import type { WindowLevel } from "./types";

const MIN_HEIGHT_MM = 8;
const MAX_HEIGHT_FACTOR = 3;
/** Free margin around the volume in the first view. */
const FIT = 1.02;

/** A box is shown with its surroundings: the neighbours' endplates belong to the picture. */
const BOX_FIT = 1.2;

/** Height of a pane in mm in which the whole volume fits. */
export function fittingHeightMm(geometry: VolumeGeometry, plane: Plane, width: number, height: number): number {
  const { horizontalAxis, verticalAxis } = planeView(geometry, plane);
  const extent = (axis: 0 | 1 | 2): number => geometry.shape[axis] * geometry.spacingMm[axis];
  const aspect = width > 0 && height > 0 ? width / height : 1;
  return FIT * Math.max(extent(verticalAxis), extent(horizontalAxis) / aspect);
}

export class PlaneViewport implements PlaneCamera {
  readonly view: PlaneView;
  centreLps: Vec3;
  heightMm = 100;
  readonly picture: StagePlane;
  /** The reader has chosen a zoom; until then the volume fits the pane, whatever its size. */
  private isZoomed = false;
  private measured: { readonly width: number; readonly height: number } | null = null;

  constructor(
    readonly plane: Plane,
    readonly element: HTMLDivElement,
    stage: Stage,
    private readonly geometry: VolumeGeometry,
  ) {
    this.view = planeView(geometry, plane);
    this.centreLps = geometry.voxelToLpsMm(this.middleVoxel());
    this.picture = stage.open(this, element);
  }

  private middleVoxel(): Vec3 {
    const [nx, ny, nz] = this.geometry.shape;
    return [Math.floor((nx - 1) / 2), Math.floor((ny - 1) / 2), Math.floor((nz - 1) / 2)];
  }

  /** Show the whole CT. */
  async show(window: WindowLevel): Promise<void> {
    await this.picture.show(window);
    this.fit();
  }

  /** Asked of the page once in a turn of its own: a drawing asks for it hundreds of times. */
  get size(): { readonly width: number; readonly height: number } {
    if (!this.measured) {
      this.measured = { width: this.element.clientWidth, height: this.element.clientHeight };
      queueMicrotask(() => (this.measured = null));
    }
    return this.measured;
  }

  get sliceIndex(): number {
    return Math.round(this.geometry.lpsMmToVoxel(this.centreLps)[this.view.throughAxis]);
  }

  get sliceCount(): number {
    return this.geometry.shape[this.view.throughAxis];
  }

  get mmPerPixel(): number {
    return this.heightMm / Math.max(1, this.size.height);
  }

  private fittingHeightMm(): number {
    return fittingHeightMm(this.geometry, this.plane, this.size.width, this.size.height);
  }

  /** The whole volume in the middle of the view. */
  fit(): void {
    const { throughAxis } = this.view;
    this.isZoomed = false;
    this.heightMm = this.fittingHeightMm();
    const middle = [...this.middleVoxel()] as [number, number, number];
    middle[throughAxis] = this.sliceIndex;
    this.centreLps = this.geometry.voxelToLpsMm(middle);
    this.picture.moved();
  }

  /** After the pane has changed its size: fitted again, unless the reader has zoomed. */
  resized(crosshair: Vec3): void {
    this.measured = null;
    if (this.isZoomed) {
      this.picture.moved();
    } else {
      this.heightMm = this.fittingHeightMm();
      this.centreOn(crosshair);
    }
  }

  /** Look exactly where another viewport of the same plane looks. */
  follow(other: PlaneViewport): void {
    this.centreLps = other.centreLps;
    this.heightMm = other.mmPerPixel * Math.max(1, this.size.height);
    this.isZoomed = other.isZoomed;
    this.picture.moved();
  }

  setSlice(index: number): void {
    const axis = this.view.throughAxis;
    const clamped = Math.min(this.sliceCount - 1, Math.max(0, Math.round(index)));
    const voxel = [...this.geometry.lpsMmToVoxel(this.centreLps)] as [number, number, number];
    voxel[axis] = clamped;
    this.centreLps = this.geometry.voxelToLpsMm(voxel);
    this.picture.moved();
  }

  /** Bring a voxel into the middle, or as near to it as leaves no empty margin, and its slice to the front. */
  centreOn(voxel: Vec3): void {
    const { horizontalAxis, verticalAxis, throughAxis } = this.view;
    const { width, height } = this.size;
    const centre = [...voxel] as [number, number, number];
    for (const [axis, pixels] of [
      [horizontalAxis, width],
      [verticalAxis, height],
    ] as const) {
      const half = (pixels * this.mmPerPixel) / this.geometry.spacingMm[axis] / 2;
      const last = this.geometry.shape[axis] - 1;
      centre[axis] = 2 * half > last + 1 ? last / 2 : Math.min(last + 0.5 - half, Math.max(half - 0.5, voxel[axis]));
    }
    this.centreLps = this.geometry.voxelToLpsMm(centre);
    this.setSlice(voxel[throughAxis]);
  }

  /** Show a voxel's slice; move the view only if the voxel would lie off the screen. */
  reveal(voxel: Vec3): void {
    this.setSlice(voxel[this.view.throughAxis]);
    const [x, y] = this.voxelToCanvas(voxel);
    const { width, height } = this.size;
    if (x < 0 || y < 0 || x > width || y > height) this.centreOn(voxel);
  }

  pan(dx: number, dy: number): void {
    const move = add(scale(this.view.right, -dx * this.mmPerPixel), scale(this.view.up, dy * this.mmPerPixel));
    this.centreLps = add(this.centreLps, move);
    this.picture.moved();
  }

  /** Zoom by a factor, keeping what is at `anchor` (canvas pixels) where it is. */
  zoom(factor: number, anchor?: readonly [number, number]): void {
    this.isZoomed = true;
    const before = anchor ? this.canvasToLps(anchor) : this.centreLps;
    const [nx, ny, nz] = this.geometry.shape;
    const [sx, sy, sz] = this.geometry.spacingMm;
    const limit = MAX_HEIGHT_FACTOR * Math.max(nx * sx, ny * sy, nz * sz);
    this.heightMm = Math.min(limit, Math.max(MIN_HEIGHT_MM, this.heightMm / factor));
    if (anchor) {
      const offset = subtract(before, this.canvasToLps(anchor));
      // Only within the plane: rounding may not push the view off its slice.
      const { right, up } = this.view;
      this.centreLps = add(this.centreLps, add(scale(right, dot(offset, right)), scale(up, dot(offset, up))));
    }
    this.picture.moved();
  }

  /** Around a voxel, as near as a box of voxels fits in with a margin. */
  zoomTo({ low, high }: VoxelBox, voxel: Vec3): void {
    const { horizontalAxis, verticalAxis } = this.view;
    const { width, height } = this.size;
    const extent = (axis: 0 | 1 | 2): number =>
      (2 * Math.max(voxel[axis] - low[axis], high[axis] - voxel[axis]) + 1) * this.geometry.spacingMm[axis];
    const aspect = width > 0 && height > 0 ? width / height : 1;
    this.setHeightMm(BOX_FIT * Math.max(extent(verticalAxis), extent(horizontalAxis) / aspect));
    this.centreOn(voxel);
  }

  setHeightMm(heightMm: number): void {
    this.isZoomed = true;
    this.heightMm = Math.max(MIN_HEIGHT_MM, heightMm);
    this.picture.moved();
  }

  canvasToLps([x, y]: readonly [number, number]): Vec3 {
    const { width, height } = this.size;
    const right = scale(this.view.right, (x - width / 2) * this.mmPerPixel);
    const up = scale(this.view.up, (height / 2 - y) * this.mmPerPixel);
    return add(this.centreLps, add(right, up));
  }

  /** Voxel position under a point of the element, with fractions within the plane and the slice exact. */
  canvasToVoxel(point: readonly [number, number]): Vec3 {
    const voxel = [...this.geometry.lpsMmToVoxel(this.canvasToLps(point))] as [number, number, number];
    voxel[this.view.throughAxis] = this.sliceIndex;
    return voxel;
  }

  voxelToCanvas(voxel: Vec3): [number, number] {
    const offset = subtract(this.geometry.voxelToLpsMm(voxel), this.centreLps);
    const { width, height } = this.size;
    return [
      width / 2 + dot(offset, this.view.right) / this.mmPerPixel,
      height / 2 - dot(offset, this.view.up) / this.mmPerPixel,
    ];
  }
}
