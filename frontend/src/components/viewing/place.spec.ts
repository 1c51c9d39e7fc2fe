import { describe, expect, it } from "vitest";
import { parsePlace, parseVoxel, placeAt } from "./place";

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

  it("names no level where none is chosen", () => {
    expect(placeAt([1, 2, 3], 0, {})).toEqual({ voxel: "1,2,3" });
  });
});
