/** The viewer alone, on the files of a fixture. For browser tests; not part of the build. */

import { MaskStore } from "@/domain/maskStore";
import { decodeMask } from "@/domain/vbd1";
import { cache } from "@cornerstonejs/core";
import { createViewer, exposeViewer, StraightView } from "@/viewer";
import { parseSlabIndex } from "@/workers/slabIndex";
import { createOperationRunner } from "@/workers/operationRunner";
import { createSlabSource } from "@/workers/slabSource";

function plane(id: string): HTMLDivElement {
  const element = document.getElementById(id);
  if (!(element instanceof HTMLDivElement)) throw new Error(`no element ${id}`);
  return element;
}

/** Cornerstone draws, also where no graphics card is behind it, unless the address asks for the processor. */
const drawing = new URL(location.href).searchParams.get("drawing") === "processor" ? "processor" : "graphics";

async function open() {
  const index = parseSlabIndex(await (await fetch("/fixture/index.json")).json());
  const payload = new Uint8Array(await (await fetch("/fixture/mask.vbd1")).arrayBuffer());
  const mask = new MaskStore(await decodeMask(payload, index.shape), index.shape);
  const viewer = await createViewer(
    { sagittal: plane("sagittal"), coronal: plane("coronal"), axial: plane("axial") },
    { volume: createSlabSource(index), runner: createOperationRunner(), mask, canEdit: true, activeLabel: 22, drawing },
  );
  exposeViewer(viewer);
  return viewer;
}

declare global {
  interface Window {
    harness: {
      viewer: Awaited<ReturnType<typeof open>>;
      reopen: () => Promise<void>;
      /** The straightened spine in an element. */
      straighten: (element: HTMLDivElement) => StraightView;
      /** Bytes and volumes that Cornerstone holds. */
      held: () => { bytes: number; volumes: number };
    };
  }
}

window.harness = {
  viewer: await open(),
  reopen: async () => {
    window.harness.viewer.dispose();
    window.harness.viewer = await open();
  },
  straighten: (element) => new StraightView(element, window.harness.viewer),
  held: () => ({ bytes: cache.getCacheSize(), volumes: cache.getVolumes().length }),
};
document.body.dataset["ready"] = "true";
