/** The viewer's door: `createViewer(elements, options)` and the `Viewer` it gives back. */

import { RenderingEngine } from "@cornerstonejs/core";
import { VolumeGeometry, type Plane, type Vec3 } from "@/domain/geometry";
import type { OperationRunner } from "@/domain/operationTask";
import type { SlabSource } from "@/workers/slabSource";
import { startCornerstone } from "./cornerstone";
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
  const hu = await options.volume.loadCoarse();
  const name = `viewer-${++instances}`;
  const viewer = new Viewer(name, new RenderingEngine(name), elements, geometry, hu, options);
  try {
    await viewer.start();
  } catch (error) {
    viewer.dispose();
    throw error;
  }
  return viewer;
}

