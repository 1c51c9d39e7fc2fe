import { useEffect } from "react";
import { assignments } from "@/api/assignments";
import { notifyFailure } from "@/components/common/notify";
import { decodeSlices } from "@/domain/vbd1";
import type { EditSync } from "@/state/edits/editSync";
import type { Viewer } from "@/viewer/viewer";
import { Refinement } from "./refinement";
import { saveText } from "./SaveState";

/** Brings the clicks of the refining tool to the engine. It works on the saved mask, so edits go there first. */
export function useRefinement(assignmentId: string, viewer: Viewer | null, sync: EditSync | null): void {
  useEffect(() => {
    if (!viewer || !sync) return undefined;
    const { shape } = viewer.geometry;
    const refinement = new Refinement(viewer.editor, () => viewer.getState().preview !== null, async (label, clicks) => {
      const status = await sync.settled();
      if (status.kind !== "saved") throw new Error(`Not refined: ${saveText(status)}.`);
      const voxels = (positive: boolean) => clicks.filter((click) => click.positive === positive).map((click) => click.voxel);
      return decodeSlices(await assignments.refine(assignmentId, { label, positive: voxels(true), negative: voxels(false) }), shape);
    });
    return viewer.on("click", (click) => void refinement.click(click).catch(notifyFailure));
  }, [assignmentId, viewer, sync]);
}
