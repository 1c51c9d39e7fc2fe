import { useEffect, useLayoutEffect, useRef } from "react";
import { answered, t } from "@/i18n";
import type { HeightLine } from "@/api/assignments";
import { add, middleOf, type Vec3 } from "@/domain/geometry";
import type { AnnotationEvent, AnnotationShape, Viewer } from "@/viewer";
import type { Measured, ShownMeasurement } from "./useMeasured";

const LAYER = "measured";
export const LINE_COLOUR = "#ffcf5c";
export const BODY_COLOUR = "#7fd0c8";
export const REGION_COLOUR = "#e59bff";
const SITES = ["front", "middle", "back"] as const;

export function linesOf(measured: ShownMeasurement): readonly HeightLine[] {
  return measured.own_lines?.lines_ras_mm ?? measured.lines_ras_mm;
}

export function regionOf(measured: ShownMeasurement): readonly Vec3[] {
  return measured.own_region?.region_ras_mm ?? measured.region_ras_mm;
}

/** Lines, body and region as shapes over the planes; those that may be moved have handles. */
export function shapesOf(measured: ShownMeasurement, movable: boolean): AnnotationShape[] {
  const shapes: AnnotationShape[] = linesOf(measured).map((line, site) => ({
    kind: "polyline",
    id: `line-${site}`,
    pointsRasMm: line,
    colour: LINE_COLOUR,
    planes: ["sagittal"],
    reachMm: 4,
    handles: movable ? "points" : "none",
    title: answered(SITES[site] ?? ""),
  }));
  if (measured.outline_ras_mm.length > 2) {
    shapes.push({
      kind: "polyline",
      id: "body",
      pointsRasMm: measured.outline_ras_mm,
      colour: BODY_COLOUR,
      closed: true,
      dashed: true,
      planes: ["sagittal"],
      reachMm: 4,
    });
  }
  const region = regionOf(measured);
  if (region.length > 2) {
    shapes.push({
      kind: "polyline",
      id: "region",
      pointsRasMm: region,
      colour: REGION_COLOUR,
      closed: true,
      planes: ["sagittal"],
      reachMm: 4,
    });
    shapes.push({
      kind: "point",
      id: "region-middle",
      pointsRasMm: [middleOf(region)],
      colour: REGION_COLOUR,
      reachMm: 4,
      handles: movable ? "whole" : "none",
      title: t("bone"),
    });
  }
  return shapes;
}

/** What letting a handle go asks for. */
export function answerTo(
  event: AnnotationEvent,
  measured: ShownMeasurement,
  target: Pick<Measured, "setLines" | "setRegion">,
): void {
  if (event.shapeId === "region-middle") {
    const before = measured.own_region ?? { shift_ras_mm: [0, 0, 0] as const, scale: 1 };
    target.setRegion({ shift_ras_mm: add(before.shift_ras_mm, event.movedRasMm), scale: before.scale });
    return;
  }
  const site = Number(event.shapeId.replace("line-", ""));
  const [low, high] = event.pointsRasMm;
  if (Number.isNaN(site) || !low || !high) return;
  target.setLines(linesOf(measured).map((line, at) => (at === site ? ([low, high] as const) : line)));
}

/** Show what was measured of the vertebra in hand over the planes, and let it be moved there. */
export function useMeasureOverlay(viewer: Viewer, measured: Measured, movable: boolean): void {
  const latest = useRef(measured);
  useLayoutEffect(() => {
    latest.current = measured;
  });
  const { data } = measured;
  useEffect(() => {
    viewer.setAnnotations(LAYER, data ? shapesOf(data, movable) : []);
    return () => viewer.setAnnotations(LAYER, []);
  }, [viewer, data, movable]);
  useEffect(
    () =>
      viewer.on("annotation", (event) => {
        const now = latest.current;
        if (event.layer === LAYER && event.phase === "end" && now.data) answerTo(event, now.data, now);
      }),
    [viewer],
  );
}
