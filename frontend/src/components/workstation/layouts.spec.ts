// @vitest-environment jsdom
import { expect, it } from "vitest";
import { LAYOUTS } from "@/state/workstationPreferences";
import { LAYOUT_PLANS, gridStyle, openingLayout, shownPanes } from "./layouts";

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

it("a slab opens with the axial plane large; a spine, a crop and a layout of another kind as they were left", () => {
  expect(openingLayout("sagittal", [512, 512, 40], [0.7, 0.7, 1])).toBe("axial");
  expect(openingLayout("sagittal", [512, 512, 8], [0.7, 0.7, 5])).toBe("axial");
  expect(openingLayout("sagittal", [512, 512, 600], [0.7, 0.7, 1])).toBe("sagittal");
  // A crop around the lumbar spine, and thick slices of a whole one.
  expect(openingLayout("sagittal", [140, 160, 160], [0.7, 0.7, 1])).toBe("sagittal");
  expect(openingLayout("sagittal", [512, 512, 80], [0.7, 0.7, 5])).toBe("sagittal");
  expect(openingLayout("four", [512, 512, 40], [0.7, 0.7, 1])).toBe("four");
});
