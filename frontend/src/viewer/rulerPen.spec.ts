import { beforeEach, describe, expect, it } from "vitest";
import { VolumeGeometry, type Vec3 } from "@/domain/geometry";
import type { DrawnRuler } from "@/domain/rulers";
import type { AnnotationShape } from "./annotationShapes";
import { Emitter } from "./emitter";
import { RulerPen } from "./rulerPen";
import { Snapshots } from "./snapshots";
import type { ViewerEvents, ViewerState } from "./types";

const geometry = new VolumeGeometry(
  [40, 40, 40],
  [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ],
);
const finished: DrawnRuler[] = [];
let shown: readonly AnnotationShape[] = [];
let snapshots: Snapshots<ViewerState>;
let pen: RulerPen;

beforeEach(() => {
  finished.length = 0;
  shown = [];
  snapshots = new Snapshots({ rulerPoints: 0 } as ViewerState);
  const events = new Emitter<ViewerEvents>();
  events.on("ruler", (ruler) => finished.push(ruler));
  const annotations = { set: (_: string, shapes: readonly AnnotationShape[]) => (shown = shapes) };
  pen = new RulerPen(annotations, { geometry, events, redraw: () => undefined }, snapshots);
});

const click = (kind: "length" | "angle" | "cobb", at: Vec3): void => {
  pen.press(kind, "sagittal", at);
  pen.hover("sagittal", [at[0], at[1] + 0.2, at[2]]); // the hand trembles
  pen.release(false);
};
const drag = (kind: "length" | "angle" | "cobb", from: Vec3, to: Vec3): void => {
  pen.press(kind, "sagittal", from);
  pen.hover("sagittal", to);
  pen.release(true);
};

describe("the ruler under way", () => {
  it("is a distance after one drag or two clicks", () => {
    drag("length", [5, 0, 0], [5, 3, 4]);
    click("length", [5, 1, 1]);
    expect(snapshots.get().rulerPoints).toBe(1);
    click("length", [5, 9, 1]);
    const plane = "sagittal";
    expect(finished).toEqual([
      {
        kind: "length",
        plane,
        pointsRasMm: [
          [5, 0, 0],
          [5, 3, 4],
        ],
      },
      {
        kind: "length",
        plane,
        pointsRasMm: [
          [5, 1, 1],
          [5, 9, 1],
        ],
      },
    ]);
    expect(snapshots.get().rulerPoints).toBe(0);
    expect(shown).toEqual([]);
  });

  it("is a Cobb angle after two drags, in two slices of one plane", () => {
    drag("cobb", [5, 10, 0], [5, 0, 0]);
    expect(finished).toEqual([]);
    drag("cobb", [7, 0, 20], [7, 10, 10]);
    // Anterior is on the left of a sagittal picture: both run backward.
    expect(finished[0]?.pointsRasMm).toEqual([
      [5, 10, 0],
      [5, 0, 0],
      [7, 10, 10],
      [7, 0, 20],
    ]);
  });

  it("shows what it reads up to the pointer, takes points back, and is dropped", () => {
    click("angle", [5, 10, 0]);
    click("angle", [5, 0, 0]);
    pen.hover("coronal", [5, 0, 10]);
    const title = (): string => {
      const [shape] = shown;
      return typeof shape?.title === "function" ? shape.title(shape.pointsRasMm) : "";
    };
    expect(title()).toBe("");
    pen.hover("sagittal", [5, 0, 10]);
    expect(title()).toBe("90.0°");
    expect(pen.removeLast()).toBe(true);
    expect(snapshots.get().rulerPoints).toBe(1);
    expect(pen.removeLast()).toBe(true);
    expect(pen.removeLast()).toBe(false);
    click("angle", [5, 0, 0]);
    expect(pen.cancel()).toBe(true);
    expect([pen.cancel(), shown.length, finished.length]).toEqual([false, 0, 0]);
  });

  it("begins anew where a point is set in another plane", () => {
    click("length", [5, 1, 1]);
    pen.press("length", "axial", [2, 2, 2]);
    pen.hover("axial", [2, 5, 2]);
    pen.release(true);
    expect(finished.map(({ plane, pointsRasMm }) => [plane, pointsRasMm])).toEqual([
      [
        "axial",
        [
          [2, 2, 2],
          [2, 5, 2],
        ],
      ],
    ]);
  });

  it("keeps nothing of two clicks at one place", () => {
    click("length", [5, 1, 1]);
    click("length", [5, 1, 1]);
    expect(finished).toEqual([]);
    expect(snapshots.get().rulerPoints).toBe(0);
  });
});
