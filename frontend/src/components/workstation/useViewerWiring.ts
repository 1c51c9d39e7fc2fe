import { notifications } from "@mantine/notifications";
import { useEffect } from "react";
import type { KeptPreferences } from "@/state/workstationPreferences";
import { exposeViewer, type Viewer } from "@/viewer";
import type { WorkstationProps } from "./workstationProps";

/** What concerns the viewer once it is there: where it looks first, and when painting has to stop. */
export function useViewerWiring(
  viewer: Viewer | null,
  canEdit: boolean,
  label: number,
  voxel: WorkstationProps["startVoxel"],
): void {
  useEffect(() => {
    if (!viewer) return undefined;
    const hide = exposeViewer(viewer);
    const stop = viewer.on("refused", (message) =>
      notifications.show({ id: "refused", color: "amber", message, autoClose: 3500 }),
    );
    if (voxel) viewer.centreOn(voxel);
    else viewer.goToLevel(label);
    return () => {
      hide();
      stop();
    };
  }, [viewer, label, voxel]);
  useEffect(() => viewer?.setCanEdit(canEdit), [viewer, canEdit]);
}

/** The window and the look of the mask that the rater left are there again, in every case. */
export function useKeptDisplay(viewer: Viewer | null, { first, keep }: KeptPreferences): void {
  useEffect(() => {
    if (!viewer) return undefined;
    if (first.window) viewer.setWindow(first.window);
    if (first.mask) viewer.setMaskStyle(first.mask);
    viewer.setZoomLinked(first.zoomLinked);
    let last = viewer.getState();
    return viewer.subscribe(() => {
      const { window, maskStyle, zoomLinked } = viewer.getState();
      if (zoomLinked !== last.zoomLinked) keep({ zoomLinked });
      if (window !== last.window) keep({ window });
      // A mask that is hidden for a look below it is not a liking.
      const { opacity, look } = maskStyle;
      if (opacity !== last.maskStyle.opacity || look !== last.maskStyle.look) keep({ mask: { opacity, look } });
      last = viewer.getState();
    });
  }, [viewer, first, keep]);
}
