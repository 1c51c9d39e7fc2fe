/** One slice of a CT in grey, as a plane shows it. */

import type { PlaneView, Shape } from "@/domain/geometry";
import type { WindowLevel } from "./types";

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
