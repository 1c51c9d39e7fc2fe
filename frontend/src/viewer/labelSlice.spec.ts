import { describe, expect, it } from "vitest";
import type { Shape } from "@/domain/geometry";
import { labelSlice, visitEdges } from "./labelSlice";

const SHAPE: Shape = [4, 3, 2];

/** Labels at voxels of a small grid. */
function grid(labels: Readonly<Record<string, number>>): Uint8Array {
  const mask = new Uint8Array(24);
  for (const [at, label] of Object.entries(labels)) {
    const [i = 0, j = 0, k = 0] = at.split(",").map(Number);
    mask[i + 4 * (j + 3 * k)] = label;
  }
  return mask;
}

function edges(mask: Uint8Array, plane: "sagittal" | "coronal" | "axial", index: number): string[] {
  const found: string[] = [];
  visitEdges(labelSlice(mask, SHAPE, plane, index), (label, x1, y1, x2, y2) =>
    found.push(`${label}: ${x1},${y1} ${x2},${y2}`),
  );
  return found.sort();
}

describe("outlines of labels", () => {
  it("run around two neighbouring voxels as straight lines", () => {
    expect(edges(grid({ "1,1,0": 5, "2,1,0": 5 }), "axial", 0)).toEqual([
      "5: 0.5,0.5 0.5,1.5",
      "5: 0.5,0.5 2.5,0.5",
      "5: 0.5,1.5 2.5,1.5",
      "5: 2.5,0.5 2.5,1.5",
    ]);
  });

  it("give each of two touching labels its side, and close at the border of the grid", () => {
    const found = edges(grid({ "0,0,1": 5, "1,0,1": 6 }), "axial", 1);
    expect(found.filter((edge) => edge.endsWith("0.5,-0.5 0.5,0.5"))).toEqual([
      "5: 0.5,-0.5 0.5,0.5",
      "6: 0.5,-0.5 0.5,0.5",
    ]);
    expect(found).toContain("5: -0.5,-0.5 -0.5,0.5");
  });

  it("take their axes from the plane", () => {
    const mask = grid({ "2,1,1": 7 });
    expect(edges(mask, "sagittal", 2)).toContain("7: 0.5,0.5 1.5,0.5");
    expect(edges(mask, "coronal", 1)).toContain("7: 1.5,0.5 2.5,0.5");
    expect(edges(mask, "coronal", 0)).toEqual([]);
  });
});
