/** The first picture: coarse slices drawn without the graphics card, while that is still being prepared. */

import { planeView, type Plane, type Vec3, type VolumeGeometry } from "@/domain/geometry";
import type { CoarseEntry } from "@/workers/slabIndex";
import { greySlice } from "./greySlice";
import { fittingHeightMm } from "./planeViewport";
import type { WindowLevel } from "./types";

export interface Coarse {
  readonly voxels: Int16Array;
  readonly entry: Pick<CoarseEntry, "shape" | "factor">;
}

/** Draw the slice through a voxel where the plane will show it. The function returned takes the picture away. */
export function showPreview(
  element: HTMLElement,
  plane: Plane,
  geometry: VolumeGeometry,
  coarse: Coarse,
  at: Vec3,
  window: WindowLevel,
): () => void {
  const canvas = document.createElement("canvas");
  canvas.className = "coarse-preview";
  canvas.dataset["full"] = String(coarse.entry.factor.every((factor) => factor === 1));
  canvas.setAttribute("aria-hidden", "true");
  Object.assign(canvas.style, {
    position: "absolute",
    inset: "0",
    width: "100%",
    height: "100%",
    pointerEvents: "none",
  });
  [canvas.width, canvas.height] = [element.clientWidth, element.clientHeight];
  const context = canvas.getContext("2d");
  if (context && canvas.width > 0 && canvas.height > 0) draw(context, plane, geometry, coarse, at, window);
  element.append(canvas);
  return () => canvas.remove();
}

function draw(
  context: CanvasRenderingContext2D,
  plane: Plane,
  geometry: VolumeGeometry,
  coarse: Coarse,
  at: Vec3,
  window: WindowLevel,
): void {
  const { width, height } = context.canvas;
  const { horizontalAxis, verticalAxis } = planeView(geometry, plane);
  const picture = coarseSlice(plane, geometry, coarse, at, window);
  const small = document.createElement("canvas");
  [small.width, small.height] = [picture.width, picture.height];
  small.getContext("2d")?.putImageData(picture, 0, 0);
  const pixelsPerMm = height / fittingHeightMm(geometry, plane, width, height);
  const across = geometry.shape[horizontalAxis] * geometry.spacingMm[horizontalAxis] * pixelsPerMm;
  const down = geometry.shape[verticalAxis] * geometry.spacingMm[verticalAxis] * pixelsPerMm;
  context.fillRect(0, 0, width, height);
  context.drawImage(small, (width - across) / 2, (height - down) / 2, across, down);
}

export function coarseSlice(
  plane: Plane,
  geometry: VolumeGeometry,
  { voxels, entry }: Coarse,
  at: Vec3,
  window: WindowLevel,
): ImageData {
  const view = planeView(geometry, plane);
  const { shape, factor } = entry;
  return greySlice(voxels, shape, view, Math.floor(at[view.throughAxis] / factor[view.throughAxis]), window);
}
