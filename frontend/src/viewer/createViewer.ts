/** The viewer's door: `createViewer(elements, options)` and the `Viewer` it gives back. */

import { RenderingEngine } from "@cornerstonejs/core";
import { PLANES, VolumeGeometry, type Plane, type Vec3 } from "@/domain/geometry";
import type { OperationRunner } from "@/domain/operationTask";
import type { SlabSource } from "@/workers/slabSource";
import { startCornerstone } from "./cornerstone";
import { showPreview } from "./preview";
import { WINDOW_PRESETS } from "./types";
import { Viewer } from "./viewer";

export interface ViewerOptions {
  readonly volume: SlabSource;
  /** Labels, x fastest. The viewer takes it over and edits it in place. */
  readonly mask: Uint8Array;
  readonly canEdit: boolean;
  /** The label in hand at the start. */
  readonly activeLabel: number;
  /** Where to look first; the volume's middle by default. */
  readonly startVoxel?: Vec3;
  /** Where operations on whole vertebrae run; in this thread by default. */
  readonly runner?: OperationRunner;
}

export type ViewerElements = Readonly<Record<Plane, HTMLDivElement>>;

const NO_FRAME_MS = 500;

let instances = 0;

/**
 * Make a viewer in three elements. It can be used as soon as this resolves: with the coarse volume, while the
 * slabs come in behind it. Its owner calls `dispose`.
 *
 * @throws SlabError when the coarse volume cannot be had, GeometryError for an index that makes no sense
 */
export async function createViewer(elements: ViewerElements, options: ViewerOptions): Promise<Viewer> {
  startCornerstone();
  const { index } = options.volume;
  const geometry = new VolumeGeometry(index.shape, index.affineRasMm);
  if (options.mask.length !== geometry.voxelCount) {
    throw new Error(`the mask has ${options.mask.length} voxels, the volume ${geometry.voxelCount}`);
  }
  const coarse = options.volume.loadCoarse();
  const hidePreview = await preview(elements, geometry, options);
  const hu = await coarse.catch((error: unknown) => {
    hidePreview();
    throw error;
  });
  const name = `viewer-${++instances}`;
  const viewer = new Viewer(name, new RenderingEngine(name), elements, geometry, hu, options);
  try {
    await viewer.start();
  } catch (error) {
    viewer.dispose();
    hidePreview();
    throw error;
  }
  // The planes draw at the next frame; until then the preview stands for them.
  await nextPaint();
  hidePreview();
  return viewer;
}

/** After the next frame, or soon where there is none: a tab in the background is not drawn. */
function nextPaint(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, NO_FRAME_MS);
  });
}

async function preview(elements: ViewerElements, geometry: VolumeGeometry, { volume, startVoxel }: ViewerOptions): Promise<() => void> {
  const coarse = { voxels: await volume.loadPreview(), entry: volume.index.coarse };
  const at: Vec3 = startVoxel ?? [geometry.shape[0] / 2, geometry.shape[1] / 2, geometry.shape[2] / 2];
  const hide = PLANES.map((plane) => showPreview(elements[plane], plane, geometry, coarse, at, WINDOW_PRESETS.bone));
  // Preparing the graphics card holds this thread: let the picture reach the screen before.
  await nextPaint();
  return () => hide.forEach((take) => take());
}

