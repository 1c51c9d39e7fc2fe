import { expect, it } from "vitest";
import { LAYOUTS } from "@/state/workstationPreferences";
import { LAYOUT_PLANS, gridStyle, shownPanes } from "./layouts";

it("every layout shows the sagittal plane, in a full grid", () => {
  for (const layout of LAYOUTS) {
    const { areas, columns, rows } = LAYOUT_PLANS[layout];
    expect(shownPanes(layout, null).has("sagittal")).toBe(true);
    expect(areas).toHaveLength(rows.split(" ").length);
    for (const row of areas) expect(row).toHaveLength(columns.split(" ").length);
  }
});

it("one pane alone fills the grid", () => {
  expect([...shownPanes("four", "three")]).toEqual(["three"]);
  expect(gridStyle("four", "three").gridTemplateAreas).toBe('"three"');
  expect(gridStyle("four", null).gridTemplateAreas).toBe('"sagittal coronal" "axial three"');
});
