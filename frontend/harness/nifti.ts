/** The same volume through Cornerstone's own NIfTI loader, in three planes: the peer of the loading benchmark. */

import * as core from "@cornerstonejs/core";
import { cornerstoneNiftiImageLoader, createNiftiImageIdsAndCacheMetadata } from "@cornerstonejs/nifti-volume-loader";
import { firstPicture, nextFrame } from "./seen";

export interface LoadTimes {
  /** Milliseconds from the request to the first picture, and to the last slice drawn. */
  readonly firstMs: number;
  readonly wholeMs: number;
}

const { ORTHOGRAPHIC } = core.Enums.ViewportType;
const PLANES = ["sagittal", "coronal", "axial"] as const;

core.init();
core.imageLoader.registerImageLoader("nifti", cornerstoneNiftiImageLoader as unknown as core.Types.ImageLoaderFn);

function untilComplete(): Promise<void> {
  return new Promise((resolve) =>
    core.eventTarget.addEventListener(core.Enums.Events.IMAGE_VOLUME_LOADING_COMPLETED, () => resolve()),
  );
}

async function load(url: string): Promise<LoadTimes> {
  const start = performance.now();
  const seen = firstPicture();
  const complete = untilComplete();
  const imageIds = (await createNiftiImageIdsAndCacheMetadata({ url })) as string[];
  const engine = new core.RenderingEngine("nifti");
  for (const plane of PLANES) {
    engine.enableElement({
      viewportId: plane,
      type: ORTHOGRAPHIC,
      element: document.getElementById(plane) as HTMLDivElement,
      defaultOptions: {
        orientation: core.Enums.OrientationAxis[plane.toUpperCase() as "SAGITTAL" | "CORONAL" | "AXIAL"],
      },
    });
  }
  const volume = (await core.volumeLoader.createAndCacheVolume("cornerstoneStreamingImageVolume:nifti", {
    imageIds,
  })) as core.Types.IStreamingImageVolume;
  volume.load();
  await core.setVolumesForViewports(engine, [{ volumeId: "cornerstoneStreamingImageVolume:nifti" }], [...PLANES]);
  for (const plane of PLANES)
    (engine.getViewport(plane) as core.VolumeViewport).setProperties({ voiRange: { lower: -500, upper: 1300 } });
  engine.render();
  const firstMs = (await seen) - start;
  await complete;
  engine.render();
  return { firstMs, wholeMs: (await nextFrame()) - start };
}

declare global {
  interface Window {
    loadNifti: typeof load;
  }
}
window.loadNifti = load;
document.body.dataset["ready"] = "true";
