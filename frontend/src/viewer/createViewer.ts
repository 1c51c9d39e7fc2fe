/** The viewer's door: `createViewer(elements, options)` and the `Viewer` it gives back. */

import { PLANES, VolumeGeometry, type Vec3 } from "@/domain/geometry";
import { GraphicsStage } from "./graphicsStage";
import { drawingAtHand } from "./drawing";
import { centreFirst, type CentreFirst } from "./centreFirst";
import type { ViewerElements, ViewerOptions } from "./options";
import { showPreview, type Coarse } from "./preview";
import { WINDOW_PRESETS } from "./types";
import { SoftwareStage } from "./softwareStage";
import type { Stage } from "./stage";
import { Viewer } from "./viewer";

const NO_FRAME_MS = 500;
/** So long the graphics card may wait for the slab in the centre. */
const SOON_MS = 500;

let instances = 0;

/**
 * Make a viewer in three elements. It can be used as soon as this resolves: with the coarse volume, while the
 * slabs come in behind it. Its owner calls `dispose`.
 *
 * @throws SlabError when the coarse volume cannot be had, GeometryError for an index that makes no sense
 */
export async function createViewer(elements: ViewerElements, options: ViewerOptions): Promise<Viewer> {
  const { index } = options.volume;
  const geometry = new VolumeGeometry(index.shape, index.affineRasMm);
  if (options.mask.labels.length !== geometry.voxelCount) {
    throw new Error(`the mask has ${options.mask.labels.length} voxels, the volume ${geometry.voxelCount}`);
  }
  const at: Vec3 = options.startVoxel ?? [geometry.shape[0] / 2, geometry.shape[1] / 2, geometry.shape[2] / 2];
  const small = options.volume.loadPreview();
  const centre = centreFirst(options.volume, at[2]);
  const coarse = centre.source.loadCoarse();
  const hidePreview = await preview(elements, geometry, { voxels: await small, entry: index.coarse }, centre, at);
  const hu = await coarse.catch((error: unknown) => {
    hidePreview();
    throw error;
  });
  const viewer = new Viewer(stageFor(options, geometry, hu), elements, geometry, hu, {
    ...options,
    volume: centre.source,
  });
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

function stageFor({ mask, drawing }: ViewerOptions, geometry: VolumeGeometry, hu: Int16Array): Stage {
  const volumes = { hu, mask: mask.lend() };
  return (drawing ?? drawingAtHand()) === "processor"
    ? new SoftwareStage(geometry, volumes)
    : new GraphicsStage(`viewer-${++instances}`, geometry, volumes);
}

function pause(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}

/** After the next frame, or soon where there is none: a tab in the background is not drawn. */
function nextPaint(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve));
    setTimeout(resolve, NO_FRAME_MS);
  });
}

/** Coarse slices in all planes, then the axial one with all its voxels, if they come soon. */
async function preview(
  elements: ViewerElements,
  geometry: VolumeGeometry,
  coarse: Coarse,
  { slab, voxels }: CentreFirst,
  at: Vec3,
): Promise<() => void> {
  const hide = PLANES.map((plane) => showPreview(elements[plane], plane, geometry, coarse, at, WINDOW_PRESETS.bone));
  // Preparing the graphics card holds this thread: let the pictures reach the screen before.
  await nextPaint();
  const whole = await Promise.race([voxels, pause(SOON_MS)]);
  if (whole && slab) {
    const { shape } = geometry;
    const entry = { shape: [shape[0], shape[1], slab.k1 - slab.k0], factor: [1, 1, 1] } as const;
    hide.push(
      showPreview(
        elements.axial,
        "axial",
        geometry,
        { voxels: whole, entry },
        [at[0], at[1], at[2] - slab.k0],
        WINDOW_PRESETS.bone,
      ),
    );
    await nextPaint();
  }
  return () => hide.forEach((take) => take());
}
