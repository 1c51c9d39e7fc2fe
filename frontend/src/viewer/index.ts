/** The viewer's only door: what the workstation, its tests and the harness may know of it. */

export type { AnnotationEvent, AnnotationShape } from "./annotationShapes";
export { createViewer } from "./createViewer";
export { drawingAtHand } from "./drawing";
export { Emitter } from "./emitter";
export { Hand } from "./hand";
export { MaskEditor } from "./maskEditor";
export { PLANE_COLOURS } from "./overlay";
export { OWN_MASK, type MaskOutline, type PaneMask } from "./paneMask";
export { Snapshots } from "./snapshots";
export { rulerShape } from "./rulerPen";
export { SLAB_THICKNESSES_MM } from "./slab";
export { unavailableIn } from "./straightTools";
export { StraightView } from "./straightView";
export { BEFORE_COPY, SurfaceView } from "./surfaceView";
export { exposeStraight, exposeSurfaces, exposeViewer } from "./testHook";
export { THUMBNAIL, Thumbnails } from "./thumbnails";
export {
  EDIT_TOOLS,
  WINDOW_PRESETS,
  type ContourWay,
  type CursorReadout,
  type EditEvent,
  type GateMode,
  type GrowSettings,
  type ToolName,
  type ViewerEvents,
  type ViewerState,
  type WindowPreset,
} from "./types";
export type { Viewer } from "./viewer";
