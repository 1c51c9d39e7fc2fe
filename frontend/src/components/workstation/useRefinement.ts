import { useEffect } from "react";
import { t } from "@/i18n";
import { assignments } from "@/api/assignments";
import { notifyFailure } from "@/components/common/notify";
import { decodeSlices } from "@/domain/vbd1";
import type { EditSync } from "@/state/edits/editSync";
import type { Viewer } from "@/viewer";
import { Refinement, type RefineClick } from "./refinement";
import { saveText } from "./SaveState";

const LAYER = "refine";
const COLOURS = { plus: "#3cff96", minus: "#ff8a8a" } as const;
/** A click is seen in the slices beside its own, too. */
const REACH_MM = 3;

function drawClicks(viewer: Viewer, clicks: readonly RefineClick[]): void {
  viewer.setAnnotations(
    LAYER,
    clicks.map(({ voxel, positive, pending = false }, index) => {
      const sign = positive ? "plus" : "minus";
      return {
        kind: "point",
        id: String(index),
        pointsRasMm: [viewer.geometry.voxelToRasMm(voxel)],
        colour: COLOURS[sign],
        reachMm: REACH_MM,
        sign,
        pending,
      };
    }),
  );
}

/** Brings the clicks of the refining tool to the engine. It works on the saved mask, so edits go there first. */
export function useRefinement(assignmentId: string, viewer: Viewer | null, sync: EditSync | null): void {
  useEffect(() => {
    if (!viewer || !sync) return undefined;
    const { shape } = viewer.geometry;
    const ask = (label: number, clicks: readonly RefineClick[]) =>
      viewer.desk.ask(t("The engine's answer"), async (signal) => {
        const status = await sync.settled();
        if (status.kind !== "saved") throw new Error(t("Not refined: {{status}}.", { status: saveText(status) }));
        const voxels = (positive: boolean) =>
          clicks.filter((click) => click.positive === positive).map((click) => click.voxel);
        return decodeSlices(
          await assignments.refine(assignmentId, { label, positive: voxels(true), negative: voxels(false) }, signal),
          shape,
        );
      });
    const refinement = new Refinement(
      viewer.editor,
      () => viewer.getState().preview !== null,
      ask,
      (clicks) => drawClicks(viewer, clicks),
    );
    const stops = [
      viewer.on("click", (click) => void refinement.click(click).catch(notifyFailure)),
      viewer.subscribe(() => {
        if (viewer.getState().preview === null) refinement.ended();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      viewer.setAnnotations(LAYER, []);
    };
  }, [assignmentId, viewer, sync]);
}
