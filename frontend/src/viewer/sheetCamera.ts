/** Which part of a sheet a pane shows, and where on the pane its pixels stand. */

import type { SheetPoint, StraightSheet } from "@/domain/straighten";
import type { Point } from "./outline";

const FIT = 1.02;
const LEAST_ZOOM = 0.2;
const MOST_ZOOM = 24;

type Sheet = Pick<StraightSheet, "rows" | "columns">;
type Spot = Pick<SheetPoint, "row" | "column">;

/** Sheet pixel in the middle of the pane, and CSS pixels per sheet pixel. */
interface View extends Spot {
  zoom: number;
}

export class SheetCamera {
  /** Null while the sheet fits the pane. */
  private at: View | null = null;

  /** `size` is that of the pane now, CSS pixels. */
  constructor(private readonly size: () => { width: number; height: number }) {}

  view(sheet: Sheet): View {
    const { width, height } = this.size();
    const zoom = Math.min(height / sheet.rows, width / sheet.columns) / FIT;
    return this.at ?? { row: sheet.rows / 2, column: sheet.columns / 2, zoom };
  }

  /** The pixel of the sheet under a point of the pane; between pixels it is a fraction. */
  spot(sheet: Sheet, [x, y]: Point): Spot {
    const { row, column, zoom } = this.view(sheet);
    const { width, height } = this.size();
    return { row: row + (y - height / 2) / zoom - 0.5, column: column + (x - width / 2) / zoom - 0.5 };
  }

  /** Where on the pane a pixel of the sheet stands. */
  pointOf(sheet: Sheet, spot: Spot): [number, number] {
    const { row, column, zoom } = this.view(sheet);
    const { width, height } = this.size();
    return [width / 2 + (spot.column + 0.5 - column) * zoom, height / 2 + (spot.row + 0.5 - row) * zoom];
  }

  /** Bring a place into the pane, if it is outside of it. */
  reveal(sheet: Sheet, { row, column }: Spot): void {
    if (!this.at) return;
    const [x, y] = this.pointOf(sheet, { row, column });
    const { width, height } = this.size();
    if (x < 0 || y < 0 || x > width || y > height) this.at = { ...this.at, row, column };
  }

  pan(sheet: Sheet, dx: number, dy: number): void {
    const { row, column, zoom } = this.view(sheet);
    this.at = { row: row - dy / zoom, column: column - dx / zoom, zoom };
  }

  /** Larger or smaller; what stands at `anchor` stays there. */
  zoom(sheet: Sheet, factor: number, anchor: Point): void {
    const before = this.spot(sheet, anchor);
    const { row, column, zoom } = this.view(sheet);
    this.at = { row, column, zoom: Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom * factor)) };
    const after = this.spot(sheet, anchor);
    this.at = { ...this.at, row: row + before.row - after.row, column: column + before.column - after.column };
  }
}
