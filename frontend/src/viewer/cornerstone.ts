/** Cornerstone's global side: started once, and a register of the volumes that we lend it. */

import * as core from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import type { VolumeGeometry } from "@/domain/geometry";

type Voxels = Int16Array | Uint8Array;
type Metadata = Readonly<Record<string, unknown>>;

const SCHEME = "vertebase";
const metadataOf = new Map<string, Readonly<Record<string, Metadata>>>();
let started = false;

function provideMetadata(type: string, imageId: string): Metadata | undefined {
  return metadataOf.get(imageId)?.[type];
}

/** Start Cornerstone. Its cache limit does not hold for us: every volume is released with its viewer. */
export function startCornerstone(): void {
  if (started) return;
  started = true;
  // All planes of a viewer share one context, so that a volume is one texture; the rest of the pool would idle.
  core.init({
    debug: {},
    rendering: { renderingEngineMode: core.Enums.RenderingEngineModeEnum.ContextPool, webGlContextCount: 1 },
  });
  tools.init();
  core.metaData.addProvider(provideMetadata, 10_000);
  core.cache.setMaxCacheSize(4 * 1024 ** 3);
}

function planeModule(geometry: VolumeGeometry, k: number, frameOfReference: string): Metadata {
  const [x, y] = geometry.axesLps;
  const position = geometry.voxelToLpsMm([0, 0, k]);
  return {
    frameOfReferenceUID: frameOfReference,
    rows: geometry.shape[1],
    columns: geometry.shape[0],
    imageOrientationPatient: [...x, ...y],
    rowCosines: [...x],
    columnCosines: [...y],
    imagePositionPatient: [...position],
    pixelSpacing: [geometry.spacingMm[1], geometry.spacingMm[0]],
    rowPixelSpacing: geometry.spacingMm[1],
    columnPixelSpacing: geometry.spacingMm[0],
    sliceThickness: geometry.spacingMm[2],
    spacingBetweenSlices: geometry.spacingMm[2],
  };
}

function pixelModule(geometry: VolumeGeometry, voxels: Voxels): Metadata {
  const bits = voxels.BYTES_PER_ELEMENT * 8;
  return {
    samplesPerPixel: 1,
    photometricInterpretation: "MONOCHROME2",
    rows: geometry.shape[1],
    columns: geometry.shape[0],
    bitsAllocated: bits,
    bitsStored: bits,
    highBit: bits - 1,
    pixelRepresentation: voxels instanceof Int16Array ? 1 : 0,
  };
}

function makeImage(
  imageId: string,
  geometry: VolumeGeometry,
  pixels: Voxels,
  frameOfReference: string,
): core.Types.IImage {
  const [width, height] = geometry.shape;
  const voxelManager = core.utilities.VoxelManager.createImageVoxelManager({
    width,
    height,
    numberOfComponents: 1,
    scalarData: pixels,
    id: imageId,
  });
  return {
    imageId,
    intercept: 0,
    slope: 1,
    windowCenter: 0,
    windowWidth: 0,
    voiLUTFunction: core.Enums.VOILUTFunctionType.LINEAR,
    color: false,
    rgba: false,
    invert: false,
    numberOfComponents: 1,
    dataType: pixels instanceof Int16Array ? "Int16Array" : "Uint8Array",
    minPixelValue: 0,
    maxPixelValue: 0,
    rows: height,
    columns: width,
    height,
    width,
    columnPixelSpacing: geometry.spacingMm[0],
    rowPixelSpacing: geometry.spacingMm[1],
    sizeInBytes: pixels.byteLength,
    FrameOfReferenceUID: frameOfReference,
    getPixelData: () => pixels,
    getCanvas: () => document.createElement("canvas"),
    voxelManager: voxelManager as core.Types.IVoxelManager<number>,
  };
}

/**
 * A volume that Cornerstone draws and we own: its slices are views on one array, so there is one copy in
 * memory, and what is written there shows after `refresh`.
 */
export class LentVolume {
  readonly volumeId: string;
  private readonly imageIds: string[];
  private readonly volume: core.Types.IImageVolume;

  constructor(name: string, geometry: VolumeGeometry, voxels: Voxels, frameOfReference: string) {
    this.volumeId = `${SCHEME}-volume:${name}`;
    const size = geometry.shape[0] * geometry.shape[1];
    this.imageIds = Array.from({ length: geometry.shape[2] }, (_, k) => `${SCHEME}:${name}/${k}`);
    this.imageIds.forEach((imageId, k) => {
      metadataOf.set(imageId, {
        imagePlaneModule: planeModule(geometry, k, frameOfReference),
        imagePixelModule: pixelModule(geometry, voxels),
        generalSeriesModule: { modality: "CT", seriesInstanceUID: name },
        voiLutModule: { windowCenter: [400], windowWidth: [1800] },
      });
      const pixels = voxels.subarray(k * size, (k + 1) * size);
      core.cache.putImageSync(imageId, makeImage(imageId, geometry, pixels, frameOfReference));
    });
    this.volume = core.volumeLoader.createAndCacheVolumeFromImagesSync(this.volumeId, this.imageIds);
  }

  /** Bring these axial slices to the screen at the next drawing; costs only the slices named. */
  refresh(ks: Iterable<number>): void {
    for (const k of ks) this.volume.vtkOpenGLTexture?.setUpdatedFrame(k);
    this.volume.imageData?.modified();
  }

  release(): void {
    core.cache.removeVolumeLoadObject(this.volumeId);
    for (const imageId of this.imageIds) {
      metadataOf.delete(imageId);
      if (core.cache.getImageLoadObject(imageId)) core.cache.removeImageLoadObject(imageId, { force: true });
    }
  }
}
