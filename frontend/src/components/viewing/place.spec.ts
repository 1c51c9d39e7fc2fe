import { describe, expect, it } from "vitest";
import { VolumeGeometry } from "@/domain/geometry";
import { parsePlace, parseVoxel, placeAt, startOf } from "./place";

describe("a place in an address", () => {
  it("comes back as it was written", () => {
    const place = placeAt([12.2, 34, 56], 20, { version: "a", against: "b" });
    expect(place).toEqual({ version: "a", against: "b", label: 20, voxel: "12,34,56" });
    expect(parsePlace(place as Record<string, unknown>)).toEqual(place);
    expect(parseVoxel(place.voxel)).toEqual([12, 34, 56]);
  });

  it("leaves out what makes no sense", () => {
    expect(parsePlace({ version: "", label: "20", voxel: 7, other: 1 })).toEqual({});
    for (const words of [undefined, "", "1,2", "1,2,x", "1,-2,3", "1.5,2,3"]) expect(parseVoxel(words)).toBeUndefined();
  });

  it("may be a distance or an angle: its middle, unless a voxel is named", () => {
    const geometry = new VolumeGeometry(
      [20, 20, 10],
      [
        [2, 0, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 3, 0],
        [0, 0, 0, 1],
      ],
    );
    const drawn = [
      { id: "a", points_ras_mm: [[0, 0, 0]] },
      {
        id: "b",
        points_ras_mm: [
          [10, 10, 6],
          [14, 18, 6],
        ],
      },
    ];
    const place = parsePlace({ ruler: "b" });
    expect(place).toEqual({ ruler: "b" });
    expect(startOf(place, drawn, geometry)).toEqual([6, 7, 2]);
    expect(startOf({ ...place, voxel: "1,2,3" }, drawn, geometry)).toEqual([1, 2, 3]);
    // Deleted meanwhile, or another's: the case opens as it does without.
    expect(startOf({ ruler: "c" }, drawn, geometry)).toBeUndefined();
  });

  it("names no level where none is chosen", () => {
    expect(placeAt([1, 2, 3], 0, {})).toEqual({ voxel: "1,2,3" });
  });
});
