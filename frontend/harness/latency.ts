/** Our viewer and Cornerstone's own tools over the same voxels, in one page: for the benchmark of latencies. */

import { MaskStore } from "@/domain/maskStore";
import { decodeMask } from "@/domain/vbd1";
import { createViewer, drawingAtHand, type Viewer } from "@/viewer";
import { parseSlabIndex } from "@/workers/slabIndex";
import { createSlabSource } from "@/workers/slabSource";
import { Recorder, type Recorded } from "./recorder";
import { openPeer, type Peer } from "./peer";

const LABEL = 22;
const RADIUS_MM = 5;

type Hand = "wheel" | "brush" | "livewire";
type Side = "ours" | "peer";

const plane = (id: string): HTMLDivElement => document.getElementById(id) as HTMLDivElement;

async function openOurs(): Promise<{ viewer: Viewer; mask: Uint8Array }> {
  const index = parseSlabIndex(await (await fetch("/fixture/index.json")).json());
  const payload = new Uint8Array(await (await fetch("/fixture/mask.vbd1")).arrayBuffer());
  const labels = await decodeMask(payload, index.shape);
  const viewer = await createViewer(
    { sagittal: plane("ours-sagittal"), coronal: plane("ours-coronal"), axial: plane("ours-axial") },
    {
      volume: createSlabSource(index),
      mask: new MaskStore(labels, index.shape),
      canEdit: true,
      activeLabel: LABEL,
    },
  );
  await new Promise<void>((resolve) => {
    const whole = (): boolean => viewer.getState().loading.loaded === index.slabs.length;
    if (whole()) return resolve();
    const stop = viewer.subscribe(() => {
      if (!whole()) return;
      stop();
      resolve();
    });
  });
  return { viewer, mask: labels };
}

const recorder = new Recorder();
const { viewer, mask } = await openOurs();
const peer: Peer = await openPeer(viewer.geometry, viewer.hu, mask.slice(), RADIUS_MM, LABEL);

/** Bring one side to the front, with a tool in its hand. */
async function take(side: Side, hand: Hand): Promise<void> {
  for (const id of ["ours", "peer"] as const) document.getElementById(id)?.classList.toggle("front", id === side);
  if (side === "ours") {
    viewer.hand.setTool(hand === "wheel" ? "crosshair" : hand === "brush" ? "circle" : "contour");
    viewer.hand.setBrush({ radiusMm: RADIUS_MM });
  } else peer.take(hand);
  await recorder.quiet();
  recorder.begin(side);
}

declare global {
  interface Window {
    latency: {
      drawing: string;
      shape: readonly number[];
      take: typeof take;
      quiet: () => Promise<void>;
      read: () => Recorded;
    };
  }
}
window.latency = {
  drawing: drawingAtHand(),
  shape: viewer.geometry.shape,
  take,
  quiet: () => recorder.quiet(),
  read: () => recorder.read(),
};
document.body.dataset["ready"] = "true";
