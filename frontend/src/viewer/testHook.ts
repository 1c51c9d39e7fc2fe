/**
 * `window.__vertebase`: voxels and state for browser tests. It reads; it changes nothing, and is not there in
 * production: their pages are built in the mode "e2e".
 */

import { treeDigest } from "@/domain/digest";
import type { Plane, Vec3 } from "@/domain/geometry";
import { GraphicsPlane } from "./graphicsStage";
import type { StraightView } from "./straightView";
import type { SurfaceView } from "./surfaceView";
import type { Viewer } from "./viewer";
import type { ViewerState } from "./types";

interface ViewerProbe {
  state(): Omit<ViewerState, "hidden" | "locks">;
  labelAt(i: number, j: number, k: number): number;
  huAt(i: number, j: number, k: number): number;
  /** Voxels of a label in the whole mask. */
  count(label: number): number;
  digest(): Promise<string>;
  /** Where a voxel is on the page, in CSS pixels. */
  pageOf(plane: Plane, voxel: Vec3): { x: number; y: number };
  /** The voxel under a point of the page, by Cornerstone's own camera. */
  voxelByCornerstone(plane: Plane, x: number, y: number): Vec3;
  slice(plane: Plane): number;
  rasOf(voxel: Vec3): Vec3;
}

declare global {
  interface Window {
    __vertebase?: ViewerProbe;
    /** The panes that come and go with the layout. */
    __vertebase3d?: SurfaceView;
    __vertebaseStraight?: StraightView;
  }
}

export function exposeViewer(viewer: Viewer): () => void {
  if (import.meta.env.MODE === "production") return () => undefined;
  const box = (plane: Plane): DOMRect => viewer.paneViewport(plane).element.getBoundingClientRect();
  const probe: ViewerProbe = {
    state: () => viewer.getState(),
    labelAt: (i, j, k) => viewer.editor.labelAt([i, j, k]),
    huAt: (i, j, k) => viewer.editor.densityAt([i, j, k]),
    count: (label) => viewer.mask.slice().reduce((sum, value) => sum + Number(value === label), 0),
    digest: () => treeDigest(viewer.mask.slice(), viewer.geometry.shape),
    pageOf: (plane, voxel) => {
      const [x, y] = viewer.paneViewport(plane).voxelToCanvas(voxel);
      return { x: box(plane).left + x, y: box(plane).top + y };
    },
    voxelByCornerstone: (plane, x, y) => {
      const { picture } = viewer.paneViewport(plane);
      if (!(picture instanceof GraphicsPlane)) throw new Error("Cornerstone does not draw here");
      return viewer.geometry.lpsMmToVoxel(picture.lpsUnder([x - box(plane).left, y - box(plane).top]));
    },
    slice: (plane) => viewer.paneViewport(plane).sliceIndex,
    rasOf: (voxel) => viewer.geometry.voxelToRasMm(voxel),
  };
  window.__vertebase = probe;
  return () => {
    if (window.__vertebase === probe) delete window.__vertebase;
  };
}

type Panes = Required<Pick<Window, "__vertebase3d" | "__vertebaseStraight">>;

/** A pane that comes and goes with the layout. */
function exposePane<Name extends keyof Panes>(name: Name, pane: Panes[Name]): () => void {
  const panes: Partial<Panes> = window;
  panes[name] = pane;
  return () => {
    Reflect.deleteProperty(panes, name);
  };
}

export function exposeSurfaces(view: SurfaceView): () => void {
  if (import.meta.env.MODE === "production") return () => undefined;
  return exposePane("__vertebase3d", view);
}

export function exposeStraight(view: StraightView): () => void {
  if (import.meta.env.MODE === "production") return () => undefined;
  return exposePane("__vertebaseStraight", view);
}
