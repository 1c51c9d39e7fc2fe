// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChangeRecorder } from "./changes";
import { OutlineNodes, straightWay, voxelsInOutline, type PlanePoint } from "./contour";
import type { Plane, Shape } from "./geometry";
import { paintPolygon } from "./painting";
import { LabelLocks, paintRule } from "./paintRule";

const SHAPE: Shape = [9, 8, 7];
const point = fc.tuple(fc.double({ min: -3, max: 12, noNaN: true }), fc.double({ min: -3, max: 12, noNaN: true }));

describe("an outline", () => {
  it("encloses in each plane what the scissors fill with it", () => {
    const given = fc.record({
      plane: fc.constantFrom<Plane>("sagittal", "coronal", "axial"),
      slice: fc.integer({ min: 0, max: 6 }),
      polygon: fc.array(point, { minLength: 3, maxLength: 8 }),
    });
    fc.assert(
      fc.property(given, ({ plane, slice, polygon }) => {
        const mask = new Uint8Array(9 * 8 * 7);
        const rule = paintRule({
          activeLabel: 20,
          erase: false,
          paintOver: "everything",
          gate: null,
          locks: new LabelLocks(),
        });
        const grid = { shape: SHAPE, spacingMm: [1, 1, 1] as const, mask, hu: null };
        paintPolygon(grid, rule, new ChangeRecorder(mask), plane, { first: slice, last: slice }, polygon);
        const filled = [...mask.keys()].filter((index) => mask[index] === 20);
        expect([...voxelsInOutline(SHAPE, plane, slice, polygon)].sort((a, b) => a - b)).toEqual(filled);
      }),
    );
  });

  it("holds the voxels that it runs through where that is wanted, and none beside the volume", () => {
    const round: PlanePoint[] = [
      [2, 2],
      [4, 2],
      [4, 4],
      [2, 4],
      [-1, 3],
    ];
    const without = voxelsInOutline(SHAPE, "axial", 3, round);
    const held = voxelsInOutline(SHAPE, "axial", 3, round, true);
    const at = (x: number, y: number): number => x + 9 * (y + 8 * 3);
    expect(without.has(at(4, 4))).toBe(false);
    expect([at(2, 2), at(4, 2), at(4, 4), at(2, 4)].every((index) => held.has(index))).toBe(true);
    expect([...held].every((index) => Math.floor(index / 72) === 3)).toBe(true);
  });

  it("is made of its nodes: set, moved, taken back, closed from the third on", () => {
    const calls: string[] = [];
    const between = (from: PlanePoint, to: PlanePoint, isFinal: boolean): PlanePoint[] => {
      calls.push(`${from.join()}>${to.join()}${isFinal ? "" : "?"}`);
      return [[(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], to];
    };
    const two = OutlineNodes.begin([0, 0], between).with([4, 0]);
    expect(two.closed()).toBeNull();
    const three = two.with([4, 4]);
    expect(three.points()).toEqual([[0, 0], [2, 0], [4, 0], [4, 2], [4, 4]]); // prettier-ignore
    expect(three.closed()).toEqual([[0, 0], [2, 0], [4, 0], [4, 2], [4, 4], [2, 2]]); // prettier-ignore
    calls.length = 0;
    const moved = three.moved(1, [8, 0], false);
    // Both from the nodes that stay, so that their ways are known already.
    expect(calls).toEqual(["0,0>8,0?", "4,4>8,0?"]);
    expect(moved.points()).toEqual([[0, 0], [4, 0], [8, 0], [6, 2], [4, 4]]); // prettier-ignore
    expect(moved.withoutLast()?.nodes).toEqual([[0, 0], [8, 0]]); // prettier-ignore
    expect(OutlineNodes.begin([0, 0], straightWay).withoutLast()).toBeNull();
    expect(three.points()).toHaveLength(5);
  });
});
