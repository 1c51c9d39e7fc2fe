/** One slice of a label grid as outlines or as a picture, in voxel coordinates of the plane's two axes. */

import { PLANE_AXIS, type Plane, type Shape } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
import { colourOf, type Rgb } from "@/domain/labels";
import { axesInPlane } from "@/domain/painting";

/** A segment along voxel edges: from (x1, y1) to (x2, y2), voxel centres at whole numbers. */
export type EdgeVisitor = (label: number, x1: number, y1: number, x2: number, y2: number) => void;

/** Copied out of the grid once: all that is drawn of a slice reads it again and again. */
export interface LabelSlice {
  readonly width: number;
  readonly height: number;
  /** Row by row, with one background voxel around: that of (x, y) is at (y + 1) * (width + 2) + x + 1. */
  readonly labels: Uint8Array;
  /** First and last column and row with a label; the last before the first where there is none. */
  readonly bounds: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
}

/** A slice of a plane, its axes in the order of `axesInPlane`; labels outside the grid are 0. */
export function labelSlice(mask: LabelArray, shape: Shape, plane: Plane, index: number): LabelSlice {
  const { width, height, start, stepX, stepY } = layout(shape, plane, index);
  const labels = new Uint8Array((width + 2) * (height + 2));
  // The same loop as below, without a call for each voxel: it runs with every step of the wheel.
  for (let y = 0; y < height; y++) {
    let from = start + y * stepY;
    for (let x = 0, to = (y + 1) * (width + 2) + 1; x < width; x++, to++, from += stepX) labels[to] = mask[from] ?? 0;
  }
  return { width, height, labels, bounds: boundsOf(labels, width, height) };
}

/** The same of values that lie in no array; `valueAt` takes the flat index of a voxel. */
export function sliceOfGrid(valueAt: (index: number) => number, shape: Shape, plane: Plane, index: number): LabelSlice {
  const { width, height, start, stepX, stepY } = layout(shape, plane, index);
  const labels = new Uint8Array((width + 2) * (height + 2));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) labels[(y + 1) * (width + 2) + x + 1] = valueAt(start + x * stepX + y * stepY);
  return { width, height, labels, bounds: boundsOf(labels, width, height) };
}

interface Layout {
  readonly width: number;
  readonly height: number;
  /** Flat index of the slice's first voxel, and how far on the next one in its row and in its column is. */
  readonly start: number;
  readonly stepX: number;
  readonly stepY: number;
}

function layout(shape: Shape, plane: Plane, index: number): Layout {
  const [a, b] = axesInPlane(plane);
  const strides = [1, shape[0], shape[0] * shape[1]] as const;
  return {
    width: shape[a],
    height: shape[b],
    start: index * strides[PLANE_AXIS[plane]],
    stepX: strides[a],
    stepY: strides[b],
  };
}

function boundsOf(labels: Uint8Array, width: number, height: number): LabelSlice["bounds"] {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    const row = (y + 1) * (width + 2) + 1;
    let first = 0;
    while (first < width && labels[row + first] === 0) first++;
    if (first === width) continue;
    let last = width - 1;
    while (labels[row + last] === 0) last--;
    [left, right] = [Math.min(left, first), Math.max(right, last)];
    [top, bottom] = [Math.min(top, y), y];
  }
  return { left, top, right, bottom };
}

/** Every voxel edge between two labels, joined along straight runs; each label gets its own side. */
export function visitEdges({ width, labels, bounds }: LabelSlice, visit: EdgeVisitor): void {
  const { left, top, right, bottom } = bounds;
  const across = width + 2;
  const start = (top + 1) * across + left + 1;
  const [columns, rows] = [right - left + 1, bottom - top + 1];
  walkEdges(labels, { start, lines: rows, length: columns, toNextLine: across, onward: 1 }, (label, row, from, to) =>
    visit(label, left + from - 0.5, top + row - 0.5, left + to - 0.5, top + row - 0.5),
  );
  walkEdges(labels, { start, lines: columns, length: rows, toNextLine: 1, onward: across }, (label, column, from, to) =>
    visit(label, left + column - 0.5, top + from - 0.5, left + column - 0.5, top + to - 0.5),
  );
}

/** Lines of voxels side by side, by their places in the array. */
interface Lines {
  readonly start: number;
  readonly lines: number;
  readonly length: number;
  readonly toNextLine: number;
  readonly onward: number;
}

/** Runs along each line of edges on which the pair of labels beside it stays the same and differs. */
function walkEdges(
  labels: Uint8Array,
  { start, lines, length, toNextLine, onward }: Lines,
  emit: (label: number, line: number, from: number, to: number) => void,
): void {
  if (lines <= 0 || length <= 0) return;
  for (let line = 0; line <= lines; line++) {
    let place = start + line * toNextLine;
    let [from, low, high] = [0, 0, 0];
    for (let at = 0; at <= length; at++, place += onward) {
      const nextLow = at < length ? (labels[place - toNextLine] ?? 0) : 0;
      const nextHigh = at < length ? (labels[place] ?? 0) : 0;
      if (nextLow === low && nextHigh === high) continue;
      if (low !== high) {
        if (low > 0) emit(low, line, from, at);
        if (high > 0) emit(high, line, from, at);
      }
      [from, low, high] = [at, nextLow, nextHigh];
    }
  }
}

/** A part of a slice as a picture, and which voxel its first pixel is. */
export interface SlicePicture {
  readonly image: ImageData;
  readonly left: number;
  readonly top: number;
}

/**
 * RGBA of what a slice holds in the levels' colours, one pixel per voxel; background and `hidden` are clear. Null
 * where it holds nothing.
 */
export function paintSlice(
  { width, labels, bounds: { left, top, right, bottom } }: LabelSlice,
  hidden: ReadonlySet<number>,
  colour: (label: number) => Rgb = colourOf,
): SlicePicture | null {
  if (right < left) return null;
  const image = new ImageData(right - left + 1, bottom - top + 1);
  // Four bytes at a time, in the order in which this computer keeps them.
  const pixels = new Uint32Array(image.data.buffer);
  const colours = new Uint32Array(256);
  const bytes = new Uint8Array(colours.buffer);
  for (let label = 1; label < colours.length; label++)
    if (!hidden.has(label)) bytes.set([...colour(label), 255], 4 * label);
  for (let y = top, out = 0; y <= bottom; y++) {
    const row = (y + 1) * (width + 2) + 1;
    for (let x = left; x <= right; x++, out++) pixels[out] = colours[labels[row + x] ?? 0] ?? 0;
  }
  return { image, left, top };
}

/** Yellow for a little (1) over orange to red for much (255). */
export function heatOf(value: number): Rgb {
  return [255, Math.round(235 - (value / 255) * 205), Math.round(60 - (value / 255) * 30)];
}
