/** What a pane needs of the viewer that it is part of: what is shown, what the tools do, where to look. */

import type { Plane, Vec3, VolumeGeometry } from "@/domain/geometry";
import type { Annotations } from "./annotations";
import type { Contour } from "./contour";
import type { Emitter } from "./emitter";
import type { Hand } from "./hand";
import type { MaskEditor } from "./maskEditor";
import type { OperationDesk } from "./operationDesk";
import type { RulerPen } from "./rulerPen";
import type { ViewerEvents, ViewerState, WindowLevel } from "./types";

export interface PaneHost {
  readonly geometry: VolumeGeometry;
  /** HU, x fastest; slabs that have not come yet are coarse. */
  readonly hu: Int16Array;
  readonly editor: MaskEditor;
  readonly desk: OperationDesk;
  readonly annotations: Annotations;
  readonly hand: Hand;
  readonly contour: Contour;
  readonly ruler: RulerPen;
  readonly events: Emitter<ViewerEvents>;
  getState(): ViewerState;
  /** The middle of a level's body, voxel indices; null where the mask does not hold it. */
  centreOf(label: number): Vec3 | null;
  subscribe(listener: () => void): () => void;
  /** Set the crosshair; planes but for `except` follow. */
  lookAt(voxel: Vec3, except?: Plane | null): void;
  scroll(plane: Plane, steps: number): void;
  setWindow(window: WindowLevel): void;
}

/** Tell what lies under the pointer; null, or a place beside the volume: nothing. */
export function tellCursor({ geometry, editor, events }: PaneHost, plane: Plane, voxel: Vec3 | null): void {
  if (!voxel || !geometry.contains(voxel)) {
    events.emit("cursor", null);
    return;
  }
  const at = geometry.clampToVoxel(voxel);
  const [rasMm, hu, label] = [geometry.voxelToRasMm(at), editor.densityAt(at), editor.labelAt(at)];
  events.emit("cursor", { plane, voxel: at, rasMm, hu, label });
}
