/** What the tools do in the straightened spine: found in its picture, written on the original grid by the one editor. */

import { t } from "@/i18n";
import type { Vec3 } from "@/domain/geometry";
import { labelArea, outlineArea, outsideOf, voxelsOfArea } from "@/domain/sheetArea";
import type { SheetPoint, StraightSheet } from "@/domain/straighten";
import { extended, type Point } from "./outline";
import type { PaneHost } from "./paneHost";
import type { ToolName, ViewerState } from "./types";

/** The picture that is shown: one sheet of many beside each other. */
export interface ShownSheet {
  readonly sheet: StraightSheet;
  readonly lateralMm: number;
  /** Its labels, a pixel each. */
  labels(): Uint8Array;
  place(point: Point): SheetPoint;
  voxelAt(point: Point): Vec3 | null;
}

/** Why a tool does not work here; null where it does. */
export function unavailableIn(state: Pick<ViewerState, "tool" | "grow" | "scissors">): string | null {
  switch (state.tool) {
    case "split":
      return t("A split is a flat cut: draw its line in a straight plane.");
    case "contour":
      return t("An outline is drawn in a slice: draw it in a straight plane.");
    case "refine":
      return t("Clicks are marked in the straight planes: click there.");
    case "grow":
      return state.grow.depth === "slice"
        ? t(
            "This picture is bent in the volume and no slice of it: grow in three dimensions, or click in a straight plane.",
          )
        : null;
    case "scissors":
      return state.scissors.depth === "all" && state.scissors.mode === "fill-inside"
        ? t("Filling through the whole body needs a straight plane: choose how many slices to fill here.")
        : null;
    default:
      return null;
  }
}

export const BRUSHES: ReadonlySet<ToolName> = new Set(["circle", "sphere", "erase"]);

export class StraightTools {
  isStroking = false;
  outline: readonly Point[] | null = null;
  /** What the outline was begun with: with another tool or vertebra in hand it means nothing any more. */
  private begun = "";

  constructor(
    private readonly host: PaneHost,
    private readonly shown: () => ShownSheet | null,
  ) {}

  start(point: Point): boolean {
    const shown = this.shown();
    if (!shown) return false;
    const state = this.host.getState();
    const { tool, brush, canEdit } = state;
    const reason = unavailableIn(state);
    if (reason !== null) this.host.editor.refuse(reason);
    if (reason !== null || (!canEdit && tool !== "crosshair")) return false;
    // An outline may begin beside the volume.
    if (tool === "scissors") {
      [this.outline, this.begun] = [[point], this.host.hand.holds];
      return true;
    }
    const voxel = shown.voxelAt(point);
    if (!voxel) return false;
    if (tool === "crosshair") {
      this.host.lookAt(voxel);
      return true;
    }
    if (BRUSHES.has(tool)) {
      this.isStroking = this.host.editor.startStroke(
        { kind: "sphere" },
        this.host.hand.isErasing,
        brush.radiusMm,
        voxel,
      );
      return this.isStroking;
    }
    if (tool === "fill") this.fill(shown, point, voxel);
    else if (tool === "grow") void this.host.desk.growAt("sagittal", voxel, state.grow);
    return false;
  }

  move(point: Point): void {
    if (this.outline) {
      this.outline = extended(this.outline, point, this.host.getState().scissors.outline);
      return;
    }
    const voxel = this.shown()?.voxelAt(point);
    if (!voxel) return;
    if (this.isStroking) this.host.editor.continueStroke(voxel);
    else if (this.host.getState().tool === "crosshair") this.host.lookAt(voxel);
  }

  end(): void {
    if (this.isStroking) this.host.editor.endStroke();
    this.isStroking = false;
    const { outline } = this;
    this.outline = null;
    const shown = this.shown();
    if (outline && outline.length > 2 && shown && this.begun === this.host.hand.holds) this.cut(shown, outline);
  }

  cancel(): void {
    if (this.isStroking) this.host.editor.cancelStroke();
    this.isStroking = false;
    this.outline = null;
  }

  private fill({ sheet, lateralMm, labels, place }: ShownSheet, point: Point, voxel: Vec3): void {
    const { geometry, editor, hand } = this.host;
    const { row, column } = place(point);
    const depth = { lateralMm, stepMm: geometry.spacingMm[0], sheets: 0 };
    editor.paintArea("fill", voxel, hand.isErasing, (wanted) => {
      const area = labelArea(sheet.rows, sheet.columns, labels(), [Math.round(column), Math.round(row)]);
      // What lies between the pixels of an area of one label need not have it: it is not what was clicked.
      const clicked = editor.labelAt(voxel);
      return (
        area && voxelsOfArea(sheet, geometry, area, depth, (index) => editor.mask[index] === clicked && wanted(index))
      );
    });
  }

  private cut({ sheet, lateralMm, place, voxelAt }: ShownSheet, outline: readonly Point[]): void {
    const { geometry, editor } = this.host;
    const { mode, depth: sheets } = this.host.getState().scissors;
    const polygon = outline.map((point) => {
      const { row, column } = place(point);
      return [column, row] as const;
    });
    const inside = outlineArea(sheet.rows, sheet.columns, polygon);
    const depth = { lateralMm, stepMm: geometry.spacingMm[0], sheets };
    const at = outline.map(voxelAt).find((voxel) => voxel !== null) ?? this.host.getState().crosshair;
    editor.paintArea("scissors", at, mode !== "fill-inside", (wanted, box) => {
      if (mode !== "erase-outside") return voxelsOfArea(sheet, geometry, inside, depth, wanted, box);
      const found = voxelsOfArea(sheet, geometry, outsideOf(inside), depth, wanted, box);
      for (const index of voxelsOfArea(sheet, geometry, inside, depth, wanted, box)) found.delete(index);
      return found;
    });
  }
}
