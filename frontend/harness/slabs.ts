/** The viewer alone, opened and closed on demand: for the benchmark of loading and memory. */

import { MaskStore } from "@/domain/maskStore";
import { decodeMask } from "@/domain/vbd1";
import { createViewer, StraightView, SurfaceView, Thumbnails, type Viewer } from "@/viewer";
import { parseSlabIndex } from "@/workers/slabIndex";
import { createSlabSource } from "@/workers/slabSource";
import type { LoadTimes } from "./nifti";
import { firstPicture, nextFrame } from "./seen";

export interface SlabTimes extends LoadTimes {
  /** To the first slice with all its voxels; the first picture is a coarse one. */
  readonly firstFullMs: number;
}

interface Opened {
  readonly viewer: Viewer;
  readonly close: () => void;
}

let opened: Opened | null = null;

function plane(id: string): HTMLDivElement {
  return document.getElementById(id) as HTMLDivElement;
}

function until(viewer: Viewer, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (condition()) return resolve();
    const stop = viewer.subscribe(() => {
      if (!condition()) return;
      stop();
      resolve();
    });
  });
}

/** When an axial slice with all its voxels is on the screen, before the graphics card draws anything. */
function fullPreview(): Promise<number> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (document.querySelector("canvas.coarse-preview[data-full=true]")) void nextFrame().then(resolve);
      else if (
        document.querySelector("canvas.cornerstone-canvas") === null ||
        document.querySelector("canvas.coarse-preview")
      )
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

function close(): void {
  opened?.close();
  opened = null;
}

async function open(): Promise<SlabTimes> {
  close();
  const start = performance.now();
  const seen = firstPicture();
  const seenFull = fullPreview();
  // As the workstation asks for them.
  const [index, payload] = await Promise.all([
    fetch("/fixture/index.json").then(async (answer) => parseSlabIndex(await answer.json())),
    fetch("/fixture/mask.vbd1").then(async (answer) => new Uint8Array(await answer.arrayBuffer())),
  ]);
  const mask = new MaskStore(await decodeMask(payload, index.shape), index.shape);
  const source = createSlabSource(index);
  const viewer = await createViewer(
    { sagittal: plane("sagittal"), coronal: plane("coronal"), axial: plane("axial") },
    { volume: source, mask, canEdit: true, activeLabel: 22 },
  );
  opened = { viewer, close: () => viewer.dispose() };
  const full = new Promise<number>((resolve) => {
    // The slab around the crosshair is the first; it may have come while the panes were made.
    if (viewer.getState().loading.loaded > 0) {
      void nextFrame().then(resolve);
      return;
    }
    const stop = viewer.on("slab", ({ k0, k1 }) => {
      const k = viewer.getState().crosshair[2];
      if (k < k0 || k >= k1) return;
      stop();
      void nextFrame().then(resolve);
    });
  });
  const firstMs = (await seen) - start;
  const firstFullMs = (await Promise.race([seenFull, full])) - start;
  await until(viewer, () => viewer.getState().loading.loaded === index.slabs.length);
  return { firstMs, firstFullMs, wholeMs: (await nextFrame()) - start };
}

/** As a rater does it: all views open, some strokes, the next task. */
async function work(): Promise<void> {
  await open();
  const viewer = opened?.viewer;
  if (!viewer) return;
  const extra = document.createElement("div");
  extra.style.cssText = "position:fixed;right:0;bottom:0;width:200px;height:200px";
  document.body.append(extra);
  const straight = new StraightView(extra, viewer);
  const surfaces = new SurfaceView(extra, { picked: () => undefined });
  const thumbnails = new Thumbnails(viewer);
  thumbnails.start();
  const detach = viewer
    .getState()
    .levels.map(({ label }) => thumbnails.attach(label, document.createElement("canvas")));
  const { crosshair } = viewer.getState();
  for (let step = 0; step < 10; step++) {
    viewer.editor.startStroke({ kind: "sphere" }, false, 8, [crosshair[0], crosshair[1], crosshair[2] + step]);
    viewer.editor.endStroke();
  }
  await nextFrame();
  for (const stop of detach) stop();
  thumbnails.stop();
  surfaces.dispose();
  straight.dispose();
  extra.remove();
}

/** From each switch of the tool to the next frame, in milliseconds, with a whole volume open. */
async function switchTools(times: number): Promise<number[]> {
  await open();
  const viewer = opened?.viewer;
  if (!viewer) return [];
  const tools = ["sphere", "crosshair", "circle", "erase", "scissors", "pan"] as const;
  const took: number[] = [];
  for (let turn = 0; turn < times; turn++) {
    const start = performance.now();
    viewer.hand.setTool(tools[turn % tools.length] ?? "crosshair");
    took.push((await nextFrame()) - start);
  }
  return took;
}

declare global {
  interface Window {
    openSlabs: typeof open;
    workOnce: typeof work;
    switchTools: typeof switchTools;
    closeSlabs: typeof close;
  }
}
window.openSlabs = open;
window.workOnce = work;
window.switchTools = switchTools;
window.closeSlabs = close;
document.body.dataset["ready"] = "true";
