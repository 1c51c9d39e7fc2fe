import { describe, expect, it } from "vitest";
import { labelSlice, visitEdges } from "./labelSlice";
import { dealtEdges, type Edge } from "./sharedEdges";

/** Edges of a block from (x0, y0) to (x1, y1), both included, in a slice of 24 x 24. */
function block(x0: number, y0: number, x1: number, y1: number): Edge[] {
  const mask = new Uint8Array(24 * 24);
  for (let y = y0; y <= y1; y++) for (let x = x0; x <= x1; x++) mask[x + 24 * y] = 20;
  const edges: Edge[] = [];
  visitEdges(labelSlice(mask, [24, 24, 1], "axial", 0), (_, ...edge) => edges.push(edge));
  return edges;
}
const keys = (edges: readonly Edge[]): string[] => edges.map((edge) => edge.join(" "));

describe("outlines of several masks", () => {
  it("take turns where they are equal: each is seen, none lies over another, and no edge is left out", () => {
    const dealt = dealtEdges([block(2, 2, 13, 9), block(2, 2, 13, 9), block(2, 2, 13, 9)]);
    const perimeter = 2 * (12 + 8);
    const counts = dealt.map((edges) => edges.length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(perimeter);
    for (const count of counts) expect(count).toBeGreaterThan(perimeter / 3 - 5);
    expect(new Set(dealt.flatMap(keys)).size).toBe(perimeter);
    // In turns along a side, not one side each.
    const top = dealt.map((edges) => edges.filter(([, y1, , y2]) => y1 === 1.5 && y2 === 1.5).length);
    for (const count of top) expect(count).toBeGreaterThan(0);
  });

  it("are whole where each runs alone", () => {
    const [one, other] = [block(2, 2, 5, 5), block(10, 10, 15, 12)];
    const dealt = dealtEdges([one, other]);
    expect(dealt.map((edges) => edges.length)).toEqual([16, 18]);
    // Sharing one side, each keeps all of its others.
    const [left, right] = dealtEdges([block(2, 2, 5, 5), block(6, 2, 9, 5)]);
    expect((left?.length ?? 0) + (right?.length ?? 0)).toBe(28);
    expect(left?.length).toBeGreaterThanOrEqual(12);
    expect(right?.length).toBeGreaterThanOrEqual(12);
  });
});
