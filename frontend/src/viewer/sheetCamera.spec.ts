import { describe, expect, it } from "vitest";
import { SheetCamera } from "./sheetCamera";

const SHEET = { rows: 400, columns: 100 };

function camera(): SheetCamera {
  return new SheetCamera(() => ({ width: 300, height: 204 }));
}

describe("the part of a sheet that a pane shows", () => {
  it("is all of it at first, with a little room around", () => {
    const shown = camera();
    expect(shown.view(SHEET)).toEqual({ row: 200, column: 50, zoom: 0.5 });
    expect(shown.pointOf(SHEET, { row: -0.5, column: 49.5 })).toEqual([150, 2]);
    expect(shown.spot(SHEET, [150, 102])).toEqual({ row: 199.5, column: 49.5 });
  });

  it("keeps what is under the mouse there while it grows, up to a limit", () => {
    const shown = camera();
    const before = shown.spot(SHEET, [200, 60]);
    shown.zoom(SHEET, 3, [200, 60]);
    expect(shown.view(SHEET).zoom).toBe(1.5);
    const after = shown.spot(SHEET, [200, 60]);
    expect(after.row).toBeCloseTo(before.row, 9);
    expect(after.column).toBeCloseTo(before.column, 9);
    shown.zoom(SHEET, 1000, [200, 60]);
    expect(shown.view(SHEET).zoom).toBe(24);
    shown.zoom(SHEET, 1e-6, [200, 60]);
    expect(shown.view(SHEET).zoom).toBe(0.2);
  });

  it("follows the hand", () => {
    const shown = camera();
    const [x, y] = shown.pointOf(SHEET, { row: 10, column: 20 });
    shown.pan(SHEET, 7, -5);
    expect(shown.pointOf(SHEET, { row: 10, column: 20 })).toEqual([x + 7, y - 5]);
  });

  it("comes to a place that is outside, and stays where the place is seen or all is", () => {
    const shown = camera();
    shown.reveal(SHEET, { row: 1000, column: 0 });
    expect(shown.view(SHEET).row).toBe(200);
    shown.zoom(SHEET, 4, [150, 102]);
    const near = shown.view(SHEET);
    shown.reveal(SHEET, { row: near.row + 1, column: near.column });
    expect(shown.view(SHEET)).toEqual(near);
    shown.reveal(SHEET, { row: 390, column: 80 });
    expect(shown.view(SHEET)).toEqual({ row: 390, column: 80, zoom: 2 });
  });
});
