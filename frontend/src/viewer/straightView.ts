/**
 * The straightened spine in a pane: crosshair, window, wheel and tools work as in the planes. A brush here is
 * a sphere at the voxel under the mouse, painted on the original grid by the same editor as everywhere else.
 */

import { t } from "@/i18n";
import { orientationLetters, type Vec3 } from "@/domain/geometry";
import { cssColourOf, nameOf } from "@/domain/labels";
import type { SheetLines } from "@/domain/sheetLines";
import { StraightSheet, type SheetPoint } from "@/domain/straighten";
import type { LabelSummary } from "@/domain/summary";
import {
  drawBrush,
  drawLetters,
  drawOutline,
  drawScaleBar,
  drawText,
  PLANE_COLOURS,
  SMALL_FONT,
  sizedContext,
} from "./overlay";
import type { Point } from "./outline";
import { tellCursor, type PaneHost } from "./paneHost";
import { listenToPointer, type PointerTarget } from "./pointer";
import { SheetCamera } from "./sheetCamera";
import { gatherHu, gatherLabels, gatherValues, paintSheet } from "./sheet";
import { BRUSHES, StraightTools, unavailableIn, type ShownSheet } from "./straightTools";
import type { ToolName, ViewerState } from "./types";

const MIN_PIXEL_MM = 0.5;
/** Room of a letter of orientation. */
const LETTER_PX = 18;
/** The line stays while strokes shift centres by less: a picture that moves under the brush helps nobody. */
const FOLLOW_MM = 4;
const WINDOW_HU_PER_PIXEL = 3;
/** Right and up in the picture, LPS, as far as a spine has one direction. */
const POSTERIOR: Vec3 = [0, 1, 0];
const SUPERIOR: Vec3 = [0, 0, 1];
const NO_LINE = t("The straightened view needs the masks of two vertebrae.");

export class StraightView implements PointerTarget {
  private readonly canvas = document.createElement("canvas");
  private readonly picture = document.createElement("canvas");
  private readonly stops: (() => void)[];
  private readonly resizes: ResizeObserver;
  private sheet: StraightSheet | null = null;
  private centres: readonly LabelSummary[] = [];
  private hu: Int16Array | null = null;
  private labels: Uint8Array | null = null;
  private lateralMm = 0;
  private readonly camera = new SheetCamera(() => this.size());
  private pointer: Point | null = null;
  private readonly tools: StraightTools;
  private isPainted = false;
  private seen: ViewerState;
  private frame = 0;
  private disposed = false;

  constructor(
    private readonly element: HTMLDivElement,
    private readonly host: PaneHost,
  ) {
    Object.assign(this.canvas.style, { position: "absolute", inset: "0", width: "100%", height: "100%" });
    this.canvas.setAttribute("aria-hidden", "true");
    element.append(this.canvas);
    element.style.touchAction = "none";
    this.seen = host.getState();
    this.tools = new StraightTools(host, () => this.shown());
    this.rebuild();
    this.stops = [
      listenToPointer(element, this),
      host.subscribe(() => this.stateChanged()),
      host.events.on("drawn", () => this.forget("labels")),
      host.events.on("slab", () => this.forget("hu")),
    ];
    this.resizes = new ResizeObserver(() => this.redraw());
    this.resizes.observe(element);
  }

  // What it shows

  private get pixelMm(): number {
    const [, sy, sz] = this.host.geometry.spacingMm;
    return Math.max(MIN_PIXEL_MM, Math.min(sy, sz));
  }

  /** Lay the line through the centres as they are now. */
  private rebuild(): void {
    const { geometry } = this.host;
    this.centres = this.host.getState().levels;
    this.sheet = StraightSheet.through(
      this.centres.map(({ centre }) => geometry.voxelToLpsMm(centre)),
      this.pixelMm,
    );
    if (this.sheet)
      this.lateralMm = this.snapped(this.sheet.fromLps(geometry.voxelToLpsMm(this.seen.crosshair)).lateralMm);
    this.forget("hu");
    this.forget("labels");
  }

  private needsRebuild(levels: readonly LabelSummary[]): boolean {
    if (levels.length !== this.centres.length) return true;
    const { spacingMm } = this.host.geometry;
    return levels.some((level, index) => {
      const before = this.centres[index];
      if (before?.label !== level.label) return true;
      return (
        Math.hypot(
          ...level.centre.map((value, axis) => (value - (before.centre[axis] ?? 0)) * (spacingMm[axis] ?? 1)),
        ) > FOLLOW_MM
      );
    });
  }

  private stateChanged(): void {
    const state = this.host.getState();
    const before = this.seen;
    this.seen = state;
    if (state.levels !== before.levels && !this.tools.isStroking && this.needsRebuild(state.levels)) this.rebuild();
    if (state.crosshair !== before.crosshair && this.sheet) {
      const place = this.sheet.fromLps(this.host.geometry.voxelToLpsMm(state.crosshair));
      const lateral = this.snapped(place.lateralMm);
      if (lateral !== this.lateralMm) {
        this.lateralMm = lateral;
        this.forget("hu");
        this.forget("labels");
      }
      this.camera.reveal(this.sheet, place);
    }
    const restyled =
      state.window !== before.window || state.maskStyle !== before.maskStyle || state.hidden !== before.hidden;
    if (restyled) this.isPainted = false;
    this.redraw();
  }

  /** Sheets lie a voxel apart. */
  private snapped(lateralMm: number): number {
    const step = this.host.geometry.spacingMm[0];
    return Math.round(lateralMm / step) * step;
  }

  private forget(what: "hu" | "labels"): void {
    if (what === "hu") this.hu = null;
    else this.labels = null;
    this.isPainted = false;
    this.redraw();
  }

  private lines(sheet: StraightSheet): SheetLines {
    return { rows: sheet.rows, columns: sheet.columns, rowLine: (row) => sheet.rowLine(row, this.lateralMm) };
  }

  private labelsOf(sheet: StraightSheet): Uint8Array {
    const { geometry, editor } = this.host;
    this.labels ??= gatherLabels(this.lines(sheet), geometry, editor.mask);
    return this.labels;
  }

  private shown(): ShownSheet | null {
    const { sheet, lateralMm } = this;
    return (
      sheet && {
        sheet,
        lateralMm,
        labels: () => this.labelsOf(sheet),
        place: (point) => this.place(sheet, point),
        voxelAt: (point) => this.voxelAt(point),
      }
    );
  }

  private paint(sheet: StraightSheet): void {
    const { geometry, hu } = this.host;
    this.hu ??= gatherHu(this.lines(sheet), geometry, hu);
    const labels = this.labelsOf(sheet);
    [this.picture.width, this.picture.height] = [sheet.columns, sheet.rows];
    const context = this.picture.getContext("2d");
    if (!context) return;
    const image = context.createImageData(sheet.columns, sheet.rows);
    const { window, maskStyle, hidden } = this.seen;
    const { preview } = this.host.editor;
    const proposal =
      preview.shown && maskStyle.visible
        ? gatherValues(this.lines(sheet), geometry, (index) => preview.at(index))
        : null;
    paintSheet(image, this.hu, labels, {
      ...maskStyle,
      window,
      proposal,
      shows: (label) => maskStyle.visible && !hidden.has(label),
    });
    context.putImageData(image, 0, 0);
    this.isPainted = true;
  }

  // Places

  private size(): { width: number; height: number } {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  private place(sheet: StraightSheet, point: Point): SheetPoint {
    return { ...this.camera.spot(sheet, point), lateralMm: this.lateralMm };
  }

  /** The voxel under a point of the pane, or null beside the volume. */
  voxelAt(point: Point): Vec3 | null {
    if (!this.sheet) return null;
    const voxel = this.host.geometry.lpsMmToVoxel(this.sheet.toLps(this.place(this.sheet, point)));
    return this.host.geometry.contains(voxel) ? voxel : null;
  }

  /** Where a voxel stands on the page, CSS pixels, and how far beside the sheet; null without a line. */
  pageOf(voxel: Vec3): { x: number; y: number; lateralMm: number } | null {
    if (!this.sheet) return null;
    const place = this.sheet.fromLps(this.host.geometry.voxelToLpsMm(voxel));
    const [x, y] = this.camera.pointOf(this.sheet, place);
    const box = this.element.getBoundingClientRect();
    return { x: box.left + x, y: box.top + y, lateralMm: place.lateralMm - this.lateralMm };
  }

  // Pointer

  activeTool(): ToolName {
    return this.seen.tool;
  }

  hover(point: Point | null, shiftKey: boolean): void {
    this.pointer = point;
    const voxel = point ? this.voxelAt(point) : null;
    if (voxel && shiftKey) this.host.lookAt(voxel);
    tellCursor(this.host, "sagittal", voxel);
    this.redraw();
  }

  toolStart(point: Point): boolean {
    return this.tools.start(point);
  }

  toolMove(point: Point): void {
    this.tools.move(point);
    if (this.tools.outline) this.redraw();
  }

  toolEnd(): void {
    this.tools.end();
    this.redraw();
  }

  toolCancel(): void {
    this.tools.cancel();
    this.redraw();
  }

  pan(dx: number, dy: number): void {
    if (!this.sheet) return;
    this.camera.pan(this.sheet, dx, dy);
    this.redraw();
  }

  zoom(factor: number, anchor: Point): void {
    if (!this.sheet) return;
    this.camera.zoom(this.sheet, factor, anchor);
    this.redraw();
  }

  window(dx: number, dy: number): void {
    const { centre, width } = this.seen.window;
    this.host.setWindow({ centre: centre - dy * WINDOW_HU_PER_PIXEL, width: width + dx * WINDOW_HU_PER_PIXEL });
  }

  /** To the next sheet beside this one; the crosshair goes with it. */
  scroll(steps: number): void {
    if (!this.sheet) return;
    const place = this.sheet.fromLps(this.host.geometry.voxelToLpsMm(this.seen.crosshair));
    const lateralMm = this.lateralMm + steps * this.host.geometry.spacingMm[0];
    this.host.lookAt(this.host.geometry.lpsMmToVoxel(this.sheet.toLps({ ...place, lateralMm })));
  }

  brushSize(steps: number): void {
    this.host.hand.stepBrush(steps);
  }

  // Drawing

  redraw(): void {
    if (this.disposed || this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.element.checkVisibility({ visibilityProperty: true })) this.draw();
    });
  }

  private draw(): void {
    const { width, height } = this.size();
    const context = sizedContext(this.canvas, width, height);
    if (!context) return;
    const { sheet } = this;
    if (!sheet) {
      context.font = SMALL_FONT;
      context.textAlign = "center";
      context.textBaseline = "middle";
      drawText(context, NO_LINE, width / 2, height / 2);
      return;
    }
    if (!this.isPainted) this.paint(sheet);
    const { row, column, zoom } = this.camera.view(sheet);
    context.imageSmoothingEnabled = true;
    context.drawImage(
      this.picture,
      width / 2 - column * zoom,
      height / 2 - row * zoom,
      sheet.columns * zoom,
      sheet.rows * zoom,
    );
    this.drawLevels(context, sheet, width);
    if (this.seen.crosshairVisible) this.drawCrosshair(context, sheet, width, height);
    drawLetters(context, width, height, orientationLetters, POSTERIOR, SUPERIOR);
    drawScaleBar(context, width, height, this.pixelMm / zoom);
    const { tool, brush } = this.seen;
    const brushing = BRUSHES.has(tool) && this.pointer !== null;
    this.element.style.cursor = brushing ? "none" : unavailableIn(this.seen) === null ? "crosshair" : "not-allowed";
    if (this.tools.outline) drawOutline(context, this.tools.outline);
    if (brushing && this.pointer) {
      drawBrush(
        context,
        {
          at: this.pointer,
          radiusMm: brush.radiusMm,
          erasing: this.host.hand.isErasing,
          sphere: true,
          colour: cssColourOf(this.seen.activeLabel),
        },
        this.pixelMm / zoom,
      );
    }
  }

  /** At the very edge, and beside the letter that stands in its middle. */
  private drawLevels(context: CanvasRenderingContext2D, sheet: StraightSheet, width: number): void {
    context.font = SMALL_FONT;
    context.textAlign = "right";
    context.textBaseline = "middle";
    const middle = this.size().height / 2;
    for (const { label, centre } of this.centres) {
      const [, y] = this.camera.pointOf(sheet, sheet.fromLps(this.host.geometry.voxelToLpsMm(centre)));
      const right = Math.abs(y - middle) < LETTER_PX ? width - LETTER_PX - 4 : width - 3;
      drawText(context, nameOf(label), right - 6, y);
      context.fillStyle = cssColourOf(label);
      context.fillRect(right - 3, y - 5, 3, 10);
    }
  }

  private drawCrosshair(context: CanvasRenderingContext2D, sheet: StraightSheet, width: number, height: number): void {
    const [x, y] = this.camera.pointOf(sheet, sheet.fromLps(this.host.geometry.voxelToLpsMm(this.seen.crosshair)));
    const gap = 14;
    context.save();
    context.globalAlpha = 0.75;
    context.lineWidth = 1;
    for (const [plane, x1, y1, x2, y2] of [
      ["axial", 0, y, x - gap, y],
      ["axial", x + gap, y, width, y],
      ["coronal", x, 0, x, y - gap],
      ["coronal", x, y + gap, x, height],
    ] as const) {
      context.strokeStyle = PLANE_COLOURS[plane];
      context.beginPath();
      context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
      context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
      context.stroke();
    }
    context.restore();
  }

  get lateral(): number {
    return this.lateralMm;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    cancelAnimationFrame(this.frame);
    for (const stop of this.stops) stop();
    this.resizes.disconnect();
    this.canvas.remove();
  }
}
