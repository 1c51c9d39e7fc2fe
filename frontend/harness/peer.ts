/** Cornerstone's own viewports and tools, as its examples put them together. */

import * as core from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";
import type { VolumeGeometry } from "@/domain/geometry";

const PLANES = ["sagittal", "coronal", "axial"] as const;
const GROUP = "peer";
const SEGMENTATION = "peer-mask";
const { BrushTool, StackScrollTool, LivewireContourTool } = tools;

export interface Peer {
  take(hand: "wheel" | "brush" | "livewire"): void;
}

function lent(name: string, geometry: VolumeGeometry, scalarData: Int16Array | Uint8Array): string {
  const [x, y, z] = geometry.axesLps;
  core.volumeLoader.createLocalVolume(name, {
    scalarData,
    dimensions: [...geometry.shape],
    spacing: [...geometry.spacingMm],
    origin: [...geometry.voxelToLpsMm([0, 0, 0])],
    direction: [...x, ...y, ...z] as core.Types.Mat3,
    metadata: {
      FrameOfReferenceUID: "peer",
      BitsAllocated: scalarData.BYTES_PER_ELEMENT * 8,
      BitsStored: scalarData.BYTES_PER_ELEMENT * 8,
      HighBit: scalarData.BYTES_PER_ELEMENT * 8 - 1,
      PixelRepresentation: 1,
      SamplesPerPixel: 1,
      PhotometricInterpretation: "MONOCHROME2",
      Modality: "CT",
      Rows: geometry.shape[1],
      Columns: geometry.shape[0],
      ImageOrientationPatient: [...x, ...y],
      PixelSpacing: [geometry.spacingMm[1], geometry.spacingMm[0]],
      voiLut: [{ windowCenter: 400, windowWidth: 1800 }],
      VOILUTFunction: "LINEAR",
    } as unknown as core.Types.Metadata,
  });
  return name;
}

export async function openPeer(
  geometry: VolumeGeometry,
  hu: Int16Array,
  mask: Uint8Array,
  radiusMm: number,
  label: number,
): Promise<Peer> {
  core.init();
  tools.init();
  core.cache.setMaxCacheSize(4 * 1024 ** 3);
  for (const tool of [BrushTool, StackScrollTool, LivewireContourTool]) tools.addTool(tool);
  const ct = lent("peer-ct", geometry, hu);
  const labels = lent("peer-labels", geometry, mask);
  const engine = new core.RenderingEngine("peer");
  for (const plane of PLANES)
    engine.enableElement({
      viewportId: plane,
      type: core.Enums.ViewportType.ORTHOGRAPHIC,
      element: document.getElementById(`peer-${plane}`) as HTMLDivElement,
      defaultOptions: {
        orientation: core.Enums.OrientationAxis[plane.toUpperCase() as "SAGITTAL" | "CORONAL" | "AXIAL"],
      },
    });
  await core.setVolumesForViewports(engine, [{ volumeId: ct }], [...PLANES]);
  for (const plane of PLANES)
    (engine.getViewport(plane) as core.VolumeViewport).setProperties({ voiRange: { lower: -500, upper: 1300 } });
  tools.segmentation.addSegmentations([
    {
      segmentationId: SEGMENTATION,
      representation: { type: tools.Enums.SegmentationRepresentations.Labelmap, data: { volumeId: labels } },
    },
  ]);
  for (const plane of PLANES)
    await tools.segmentation.addLabelmapRepresentationToViewport(plane, [{ segmentationId: SEGMENTATION }]);
  tools.segmentation.segmentIndex.setActiveSegmentIndex(SEGMENTATION, label);
  const group = tools.ToolGroupManager.createToolGroup(GROUP);
  if (!group) throw new Error("no group of tools");
  group.addTool(StackScrollTool.toolName);
  group.addTool(BrushTool.toolName);
  group.addTool(LivewireContourTool.toolName);
  for (const plane of PLANES) group.addViewport(plane, "peer");
  group.setToolActive(StackScrollTool.toolName, { bindings: [{ mouseButton: tools.Enums.MouseBindings.Wheel }] });
  tools.utilities.segmentation.setBrushSizeForToolGroup(GROUP, radiusMm);
  engine.render();
  return {
    take: (hand) => {
      group.setToolPassive(BrushTool.toolName);
      group.setToolPassive(LivewireContourTool.toolName);
      const bindings = [{ mouseButton: tools.Enums.MouseBindings.Primary }];
      if (hand === "brush") group.setToolActive(BrushTool.toolName, { bindings });
      if (hand === "livewire") group.setToolActive(LivewireContourTool.toolName, { bindings });
    },
  };
}
