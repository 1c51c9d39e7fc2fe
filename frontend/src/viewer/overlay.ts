/** What is drawn over a plane: crosshair, brush, outline, orientation letters, scale bar. */

import { t } from "@/i18n";
import { orientationLetters, scale, type Plane, type Vec3 } from "@/domain/geometry";
import type { PlaneViewport } from "./planeViewport";

/** One colour per plane, on the other planes' reference lines too. */
export const PLANE_COLOURS: Readonly<Record<Plane, string>> = {
  sagittal: "#ffd166",
  coronal: "#7bd88f",
  axial: "#ff7b88",
};
const INK = "rgba(235, 241, 245, 0.92)";
const SHADOW = "rgba(0, 0, 0, 0.85)";
const FONT = '600 13px "IBM Plex Sans Variable", system-ui, sans-serif';
export const SMALL_FONT = '500 11px "IBM Plex Sans Variable", system-ui, sans-serif';
const SCALE_STEPS_MM = [1, 2, 5, 10, 20, 50, 100, 200];
const SCALE_SHARE = 0.28;
const EDGE = 12;
const NARROW_PX = 320;
/** Half-width of the gap around the crossing point, so that the lines do not hide it. */
const GAP = 14;
/** Of an outline under the hand. */
const DRAWN = "#ffd166";

export interface BrushCursor {
  readonly at: readonly [number, number];
  readonly radiusMm: number;
  readonly erasing: boolean;
  readonly sphere: boolean;
  readonly colour: string;
}

export interface OverlayScene {
  readonly crosshair: Vec3 | null;
  readonly brush: BrushCursor | null;
  readonly outline: readonly (readonly [number, number])[] | null;
  /** Drawn first, under the crosshair: other masks, annotations. */
  readonly below?: (context: CanvasRenderingContext2D) => void;
}

/** Which plane's slice a line at constant position along an array axis stands for. */
const PLANE_OF_AXIS: readonly Plane[] = ["sagittal", "coronal", "axial"];

export class Overlay {
  readonly canvas = document.createElement("canvas");

  constructor(private readonly plane: PlaneViewport) {
    Object.assign(this.canvas.style, {
      position: "absolute",
      inset: "0",
      width: "100%",
      height: "100%",
      pointerEvents: "none",
    });
    this.canvas.setAttribute("aria-hidden", "true");
  }

  draw(scene: OverlayScene): void {
    const { width, height } = this.plane.size;
    const context = sizedContext(this.canvas, width, height);
    if (!context) return;
    scene.below?.(context);
    if (scene.crosshair) this.drawCrosshair(context, scene.crosshair);
    drawLetters(context, width, height, orientationLetters, this.plane.view.right, this.plane.view.up);
    drawScaleBar(context, width, height, this.plane.mmPerPixel);
    if (scene.outline) drawOutline(context, scene.outline);
    if (scene.brush) drawBrush(context, scene.brush, this.plane.mmPerPixel);
  }

  private drawCrosshair(context: CanvasRenderingContext2D, voxel: Vec3): void {
    const { width, height } = this.plane.size;
    const [x, y] = this.plane.voxelToCanvas(voxel);
    const { horizontalAxis, verticalAxis } = this.plane.view;
    const line = (x1: number, y1: number, x2: number, y2: number, plane: Plane | undefined): void => {
      context.strokeStyle = plane ? PLANE_COLOURS[plane] : INK;
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      context.stroke();
    };
    context.save();
    context.globalAlpha = 0.75;
    context.lineWidth = 1;
    const [cx, cy] = [Math.round(x) + 0.5, Math.round(y) + 0.5];
    line(cx, 0, cx, cy - GAP, PLANE_OF_AXIS[horizontalAxis]);
    line(cx, cy + GAP, cx, height, PLANE_OF_AXIS[horizontalAxis]);
    line(0, cy, cx - GAP, cy, PLANE_OF_AXIS[verticalAxis]);
    line(cx + GAP, cy, width, cy, PLANE_OF_AXIS[verticalAxis]);
    context.restore();
  }
}

/** The canvas' context in CSS pixels, its bitmap as fine as the screen, cleared. */
export function sizedContext(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const context = canvas.getContext("2d");
  if (!context) return null;
  const ratio = window.devicePixelRatio || 1;
  const [pixelsX, pixelsY] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixelsX || canvas.height !== pixelsY) [canvas.width, canvas.height] = [pixelsX, pixelsY];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Patient letters at the four edges, for the screen's axes. */
export function drawLetters(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  lettersOf: (direction: Vec3) => string,
  right: Vec3,
  up: Vec3,
): void {
  // In a narrow pane the title reaches the middle.
  const top = width < NARROW_PX ? EDGE + 14 : EDGE;
  const places: readonly (readonly [Vec3, number, number, CanvasTextAlign, CanvasTextBaseline])[] = [
    [right, width - EDGE, height / 2, "right", "middle"],
    [scale(right, -1), EDGE, height / 2, "left", "middle"],
    [up, width / 2, top, "center", "top"],
    [scale(up, -1), width / 2, height - EDGE, "center", "bottom"],
  ];
  context.font = FONT;
  for (const [direction, x, y, align, baseline] of places) {
    context.textAlign = align;
    context.textBaseline = baseline;
    drawText(context, lettersOf(direction), x, y);
  }
}

export function drawScaleBar(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  mmPerPixel: number,
): void {
  const longest = width * SCALE_SHARE * mmPerPixel;
  const mm = SCALE_STEPS_MM.filter((step) => step <= longest).at(-1);
  if (mm === undefined) return;
  const length = mm / mmPerPixel;
  const [x, y] = [width - EDGE - length, height - EDGE];
  for (const [style, thickness] of [
    [SHADOW, 4],
    [INK, 1.5],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = thickness;
    context.beginPath();
    context.moveTo(x, y - 5);
    context.lineTo(x, y);
    context.lineTo(x + length, y);
    context.lineTo(x + length, y - 5);
    context.stroke();
  }
  context.font = SMALL_FONT;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  drawText(context, mm >= 10 ? t("{{mm}} cm", { mm: mm / 10 }) : t("{{mm}} mm", { mm }), x + length / 2, y - 6);
}

export function drawBrush(context: CanvasRenderingContext2D, brush: BrushCursor, mmPerPixel: number): void {
  const [x, y] = brush.at;
  const radius = Math.max(1.5, brush.radiusMm / mmPerPixel);
  for (const [style, width] of [
    [SHADOW, 3],
    [brush.erasing ? "#ffffff" : brush.colour, 1.5],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.setLineDash(brush.erasing ? [4, 3] : []);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    if (brush.sphere) {
      context.moveTo(x + radius, y);
      context.ellipse(x, y, radius, radius * 0.32, 0, 0, Math.PI);
    }
    context.stroke();
  }
  context.setLineDash([]);
}

export function drawText(context: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = SHADOW;
  context.strokeText(text, x, y);
  context.fillStyle = INK;
  context.fillText(text, x, y);
}

/** An outline that is not closed yet: its way, a dashed line home, a square for each node. */
export function drawContour(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
  nodes: readonly (readonly [number, number])[],
): void {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return;
  const path = new Path2D();
  points.forEach(([x, y], index) => (index === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
  for (const [style, width] of [
    [SHADOW, 3],
    [DRAWN, 1.5],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke(path);
  }
  const home = new Path2D();
  home.moveTo(...last);
  home.lineTo(...first);
  context.setLineDash([5, 3]);
  context.stroke(home);
  context.setLineDash([]);
  nodes.forEach(([x, y], index) => {
    const half = index === 0 ? 4 : 3;
    context.fillStyle = SHADOW;
    context.fillRect(x - half - 1, y - half - 1, 2 * half + 2, 2 * half + 2);
    context.fillStyle = DRAWN;
    context.fillRect(x - half, y - half, 2 * half, 2 * half);
  });
}

export function drawOutline(context: CanvasRenderingContext2D, points: readonly (readonly [number, number])[]): void {
  const path = new Path2D();
  points.forEach(([x, y], index) => (index === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
  path.closePath();
  context.fillStyle = "rgba(255, 209, 102, 0.12)";
  context.fill(path);
  context.strokeStyle = SHADOW;
  context.lineWidth = 3;
  context.stroke(path);
  context.strokeStyle = DRAWN;
  context.lineWidth = 1.5;
  context.setLineDash([5, 3]);
  context.stroke(path);
  context.setLineDash([]);
}
