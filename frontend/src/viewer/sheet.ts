/** Pictures made of single voxels without the graphics card: straightened views and thumbnails. */

import type { VolumeGeometry } from "@/domain/geometry";
import type { LabelArray } from "@/domain/labelArray";
import { colourOf } from "@/domain/labels";
import { visitLines, type SheetLines } from "@/domain/sheetLines";
import { previewColour, UNTOUCHED } from "./maskPreview";
import type { MaskStyle, WindowLevel } from "./types";

/** What lies outside the volume. */
const AIR_HU = -1024;

/** Densities by linear interpolation. */
export function gatherHu(lines: SheetLines, geometry: VolumeGeometry, hu: Int16Array): Int16Array {
  const [nx, ny, nz] = geometry.shape;
  const [rowStride, sliceStride] = [nx, nx * ny];
  const sheet = new Int16Array(lines.rows * lines.columns).fill(AIR_HU);
  visitLines(lines, geometry, (index, i, j, k) => {
    if (i < 0 || j < 0 || k < 0 || i > nx - 1 || j > ny - 1 || k > nz - 1) return;
    const [i0, j0, k0] = [
      Math.min(Math.floor(i), Math.max(0, nx - 2)),
      Math.min(Math.floor(j), Math.max(0, ny - 2)),
      Math.min(Math.floor(k), Math.max(0, nz - 2)),
    ];
    const [fi, fj, fk] = [i - i0, j - j0, k - k0];
    const base = i0 + rowStride * j0 + sliceStride * k0;
    const along = (at: number): number => (hu[at] ?? AIR_HU) * (1 - fi) + (hu[at + 1] ?? AIR_HU) * fi;
    const near = along(base) * (1 - fj) + along(base + rowStride) * fj;
    const far = fk === 0 ? near : along(base + sliceStride) * (1 - fj) + along(base + sliceStride + rowStride) * fj;
    sheet[index] = near * (1 - fk) + far * fk;
  });
  return sheet;
}

/** Labels of the nearest voxels. */
export function gatherLabels(lines: SheetLines, geometry: VolumeGeometry, mask: LabelArray): Uint8Array {
  return gatherValues(lines, geometry, (index) => mask[index] ?? 0);
}

/** The same of values that lie in no array; `valueAt` takes the flat index of a voxel. */
export function gatherValues(
  lines: SheetLines,
  geometry: VolumeGeometry,
  valueAt: (index: number) => number,
): Uint8Array {
  const [nx, ny, nz] = geometry.shape;
  const sheet = new Uint8Array(lines.rows * lines.columns);
  visitLines(lines, geometry, (index, i, j, k) => {
    const [x, y, z] = [Math.round(i), Math.round(j), Math.round(k)];
    if (x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz) return;
    sheet[index] = valueAt(x + nx * (y + ny * z));
  });
  return sheet;
}

export interface SheetStyle extends Pick<MaskStyle, "opacity" | "look"> {
  readonly window: WindowLevel;
  /** Whether a label is drawn. */
  readonly shows: (label: number) => boolean;
  /** What a proposed change would do, a pixel each; see `maskPreview`. */
  readonly proposal?: Uint8Array | null;
}

const EDGE_OPACITY = 0.9;
const PROPOSAL_OPACITY = 0.7;

/** Grey values through the window, labels over them with an edge one pixel wide. */
export function paintSheet(image: ImageData, hu: Int16Array, labels: Uint8Array, style: SheetStyle): void {
  const { width, height, data } = image;
  const low = style.window.centre - style.window.width / 2;
  const [inside, onEdge] = [
    style.look === "outline" ? 0 : style.opacity,
    style.look === "fill" ? style.opacity : EDGE_OPACITY,
  ];
  const shown = Array.from({ length: 256 }, (_, label) => (label > 0 && style.shows(label) ? colourOf(label) : null));
  for (let index = 0, out = 0; index < width * height; index++, out += 4) {
    const grey = Math.min(255, Math.max(0, (((hu[index] ?? AIR_HU) - low) / style.window.width) * 255));
    const label = labels[index] ?? 0;
    const proposed = style.proposal?.[index] ?? UNTOUCHED;
    const colour = proposed === UNTOUCHED ? (shown[label] ?? null) : previewColour(proposed);
    let share = proposed === UNTOUCHED ? 0 : PROPOSAL_OPACITY;
    if (colour && proposed === UNTOUCHED) {
      const isEdge =
        labels[index - 1] !== label ||
        labels[index + 1] !== label ||
        labels[index - width] !== label ||
        labels[index + width] !== label;
      share = isEdge ? onEdge : inside;
    }
    data[out] = grey + share * ((colour?.[0] ?? 0) - grey);
    data[out + 1] = grey + share * ((colour?.[1] ?? 0) - grey);
    data[out + 2] = grey + share * ((colour?.[2] ?? 0) - grey);
    data[out + 3] = 255;
  }
}
