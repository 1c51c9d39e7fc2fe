/** What brings CT and mask of the planes to the screen: Cornerstone, or without a graphics card the processor. */

import type { Plane, PlaneView, Vec3 } from "@/domain/geometry";
import type { MaskStyle, Slab, WindowLevel } from "./types";

/** Where a plane looks: one slice of voxels, and the places of voxels on the screen. */
export interface PlaneCamera {
  readonly plane: Plane;
  readonly view: PlaneView;
  /** Of the element, in CSS pixels. */
  readonly size: { readonly width: number; readonly height: number };
  readonly sliceIndex: number;
  /** In the middle of the screen, LPS mm. */
  readonly centreLps: Vec3;
  /** What the screen shows from top to bottom. */
  readonly heightMm: number;
  /** CSS pixels of a voxel's centre. */
  voxelToCanvas(voxel: Vec3): [number, number];
}

/** One plane on a stage. */
export interface StagePlane {
  /** Show the CT, with the edited mask over it. */
  show(window: WindowLevel): Promise<void>;
  setWindow(window: WindowLevel): void;
  /** Of the CT; the mask is always that of the slice. */
  setSlab(slab: Slab): void;
  /** The camera has moved. */
  moved(): void;
  /** One plane may show the CT alone, or other masks, instead of the edited one. */
  setMaskShown(shown: boolean): void;
  release(): void;
}

export interface Stage {
  /** A plane in an element that holds nothing else; it looks where `camera` looks whenever it is drawn. */
  open(camera: PlaneCamera, element: HTMLDivElement): StagePlane;
  /** Voxels of these axial slices are new: they show at the next drawing. */
  ctChanged(ks: Iterable<number>): void;
  maskChanged(ks: Iterable<number>): void;
  /** The vertebra in hand, whose outline may stand out. */
  setActive(label: number): void;
  setStyle(style: MaskStyle): void;
  setLabelVisible(label: number, visible: boolean): void;
  /** Elements have another size. */
  resized(): void;
  draw(planes: readonly StagePlane[]): void;
  dispose(): void;
}

/** HU and labels, x fastest. Read here, never written. */
export interface StageVolumes {
  readonly hu: Int16Array;
  readonly mask: Uint8Array;
}
