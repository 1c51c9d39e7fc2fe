/** One slice of a label grid as outlines or as a picture, in voxel coordinates of the plane's two axes. */

import { PLANE_AXIS, type Plane, type Shape } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
import { colourOf, type Rgb } from "@/domain/labels";
import { axesInPlane } from "@/domain/painting";

/** A segment along voxel edges: from (x1, y1) to (x2, y2), voxel centres at whole numbers. */
export type EdgeVisitor = (label: number, x1: number, y1: number, x2: number, y2: number) => void;

export interface LabelSlice {
  readonly width: number;
  readonly height: number;
  readonly at: (x: number, y: number) => number;
}

/** A slice of a plane, its axes in the order of `axesInPlane`; labels outside the grid are 0. */
export function labelSlice(mask: LabelArray, shape: Shape, plane: Plane, index: number): LabelSlice {
  return sliceOfGrid((at) => mask[at] ?? 0, shape, plane, index);
}

/** The same of values that lie in no array; `valueAt` takes the flat index of a voxel. */
export function sliceOfGrid(valueAt: (index: number) => number, shape: Shape, plane: Plane, index: number): LabelSlice {
  const [a, b] = axesInPlane(plane);
  const strides = [1, shape[0], shape[0] * shape[1]] as const;
  const start = index * strides[PLANE_AXIS[plane]];
  const [width, height] = [shape[a], shape[b]];
  return {
    width,
    height,
    at: (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : valueAt(start + x * strides[a] + y * strides[b])),
  };
}

/** Every voxel edge between two labels, joined along straight runs; each label gets its own side. */
export function visitEdges(slice: LabelSlice, visit: EdgeVisitor): void {
  walkEdges(
    slice.height + 1,
    slice.width,
    (row, at) => [slice.at(at, row - 1), slice.at(at, row)],
    (label, row, from, to) => visit(label, from - 0.5, row - 0.5, to - 0.5, row - 0.5),
  );
  walkEdges(
    slice.width + 1,
    slice.height,
    (column, at) => [slice.at(column - 1, at), slice.at(column, at)],
    (label, column, from, to) => visit(label, column - 0.5, from - 0.5, column - 0.5, to - 0.5),
  );
}

/** Runs along each line of edges on which the pair of labels beside it stays the same and differs. */
function walkEdges(
  lines: number,
  length: number,
  pair: (line: number, at: number) => readonly [number, number],
  emit: (label: number, line: number, from: number, to: number) => void,
): void {
  for (let line = 0; line < lines; line++) {
    let [from, low, high] = [0, 0, 0];
    for (let at = 0; at <= length; at++) {
      const [nextLow, nextHigh] = at < length ? pair(line, at) : [0, 0];
      if (nextLow === low && nextHigh === high && at < length) continue;
      if (low !== high) {
        if (low > 0) emit(low, line, from, at);
        if (high > 0) emit(high, line, from, at);
      }
      [from, low, high] = [at, nextLow, nextHigh];
    }
  }
}

/** RGBA of a slice in the levels' colours, one pixel per voxel; background and `hidden` are clear. */
export function paintSlice(
  slice: LabelSlice,
  hidden: ReadonlySet<number>,
  colour: (label: number) => Rgb = colourOf,
): ImageData {
  const image = new ImageData(slice.width, slice.height);
  for (let y = 0, out = 0; y < slice.height; y++) {
    for (let x = 0; x < slice.width; x++, out += 4) {
      const label = slice.at(x, y);
      if (label === 0 || hidden.has(label)) continue;
      const [r, g, b] = colour(label);
      image.data.set([r, g, b, 255], out);
    }
  }
  return image;
}

/** Yellow for a little (1) over orange to red for much (255). */
export function heatOf(value: number): Rgb {
  return [255, Math.round(235 - (value / 255) * 205), Math.round(60 - (value / 255) * 30)];
}
