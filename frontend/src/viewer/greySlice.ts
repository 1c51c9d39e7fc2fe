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
  const greys = greysOf(window);
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const back = strides[horizontalAxis];
  for (let y = 0, out = 0; y < rows; y++) {
    let from = start + (rows - 1 - y) * strides[verticalAxis] + (columns - 1) * back;
    for (let x = 0; x < columns; x++, out++, from -= back) pixels[out] = greys[(voxels[from] ?? 0) + HU_OFFSET] ?? 0;
  }
  return image;
}

/** Of the darkest density that 16 bits hold. */
const HU_OFFSET = 32768;
let lastGreys: { readonly low: number; readonly width: number; readonly pixels: Uint32Array } | null = null;

/** What each density shows through a window, as a pixel; kept, since many slices are read through the same one. */
function greysOf({ centre, width }: WindowLevel): Uint32Array {
  const low = centre - width / 2;
  if (lastGreys?.low === low && lastGreys.width === width) return lastGreys.pixels;
  const pixels = new Uint32Array(2 * HU_OFFSET);
  const bytes = new Uint8ClampedArray(pixels.buffer);
  for (let hu = -HU_OFFSET, out = 0; hu < HU_OFFSET; hu++, out += 4) {
    bytes[out] = bytes[out + 1] = bytes[out + 2] = ((hu - low) / width) * 255;
    bytes[out + 3] = 255;
  }
  lastGreys = { low, width, pixels };
  return pixels;
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
