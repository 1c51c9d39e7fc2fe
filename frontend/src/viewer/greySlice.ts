/** One slice of a CT in grey, as a plane shows it. */

import type { PlaneView, Shape } from "@/domain/geometry";
import type { Slab, WindowLevel } from "./types";

/**
 * One pixel a voxel. In every plane both array axes run against the screen's: rightward and downward is towards
 * index 0.
 *
 * @param voxels HU, x fastest
 * @param slice along the axis through the screen; the nearest one where it lies outside
 */
export function greySlice(
  voxels: Int16Array,
  shape: Shape,
  { horizontalAxis, verticalAxis, throughAxis }: PlaneView,
  slice: number,
  window: WindowLevel,
): ImageData {
  const strides = [1, shape[0], shape[0] * shape[1]] as const;
  const [columns, rows] = [shape[horizontalAxis], shape[verticalAxis]];
  const start = Math.min(shape[throughAxis] - 1, Math.max(0, slice)) * strides[throughAxis];
  const low = window.centre - window.width / 2;
  const image = new ImageData(columns, rows);
  for (let y = 0, out = 0; y < rows; y++) {
    const from = start + (rows - 1 - y) * strides[verticalAxis];
    for (let x = 0; x < columns; x++, out += 4) {
      const grey = (((voxels[from + (columns - 1 - x) * strides[horizontalAxis]] ?? 0) - low) / window.width) * 255;
      image.data[out] = image.data[out + 1] = image.data[out + 2] = grey;
      image.data[out + 3] = 255;
    }
  }
  return image;
}

/** Layers from the first to the last, both included, and what is made of them. */
export interface Layers extends Pick<Slab, "blend"> {
  readonly first: number;
  readonly last: number;
}

/** The same of several layers: their brightest voxel, or their mean, behind each pixel. */
export function greySlab(
  voxels: Int16Array,
  shape: Shape,
  view: PlaneView,
  { first, last, blend }: Layers,
  window: WindowLevel,
): ImageData {
  const strides = [1, shape[0], shape[0] * shape[1]] as const;
  const { horizontalAxis, verticalAxis, throughAxis } = view;
  const [columns, rows] = [shape[horizontalAxis], shape[verticalAxis]];
  const mixed = new Float32Array(columns * rows).fill(blend === "max" ? -Infinity : 0);
  // Layer by layer, in the order of memory.
  for (let layer = first; layer <= last; layer++) {
    for (let row = 0, at = 0; row < rows; row++) {
      let from = layer * strides[throughAxis] + row * strides[verticalAxis];
      for (let column = 0; column < columns; column++, at++, from += strides[horizontalAxis]) {
        const hu = voxels[from] ?? 0;
        const before = mixed[at] ?? 0;
        mixed[at] = blend === "mean" ? before + hu : hu > before ? hu : before;
      }
    }
  }
  const parts = blend === "mean" ? last - first + 1 : 1;
  const low = window.centre - window.width / 2;
  const image = new ImageData(columns, rows);
  for (let at = mixed.length - 1, out = 0; at >= 0; at--, out += 4) {
    const grey = (((mixed[at] ?? 0) / parts - low) / window.width) * 255;
    image.data[out] = image.data[out + 1] = image.data[out + 2] = grey;
    image.data[out + 3] = 255;
  }
  return image;
}
