import { beforeAll, describe, expect, it } from "vitest";
import type { Shape } from "@/domain/geometry";
import { labelSlice, paintSlice, sliceOfGrid, visitEdges } from "./labelSlice";

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

describe("a slice of a grid", () => {
  beforeAll(() => {
    // There is no ImageData without a browser.
    Object.assign(globalThis, {
      ImageData: class {
        readonly data: Uint8ClampedArray;
        constructor(
          readonly width: number,
          readonly height: number,
        ) {
          this.data = new Uint8ClampedArray(4 * width * height);
        }
      },
    });
  });

  const crowded = Uint8Array.from({ length: 7 * 6 * 5 }, (_, at) => ((at * 7919) % 11 < 4 ? 1 + ((at * 31) % 3) : 0));
  const crowdedShape: Shape = [7, 6, 5];

  it.each(["sagittal", "coronal", "axial"] as const)("has each edge of each %s voxel once for its label", (plane) => {
    const slice = labelSlice(crowded, crowdedShape, plane, 2);
    const found = new Map<string, number>();
    visitEdges(slice, (label, x1, y1, x2, y2) => {
      for (let step = 0; step < x2 - x1 + (y2 - y1); step++) {
        const [x, y] = x2 > x1 ? [x1 + step, y1] : [x1, y1 + step];
        const key = `${label} ${x2 > x1 ? "-" : "|"} ${x} ${y}`;
        found.set(key, (found.get(key) ?? 0) + 1);
      }
    });
    const at = (x: number, y: number): number => slice.labels[(y + 1) * (slice.width + 2) + x + 1] ?? 0;
    const wanted = new Map<string, number>();
    for (let y = 0; y < slice.height; y++)
      for (let x = 0; x < slice.width; x++) {
        const label = at(x, y);
        if (label === 0) continue;
        const sides: [string, number][] = [
          [`- ${x - 0.5} ${y - 0.5}`, at(x, y - 1)],
          [`- ${x - 0.5} ${y + 0.5}`, at(x, y + 1)],
          [`| ${x - 0.5} ${y - 0.5}`, at(x - 1, y)],
          [`| ${x + 0.5} ${y - 0.5}`, at(x + 1, y)],
        ];
        for (const [side, beside] of sides) if (beside !== label) wanted.set(`${label} ${side}`, 1);
      }
    expect(wanted.size).toBeGreaterThan(20);
    expect(found).toEqual(wanted);
    expect(sliceOfGrid((index) => crowded[index] ?? 0, crowdedShape, plane, 2)).toEqual(slice);
  });

  it("is painted where it holds something, each label in its colour and hidden ones not at all", () => {
    const mask = grid({ "1,1,0": 5, "2,2,0": 6, "2,1,0": 7 });
    const picture = paintSlice(labelSlice(mask, SHAPE, "axial", 0), new Set([7]), (label) => [label, 10, 20]);
    expect(picture).toMatchObject({ left: 1, top: 1, image: { width: 2, height: 2 } });
    const [clear, five, six] = [
      [0, 0, 0, 0],
      [5, 10, 20, 255],
      [6, 10, 20, 255],
    ];
    expect([...(picture?.image.data ?? [])]).toEqual([five, clear, clear, six].flat());
    expect(paintSlice(labelSlice(mask, SHAPE, "axial", 1), new Set())).toBeNull();
  });
});
